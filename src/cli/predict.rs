//! `predict`: texts to opinions.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Write, stdout};
use std::iter::Peekable;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use chrono::{Datelike, NaiveDate};
use clap::{Args, ValueEnum};
use geostance::io::articles::{Item, Items};
use geostance::io::opinions::{Form, OpinionRow, OpinionWriter, row_of_example, rows_of};
use geostance::io::{check_output, write_whole};
use geostance::opinion::tally::{Summary, Tally};
use geostance::pipeline::{Desk, Desks};
use geostance::{Error, Pipeline, Stance};
use rayon::prelude::*;

use super::table::{WIDTH, cut, painted, style, table};
use super::{
    DateArgs, InputArgs, ModelArgs, Outcome, UnreadDates, colour, progress, say, say_faults, stop_in_order,
    stopped,
};

/// Finds the actors in texts and the stance of each holder toward each target.
///
/// Text files are articles, their first line the title. Rows of CSV, TSV and JSONL need a column `text`; a
/// row that also names a `target` (and `holder`) is judged for just that, one row out for each row in, its
/// other columns carried through.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance predict data/articles
  geostance predict 'archive/*.jsonl' --format csv --opinionated -o opinions.csv
  geostance predict articles.csv --by month --format csv
  geostance predict 'archive/2015/*.txt' --date 2015
  echo 'Kenya praised the AU.' | geostance predict -

Columns: document, date, source, sentence, start, end (code points), holder (empty: nobody's stance; AUTHOR:
the writer's), target, holder_mention, target_mention, stance, confidence, p_favor, p_neutral, p_against,
sentiment, text.")]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    input: InputArgs,
    /// How opinions are written [default: by the ending of the file; a table on a terminal, else csv]
    #[arg(long, value_name = "NAME")]
    format: Option<Format>,
    /// File to write to, whole or not at all [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Leave out NEUTRAL rows
    #[arg(long)]
    opinionated: bool,
    /// Leave out rows less sure than this, from 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "X", value_parser = parse_share)]
    min_confidence: f32,
    /// Print who stands where toward whom: mean score of each holder (rows) toward each target (columns)
    #[arg(long, conflicts_with = "by")]
    matrix: bool,
    /// Add up by document, target, day, week or month
    #[arg(long, value_name = "UNIT")]
    by: Option<Unit>,
    #[command(flatten)]
    written: DateArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Comma-separated, a row for each judged pair
    Csv,
    /// A JSON object on each line
    Jsonl,
    /// For reading: opinions other than NEUTRAL, 80 columns wide
    Table,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Unit {
    Document,
    Target,
    Day,
    Week,
    Month,
}

fn parse_share(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(x) if (0.0..=1.0).contains(&x) => Ok(x),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// Items are judged in batches of about this many bytes; memory is bounded by it.
const BATCH_BYTES: usize = 2 << 20;
/// ... and of at most this many items.
const BATCH_ITEMS: usize = 4096;

impl PredictArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        stop_in_order();
        let items = self.input.items()?;
        if let Some(path) = &self.output {
            check_output(path, items.waiting())?;
        }
        let mut items = items.peekable();
        // where nothing can be judged, nothing is written
        let mut faults = Vec::new();
        while let Some(fault) = items.next_if(Result::is_err) {
            faults.extend(fault.err());
        }
        if items.peek().is_none() {
            match &faults[..] {
                [] => {
                    let inputs: Vec<String> =
                        self.input.inputs.iter().map(|p| p.display().to_string()).collect();
                    bail!("{}: holds no text", inputs.join(", "))
                }
                [fault] => bail!("{fault}"),
                faults => say_faults(faults),
            }
            return Ok(Outcome::Skipped);
        }
        let model = self.model.load()?;
        let pipeline = model.pipeline.with_date(self.written.date);
        let run = Run { args: &self, pipeline: &pipeline };
        let report = match &self.output {
            None => run.write(items, &mut BufWriter::new(stdout().lock()), stdout().is_terminal())?,
            Some(path) => {
                let mut report = Report::default();
                write_whole(path, |out| match run.write(items, out, false) {
                    Ok(done) => {
                        report = done;
                        Ok(())
                    }
                    Err(e) => Err(match e.downcast::<io::Error>() {
                        Ok(e) => Error::io(path, e),
                        Err(e) => e.downcast::<Error>().unwrap_or_else(|e| Error::Data(format!("{e:#}"))),
                    }),
                })?;
                report
            }
        };
        progress("");
        report.unread.say();
        faults.extend(report.faults);
        say_faults(&faults);
        if report.n_rows == 0 && report.n_items > report.n_unjudged {
            say("no actor was found; `geostance actors list` shows those that are known");
        }
        Ok(Outcome::of_skipped(faults.len()))
    }
}

#[derive(Default)]
struct Report {
    n_items: usize,
    n_unjudged: usize,
    n_rows: usize,
    unread: UnreadDates,
    faults: Vec<Error>,
}

struct Run<'a> {
    args: &'a PredictArgs,
    pipeline: &'a Pipeline,
}

impl Run<'_> {
    fn write(
        &self,
        mut items: Peekable<Items>,
        out: &mut dyn Write,
        terminal: bool,
    ) -> anyhow::Result<Report> {
        let by_ending = self.args.output.as_deref().and_then(Form::of).map(|form| match form {
            Form::Csv => Format::Csv,
            Form::Jsonl => Format::Jsonl,
        });
        let default = if terminal { Format::Table } else { Format::Csv };
        let format = self.args.format.or(by_ending).unwrap_or(default);
        let columns = self.args.input.shape.columns();
        let mut sink: Box<dyn Sink + '_> = match (self.args.by, format) {
            _ if self.args.matrix => {
                Box::new(Matrix { format, colour: terminal && colour(), tally: Tally::default(), out })
            }
            (Some(unit), format) => Box::new(Sums { unit, format, tally: Tally::default(), out }),
            (None, Format::Csv) => Box::new(Rows(OpinionWriter::new(out, Form::Csv, columns))),
            (None, Format::Jsonl) => Box::new(Rows(OpinionWriter::new(out, Form::Jsonl, columns))),
            (None, Format::Table) => Box::new(Tables { out, rows: Vec::new(), colour: terminal && colour() }),
        };
        let mut report = Report::default();
        let started = Instant::now();
        let mut n_bytes = 0;
        let mut batch = Vec::new();
        let desks = Desks::default();
        while items.peek().is_some() {
            if stopped() {
                bail!(Error::Interrupted);
            }
            batch.clear();
            let mut size = 0;
            while size < BATCH_BYTES && batch.len() < BATCH_ITEMS {
                match items.next() {
                    Some(Ok(item)) => {
                        size += item.n_bytes;
                        report.unread.see(&item);
                        batch.push(item);
                    }
                    Some(Err(e)) => report.faults.push(e),
                    None => break,
                }
            }
            report.n_items += batch.len();
            n_bytes += size;
            let judged: Vec<Result<Vec<OpinionRow>, Error>> = batch
                .par_iter()
                .map_init(|| desks.take(), |desk, item| self.judge(desk.desk(), item))
                .collect();
            for rows in judged {
                match rows {
                    Ok(rows) => {
                        for row in rows.into_iter().filter(|row| self.keeps(row)) {
                            report.n_rows += 1;
                            sink.write(row)?;
                        }
                    }
                    Err(fault) => {
                        report.n_unjudged += 1;
                        report.faults.push(fault);
                    }
                }
            }
            let megabytes = n_bytes as f64 / 1e6;
            let rate = megabytes / started.elapsed().as_secs_f64().max(1e-9);
            progress(&format!(
                "{megabytes:.1} MB, {} texts, {} rows, {rate:.1} MB/s",
                report.n_items, report.n_rows
            ));
        }
        progress("");
        sink.finish()?;
        Ok(report)
    }

    fn keeps(&self, row: &OpinionRow) -> bool {
        let neutral = row.judgement.stance() == Stance::Neutral;
        !(self.args.opinionated && neutral) && row.judgement.confidence() >= self.args.min_confidence
    }

    fn judge(&self, desk: &mut Desk, item: &Item) -> Result<Vec<OpinionRow>, Error> {
        let Some(example) = &item.example else {
            let analysis = self.pipeline.analyse(desk, &item.article);
            return Ok(rows_of(self.pipeline, &item.article, &analysis));
        };
        let (judgement, tone) = self
            .pipeline
            .judge_example(desk, example)
            .map_err(|why| Error::row(item.location.clone(), why))?;
        Ok(vec![row_of_example(&item.article, example, &item.fields, judgement, tone)])
    }
}

/// Where rows go.
trait Sink {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()>;
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

struct Rows<W: Write>(OpinionWriter<W>);

impl<W: Write> Sink for Rows<W> {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()> {
        Ok(self.0.write(&row)?)
    }
    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.0.finish()?)
    }
}

/// A table for each document.
struct Tables<'w> {
    out: &'w mut dyn Write,
    rows: Vec<OpinionRow>,
    colour: bool,
}

impl Tables<'_> {
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

/// Opinions added up.
struct Sums<'w> {
    unit: Unit,
    format: Format,
    tally: Tally<(String, String, String)>,
    out: &'w mut dyn Write,
}

/// Who stands where toward whom: a row for each holder, a column for each target.
struct Matrix<'w> {
    format: Format,
    colour: bool,
    tally: Tally<(String, String)>,
    out: &'w mut dyn Write,
}

/// Targets that a table on the terminal has room for; those with the most opinions.
const MOST_TARGETS: usize = 8;

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
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(self.out);
                csv.write_record(["holder"].into_iter().chain(targets.iter().copied()))?;
                for holder in &holders {
                    let text =
                        |target: &&str| score(holder, target).map_or(String::new(), |x| format!("{x:.4}"));
                    csv.write_record([(*holder).to_owned()].into_iter().chain(targets.iter().map(text)))?;
                }
                csv.flush()?;
            }
            Format::Jsonl => {
                for holder in &holders {
                    let mut object = serde_json::Map::from_iter([("holder".to_owned(), (*holder).into())]);
                    for target in &targets {
                        if let Some(x) = score(holder, target) {
                            object.insert((*target).to_owned(), ((x * 1e4).round() / 1e4).into());
                        }
                    }
                    serde_json::to_writer(&mut *self.out, &object)?;
                    writeln!(self.out)?;
                }
                self.out.flush()?;
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
