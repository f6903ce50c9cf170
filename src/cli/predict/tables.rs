//! Opinions for reading: a table for each document.

use std::io::Write;

use geostance::Stance;
use geostance::io::opinions::OpinionRow;

use super::super::table::{WIDTH, cut, painted, style};
use super::Sink;

/// A table for each document.
pub(super) struct Tables<'w> {
    out: &'w mut (dyn Write + Send),
    rows: Vec<OpinionRow>,
    colour: bool,
}

impl<'w> Tables<'w> {
    pub(super) fn new(out: &'w mut (dyn Write + Send), colour: bool) -> Tables<'w> {
        Tables { out, rows: Vec::new(), colour }
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        let Some(first) = self.rows.first() else { return Ok(()) };
        writeln!(self.out, "{}", cut(&first.document, usize::from(WIDTH)))?;
        let n = self.rows.len();
        let opinionated: Vec<&OpinionRow> =
            self.rows.iter().filter(|r| r.judgement.stance() != Stance::Neutral).collect();
        writeln!(self.out, "  {:<10} {:<8} {:<10} {:>4}  sentence", "holder", "stance", "target", "%")?;
        for row in &opinionated {
            let stance = row.judgement.stance();
            let word = painted(&format!("{:<8}", stance.as_str()), style(stance), self.colour);
            let percent = (100.0 * row.judgement.confidence()).round();
            let (holder, target) = (cut(&row.holder, 10), cut(&row.target, 10));
            writeln!(self.out, "  {holder:<10} {word} {target:<10} {percent:>4}  {}", cut(&row.text, 41))?;
        }
        writeln!(self.out, "  and {} NEUTRAL\n", n - opinionated.len())?;
        self.rows.clear();
        Ok(())
    }
}

impl Sink for Tables<'_> {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()> {
        if self.rows.first().is_some_and(|first| first.document != row.document) {
            self.flush()?;
        }
        self.rows.push(row);
        Ok(())
    }
    fn finish(mut self: Box<Self>) -> anyhow::Result<()> {
        self.flush()?;
        Ok(self.out.flush()?)
    }
}
