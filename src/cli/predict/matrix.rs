//! Opinions as a matrix of holders and targets.

use std::collections::BTreeMap;
use std::io::Write;

use geostance::Stance;
use geostance::io::opinions::OpinionRow;
use geostance::io::table::{Column, ColumnKind, TableWriter};
use geostance::opinion::tally::{Summary, Tally};

use super::super::table::{cut, painted, style};
use super::{Format, Sink};

/// Who stands where toward whom: a row for each holder, a column for each target.
pub(super) struct Matrix<'w> {
    format: Format,
    colour: bool,
    tally: Tally<(String, String)>,
    out: &'w mut (dyn Write + Send),
}

/// Targets that a table on the terminal has room for; those with the most opinions.
const MOST_TARGETS: usize = 8;

impl<'w> Matrix<'w> {
    pub(super) fn new(out: &'w mut (dyn Write + Send), format: Format, colour: bool) -> Matrix<'w> {
        Matrix { format, colour, tally: Tally::default(), out }
    }
}

impl Sink for Matrix<'_> {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()> {
        if row.judgement.stance() != Stance::Neutral {
            self.tally.add((row.holder, row.target), &row.judgement, &row.text);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let cells: BTreeMap<(&str, &str), Summary> = self
            .tally
            .summaries()
            .map(|((holder, target), s)| ((holder.as_str(), target.as_str()), s))
            .collect();
        let mut holders: Vec<&str> = cells.keys().map(|(holder, _)| *holder).collect();
        holders.dedup();
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        cells.iter().for_each(|((_, target), s)| *counts.entry(target).or_default() += s.n);
        let mut targets: Vec<&str> = counts.keys().copied().collect();
        targets.sort_by_key(|target| std::cmp::Reverse(counts[target]));
        let score = |holder: &&str, target: &str| cells.get(&(*holder, target)).map(|s| s.score);
        match self.format {
            Format::Rows(form) => {
                let names = targets.iter().map(|target| Column::new(*target, ColumnKind::Real));
                let columns = [Column::new("holder", ColumnKind::Text)].into_iter().chain(names).collect();
                let mut table = TableWriter::new(self.out, form, columns)?;
                for holder in &holders {
                    let text =
                        |target: &&str| score(holder, target).map_or(String::new(), |x| format!("{x:.4}"));
                    table.write([(*holder).to_owned()].into_iter().chain(targets.iter().map(text)))?;
                }
                table.finish()?;
            }
            Format::Table => {
                let shown = &targets[..targets.len().min(MOST_TARGETS)];
                write!(self.out, "{:<8}", "")?;
                shown.iter().try_for_each(|target| write!(self.out, " {:>8}", cut(target, 8)))?;
                writeln!(self.out)?;
                for holder in &holders {
                    write!(self.out, "{:<8}", cut(holder, 8))?;
                    for target in shown {
                        let (text, stance) = match score(holder, target) {
                            None => ("·".to_owned(), Stance::Neutral),
                            Some(x) if x > 0.0 => (format!("{x:+.2}"), Stance::Favor),
                            Some(x) => (format!("{x:+.2}"), Stance::Against),
                        };
                        write!(self.out, " {}", painted(&format!("{text:>8}"), style(stance), self.colour))?;
                    }
                    writeln!(self.out)?;
                }
                if targets.len() > shown.len() {
                    let n = targets.len() - shown.len();
                    writeln!(self.out, "and {n} targets more; --format csv has them all")?;
                }
                self.out.flush()?;
            }
        }
        Ok(())
    }
}
