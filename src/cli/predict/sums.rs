//! Opinions added up by document, target or time.

use std::io::Write;

use chrono::{Datelike, NaiveDate};
use geostance::io::opinions::OpinionRow;
use geostance::io::table::{Column, ColumnKind, TableWriter};
use geostance::opinion::tally::Tally;

use super::super::table::{cut, table};
use super::{Format, Sink, Unit};

/// Opinions added up.
pub(super) struct Sums<'w> {
    unit: Unit,
    format: Format,
    tally: Tally<(String, String, String)>,
    out: &'w mut (dyn Write + Send),
}

impl<'w> Sums<'w> {
    pub(super) fn new(out: &'w mut (dyn Write + Send), format: Format, unit: Unit) -> Sums<'w> {
        Sums { unit, format, tally: Tally::default(), out }
    }
}

/// The day, ISO week or month of a date; empty where it is none.
fn period(date: &str, unit: Unit) -> String {
    let Some(day) = date.get(..10).and_then(|d| d.parse::<NaiveDate>().ok()) else { return String::new() };
    match unit {
        Unit::Week => format!("{}-W{:02}", day.iso_week().year(), day.iso_week().week()),
        Unit::Month => format!("{:04}-{:02}", day.year(), day.month()),
        _ => day.to_string(),
    }
}

impl Sink for Sums<'_> {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()> {
        let unit = match self.unit {
            Unit::Document => row.document,
            Unit::Target => String::new(),
            unit => period(&row.date, unit),
        };
        let holder = if self.unit == Unit::Target { String::new() } else { row.holder };
        self.tally.add((unit, holder, row.target), &row.judgement, &row.text);
        Ok(())
    }

    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        let unit = match self.unit {
            Unit::Document => Some("document"),
            Unit::Target => None,
            Unit::Day => Some("day"),
            Unit::Week => Some("week"),
            Unit::Month => Some("month"),
        };
        let text = |name: &'static str| Column::new(name, ColumnKind::Text);
        let mut columns: Vec<Column> = unit.into_iter().map(text).collect();
        if self.unit != Unit::Target {
            columns.push(text("holder"));
        }
        columns.push(text("target"));
        let counts = ["n", "n_favor", "n_neutral", "n_against"];
        columns.extend(counts.map(|name| Column::new(name, ColumnKind::Count)));
        columns.extend(["score", "low", "high"].map(|name| Column::new(name, ColumnKind::Real)));
        columns.push(text("sentence"));
        let rows = self.tally.summaries().map(|((unit_value, holder, target), s)| {
            let mut row: Vec<String> = unit.map(|_| unit_value.clone()).into_iter().collect();
            if self.unit != Unit::Target {
                row.push(holder.clone());
            }
            let numbers = [s.n, s.n_favor, s.n_neutral, s.n_against].map(|n| n.to_string());
            row.push(target.clone());
            row.extend(numbers);
            row.extend([s.score, s.interval.0, s.interval.1].map(|x| format!("{x:.4}")));
            row.push(s.telling);
            row
        });
        match self.format {
            Format::Rows(form) => {
                let mut table = TableWriter::new(self.out, form, columns)?;
                for row in rows {
                    table.write(row)?;
                }
                table.finish()?;
            }
            Format::Table => {
                let header: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                let mut sums = table(&header);
                for mut row in rows {
                    if let Some(sentence) = row.last_mut() {
                        *sentence = cut(sentence, 60);
                    }
                    sums.add_row(row);
                }
                writeln!(self.out, "{sums}")?;
                self.out.flush()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_falls_into_its_period() {
        assert_eq!(period("2018-04-16T10:00:00Z", Unit::Day), "2018-04-16");
        assert_eq!(period("2018-12-31", Unit::Week), "2019-W01");
        assert_eq!(period("2018-04-16", Unit::Month), "2018-04");
        assert_eq!(period("soon", Unit::Day), "");
    }
}
