//! `predict`: texts to opinions.

mod matrix;
mod sums;
mod tables;

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, Write, stdout};
use std::iter::Peekable;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use clap::{Args, ValueEnum};
use geostance::io::articles::{Item, Items};
use geostance::io::opinions::{OpinionRow, OpinionWriter, row_of_example, rows_of};
use geostance::io::table::Form;
use geostance::io::{check_output, write_whole};
use geostance::pipeline::{Desk, Desks};
use geostance::text::language::foreign_language;
use geostance::{Error, Pipeline, Stance};
use matrix::Matrix;
use rayon::prelude::*;
use sums::Sums;
use tables::Tables;

use super::{
    DateArgs, InputArgs, MentionArgs, ModelArgs, Outcome, UnreadDates, colour, parse_form, progress, say,
    say_faults, stop_in_order, stopped,
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
    /// csv, jsonl, parquet, arrow, or table [default: by the ending of the file; a table on a terminal, else csv]
    ///
    /// table is for reading: opinions other than NEUTRAL, 80 columns wide.
    #[arg(long, value_name = "NAME", value_parser = parse_format)]
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
    mentions: MentionArgs,
    #[command(flatten)]
    written: DateArgs,
    #[command(flatten)]
    model: ModelArgs,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    /// A row for each judged pair.
    Rows(Form),
    /// For reading: opinions other than NEUTRAL, 80 columns wide.
    Table,
}

fn parse_format(text: &str) -> Result<Format, String> {
    match text {
        "table" => Ok(Format::Table),
        _ => parse_form(text).map(Format::Rows).map_err(|e| format!("{e}, table")),
    }
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
        let pipeline = model.pipeline.with_date(self.written.date).with_mentions(self.mentions.kinds());
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
        report.languages.say();
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
    languages: Languages,
    faults: Vec<Error>,
}

/// Articles that are not in English: how many of each language, and the first of them.
#[derive(Default)]
struct Languages(BTreeMap<&'static str, (u64, String)>);

impl Languages {
    /// Looks at the texts of a batch.
    fn see(&mut self, batch: &[Item]) {
        let found: Vec<(&str, &Item)> = batch
            .par_iter()
            .filter(|item| item.example.is_none())
            .filter_map(|item| Some((foreign_language(&item.article.text)?, item)))
            .collect();
        for (language, item) in found {
            let (n, _) = self.0.entry(language).or_insert_with(|| (0, item.location.to_string()));
            *n += 1;
        }
    }

    /// Says so, a line for each language.
    fn say(&self) {
        for (language, (n, first)) in &self.0 {
            let texts = if *n == 1 { "this text is".to_owned() } else { format!("{n} texts are") };
            say(format!(
                "warning: {first}: {texts} in {language}, as it seems; only English is understood, and opinions found \
                 in it mean little"
            ));
        }
    }
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
        let by_ending = self.args.output.as_deref().and_then(Form::of).map(Format::Rows);
        let default = if terminal { Format::Table } else { Format::Rows(Form::Csv) };
        let format = self.args.format.or(by_ending).unwrap_or(default);
        let columns = self.args.input.shape.columns();
        let mut sink: Box<dyn Sink + '_> = match (self.args.by, format) {
            _ if self.args.matrix => Box::new(Matrix::new(out, format, terminal && colour())),
            (Some(unit), format) => Box::new(Sums::new(out, format, unit)),
            (None, Format::Rows(form)) => Box::new(Rows(OpinionWriter::new(out, form, columns))),
            (None, Format::Table) => Box::new(Tables::new(out, terminal && colour())),
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
            report.languages.see(&batch);
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
