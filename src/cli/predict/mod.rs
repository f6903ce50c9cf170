//! `predict`: texts to opinions.

mod identity;
mod matrix;
mod road;
mod sums;
mod tables;

use std::io::{self, BufWriter, IsTerminal, Write, stdout};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use geostance::Error;
use geostance::corpus::Field;
use geostance::io::journal::{Checkpoint, Journal};
use geostance::io::opinions::{OpinionRow, OpinionWriter};
use geostance::io::packed::Packing;
use geostance::io::table::Form;
use geostance::io::{check_output, write_whole};
use matrix::Matrix;
use road::{Report, Road, Source};
use sums::Sums;
use tables::Tables;

use super::{
    DateArgs, InputArgs, MentionArgs, ModelArgs, Outcome, colour, parse_form, say, say_faults, stop_in_order,
};

/// Finds the actors in texts and the stance of each holder toward each target.
///
/// Text files are articles, their first line the title. Rows of CSV, TSV, JSONL, Parquet and Arrow, packed with gzip
/// or Zstandard or not, need a column `text`; a row that also names a `target` (and `holder`) is judged for just that,
/// one row out for each row in, its other columns carried through.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance predict data/articles
  geostance predict 'archive/*.jsonl' --format csv --opinionated -o opinions.csv
  geostance predict 'archive/*.jsonl.zst' --resume -o opinions.jsonl
  geostance predict articles.parquet -o opinions.parquet
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
    /// Keep a journal beside the output; the same command again goes on after a fault or a kill
    ///
    /// While it runs, `FILE.part` holds what is written and `FILE.journal` says how far it is. No row is lost or
    /// written twice: in the end the output is byte for byte that of a run that nothing stopped. For rows in plain csv
    /// or jsonl.
    #[arg(long, requires = "output", conflicts_with_all = ["by", "matrix", "unordered"])]
    resume: bool,
    /// Write the rows of a text as soon as it is judged, in whatever order
    #[arg(long)]
    unordered: bool,
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

/// What went wrong, with the file that could not be written to.
fn of_output(path: &Path, error: anyhow::Error) -> Error {
    match error.downcast::<io::Error>() {
        Ok(e) => Error::io(path, e),
        Err(e) => e.downcast::<Error>().unwrap_or_else(|e| Error::Data(format!("{e:#}"))),
    }
}

impl PredictArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        stop_in_order();
        let items = self.input.items()?;
        if let Some(path) = &self.output {
            check_output(path, items.waiting())?;
        }
        self.check_resume()?;
        let identity = self.resume.then(|| self.identity(items.waiting()));
        let mut source = Source::new(items);
        // where nothing can be judged, nothing is written
        if source.is_empty() {
            match &source.faults[..] {
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
        let identity = identity.map(|identity| identity.of_model(&model));
        let pipeline = model.pipeline.with_date(self.written.date).with_mentions(self.mentions.kinds());
        // it is needed to the end, and to free it piece by piece takes a tenth of a short run
        let pipeline = ManuallyDrop::new(pipeline);
        let road = Road { args: &self, pipeline: &pipeline };
        let report = match (&self.output, identity) {
            (None, _) => {
                let terminal = stdout().is_terminal();
                let mut out = BufWriter::new(stdout());
                let sink = self.sink(&mut out, &source.carried, terminal, false)?;
                road.run(&mut source, sink, None)?
            }
            (Some(path), Some(identity)) => {
                let mut journal = Journal::open(path, &identity)?;
                let last = journal.last();
                source.skip_to(last.position);
                let mut out = BufWriter::new(journal.part()?);
                let sink = self.sink(&mut out, &source.carried, false, last != Checkpoint::default())?;
                let report =
                    road.run(&mut source, sink, Some(&mut journal)).map_err(|e| of_output(path, e))?;
                drop(out);
                journal.finish()?;
                report
            }
            (Some(path), None) => {
                let mut report = Report::default();
                write_whole(path, |out| {
                    let done = self
                        .sink(out, &source.carried, false, false)
                        .and_then(|sink| road.run(&mut source, sink, None));
                    report = done.map_err(|e| of_output(path, e))?;
                    Ok(())
                })?;
                report
            }
        };
        report.unread.say();
        report.languages.say();
        report.faults.say();
        if report.n_rows == 0 && report.n_items > report.n_unjudged {
            say("no actor was found; `geostance actors list` shows those that are known");
        }
        Ok(report.faults.outcome())
    }

    /// What can be cut off and gone on with is rows of text in a file.
    fn check_resume(&self) -> anyhow::Result<()> {
        let Some(path) = self.output.as_deref().filter(|_| self.resume) else { return Ok(()) };
        let rows_of_text = matches!(self.format(false), Format::Rows(Form::Csv | Form::Jsonl));
        if !rows_of_text || Packing::of(path).is_some() {
            bail!("--resume writes plain csv or jsonl");
        }
        if path == Path::new("-") || path.metadata().is_ok_and(|known| !known.is_file()) {
            bail!("{}: --resume writes to a file", path.display());
        }
        Ok(())
    }

    /// Where rows go; `goes_on`: an earlier run has written some of them.
    fn sink<'w>(
        &self,
        out: &'w mut (dyn Write + Send),
        carried: &[Field],
        terminal: bool,
        goes_on: bool,
    ) -> anyhow::Result<Box<dyn Sink + Send + 'w>> {
        let columns = self.input.shape.columns();
        Ok(match (self.by, self.format(terminal)) {
            (None, format) if self.matrix => Box::new(Matrix::new(out, format, terminal && colour())),
            (Some(unit), format) => Box::new(Sums::new(out, format, unit)),
            (None, Format::Rows(form)) => {
                Box::new(Rows(OpinionWriter::new(out, form, &columns, carried, goes_on)?))
            }
            (None, Format::Table) => Box::new(Tables::new(out, terminal && colour())),
        })
    }

    fn format(&self, terminal: bool) -> Format {
        let by_ending = self.output.as_deref().and_then(Form::of).map(Format::Rows);
        let default = if terminal { Format::Table } else { Format::Rows(Form::Csv) };
        self.format.or(by_ending).unwrap_or(default)
    }
}

/// Where rows go.
trait Sink {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()>;
    /// Hands on what is held back of the rows so far, where rows are written as they come.
    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(())
    }
    fn finish(self: Box<Self>) -> anyhow::Result<()>;
}

struct Rows<W: Write>(OpinionWriter<W>);

impl<W: Write> Sink for Rows<W> {
    fn write(&mut self, row: OpinionRow) -> anyhow::Result<()> {
        Ok(self.0.write(&row)?)
    }
    fn flush(&mut self) -> anyhow::Result<()> {
        Ok(self.0.flush()?)
    }
    fn finish(self: Box<Self>) -> anyhow::Result<()> {
        Ok(self.0.finish()?)
    }
}
