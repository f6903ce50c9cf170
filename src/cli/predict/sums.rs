//! Opinions added up by document, target or time.

use std::io::Write;

use chrono::{Datelike, NaiveDate};
use geostance::io::opinions::OpinionRow;
use geostance::opinion::tally::Tally;

use super::super::table::{cut, table};
use super::{Format, Sink, Unit};

/// Opinions added up.
pub(super) struct Sums<'w> {
    unit: Unit,
    format: Format,
    tally: Tally<(String, String, String)>,
    out: &'w mut dyn Write,
}

impl<'w> Sums<'w> {
    pub(super) fn new(out: &'w mut dyn Write, format: Format, unit: Unit) -> Sums<'w> {
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
        let mut header: Vec<&str> = unit.into_iter().collect();
        if self.unit != Unit::Target {
            header.push("holder");
        }
        header.extend([
            "target",
            "n",
            "n_favor",
            "n_neutral",
            "n_against",
            "score",
            "low",
            "high",
            "sentence",
        ]);
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
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(self.out);
                csv.write_record(&header)?;
                for row in rows {
                    csv.write_record(row)?;
                }
                csv.flush()?;
            }
            Format::Jsonl => {
                for row in rows {
                    let number = |name: &str, value: String| match name {
                        "n" | "n_favor" | "n_neutral" | "n_against" | "score" | "low" | "high" => {
                            value.parse::<serde_json::Number>().map_or(serde_json::Value::Null, Into::into)
                        }
                        _ => value.into(),
                    };
                    let fields: serde_json::Map<String, serde_json::Value> = header
                        .iter()
                        .zip(row)
                        .map(|(name, value)| ((*name).to_owned(), number(name, value)))
                        .collect();
                    serde_json::to_writer(&mut *self.out, &fields)?;
                    writeln!(self.out)?;
                }
                self.out.flush()?;
            }
            Format::Table => {
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
