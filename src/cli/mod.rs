//! Verbs of the command line, a file each; what they share is here.

mod actors;
mod completions;
mod data;
mod evaluate;
mod explain;
mod model;
mod predict;
mod serve;
mod table;
mod train;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};
use geostance::actor::extended;
use geostance::actor::gazetteer::Gazetteer;
use geostance::actor::mention::MentionKind;
use geostance::corpus::Example;
use geostance::error::shown;
use geostance::feature::lexicon::Lexicon;
use geostance::io::articles::{Item, Items};
use geostance::io::corpus::{Columns, Loaded, read_corpus};
use geostance::io::dialect::Dialect;
use geostance::io::gazetteer::{built_in, read_gazetteer};
use geostance::io::model::{Model, ModelParts};
use geostance::io::record::Layout;
use geostance::io::table::Form;
use geostance::io::{check_output, write_whole};
use geostance::{Date, Error, Location};
use rayon::prelude::*;

/// Reads news and says who stands where: the actors in a text, and the stance of each holder toward each target.
#[derive(Parser)]
#[command(name = "geostance", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Threads to work with; 0: all cores. Answers do not depend on it.
    #[arg(long, global = true, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u16).range(..=1024))]
    threads: u16,
}

const EXAMPLES: &str = "Examples:
  geostance predict data/articles               opinions in a folder of articles
  geostance train --data mine.csv -o my.model   a model from your own labels
  geostance evaluate --model my.model --data held-out.csv
  geostance explain \"Manila thanked Moscow.\" --target RUS --holder PHL

Exit status: 0 done; 1 done, and the answer is no; 2 not done, or some rows were skipped (named on stderr).";

#[derive(Subcommand)]
enum Verb {
    /// Texts to opinions.
    Predict(predict::PredictArgs),
    /// Labelled data to a model, with a model card beside it.
    Train(train::TrainArgs),
    /// A model against gold labels.
    Evaluate(evaluate::EvaluateArgs),
    /// Which words carried an opinion.
    Explain(explain::ExplainArgs),
    /// Who is known, and who is named in a text.
    #[command(subcommand)]
    Actors(actors::ActorsCommand),
    /// Labelled rows checked, converted, split, counted and compared.
    #[command(subcommand)]
    Data(data::DataCommand),
    /// What a model file says of itself.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// An HTTP API, and a page on it.
    Serve(serve::ServeArgs),
    /// Shell completions, to standard output.
    Completions(completions::CompletionsArgs),
    /// Man pages: one to standard output, or all into a folder.
    Man(completions::ManArgs),
}

/// How a run ended where nothing stopped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All done.
    Done,
    /// Done, and the answer is no.
    No,
    /// Done but for some rows, which were named.
    Skipped,
}

impl Outcome {
    /// `Skipped` where something was, else `Done`.
    pub(crate) fn of_skipped(n_skipped: usize) -> Outcome {
        if n_skipped == 0 { Outcome::Done } else { Outcome::Skipped }
    }
}

/// Bytes, with K, M or G for powers of 1,024.
pub(crate) fn parse_size(text: &str) -> Result<usize, String> {
    let expected = || "expected a size such as 500K, 16M or 2G".to_owned();
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let unit = match unit.trim().to_ascii_uppercase().trim_end_matches("IB").trim_end_matches('B') {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        _ => return Err(expected()),
    };
    let bytes = number.parse::<usize>().ok().and_then(|n| n.checked_mul(1 << unit));
    bytes.filter(|&n| n > 0).ok_or_else(expected)
}

/// A whole number of at least 1.
pub(crate) fn parse_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("expected a whole number of at least 1".to_owned()),
    }
}

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Whether the user asked to stop.
pub(crate) fn stopped() -> bool {
    STOP.load(Ordering::Relaxed)
}

pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    let run = || -> anyhow::Result<Outcome> {
        if cli.threads > 0 {
            rayon::ThreadPoolBuilder::new()
                .num_threads(usize::from(cli.threads))
                .build_global()
                .context("threads")?;
        }
        match cli.verb {
            Verb::Predict(args) => args.run(),
            Verb::Train(args) => args.run(),
            Verb::Evaluate(args) => args.run(),
            Verb::Explain(args) => args.run(),
            Verb::Actors(command) => command.run(),
            Verb::Data(command) => command.run(),
            Verb::Model(command) => command.run(),
            Verb::Serve(args) => args.run(rayon::current_num_threads()),
            Verb::Completions(args) => args.run(),
            Verb::Man(args) => args.run(),
        }
    };
    match run() {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::No) => ExitCode::from(1),
        Ok(Outcome::Skipped) => ExitCode::from(2),
        Err(e) if is_closed_pipe(&e) => ExitCode::SUCCESS,
        Err(e) => {
            // our own errors say all in one sentence; others are told with their causes
            match e.downcast_ref::<Error>() {
                Some(own) => say(format!("geostance: {own}")),
                None => say(format!("geostance: {e:#}")),
            }
            ExitCode::from(2)
        }
    }
}

/// Asks for an orderly stop on Ctrl-C; verbs that write files look at [`stopped`].
pub(crate) fn stop_in_order() {
    // where a handler stands already there is nothing to do
    let _ = ctrlc::set_handler(|| STOP.store(true, Ordering::Relaxed));
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    // the errors of csv and of serde_json keep the system's to themselves
    let kind = |cause: &(dyn std::error::Error + 'static)| {
        let of_csv = |e: &csv::Error| match e.kind() {
            csv::ErrorKind::Io(e) => Some(e.kind()),
            _ => None,
        };
        let of_json = |e: &serde_json::Error| e.io_error_kind();
        let of_system = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        of_system
            .or_else(|| cause.downcast_ref().and_then(of_csv))
            .or_else(|| cause.downcast_ref().and_then(of_json))
    };
    error.chain().filter_map(kind).any(|kind| kind == io::ErrorKind::BrokenPipe)
}

/// A line for the person at the terminal, on stderr.
pub(crate) fn say(text: impl AsRef<str>) {
    // a closed stderr is no reason to fail
    let _ = writeln!(io::stderr(), "{}", text.as_ref());
}

/// A line that is replaced by the next one; nothing where stderr is no terminal.
pub(crate) fn progress(text: &str) {
    if io::stderr().is_terminal() {
        let _ = write!(io::stderr(), "\r\x1b[2K{text}");
        let _ = io::stderr().flush();
    }
}

/// Whether to write colour to standard output.
pub(crate) fn colour() -> bool {
    io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
}

/// Names the rows that were left out: each of the first hundred, then their number.
pub(crate) fn say_faults(faults: &[Error]) {
    let mut named = Faults::default();
    faults.iter().for_each(|fault| named.add(fault));
    named.say();
}

/// Rows that were left out: each of the first hundred is named at once, so that memory does not grow with them.
#[derive(Default)]
pub(crate) struct Faults {
    n_named: u64,
    n: u64,
}

impl Faults {
    /// Faults of a run that goes on after so many.
    pub(crate) fn after(n: u64) -> Faults {
        Faults { n_named: 0, n }
    }

    /// One more.
    pub(crate) fn add(&mut self, fault: &Error) {
        const MOST: u64 = 100;
        self.n += 1;
        if self.n_named < MOST {
            self.n_named += 1;
            progress("");
            say(format!("skipped: {fault}"));
        }
    }

    /// How many there were.
    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// Says how many there were.
    pub(crate) fn say(&self) {
        if self.n > self.n_named {
            say(format!("... and {} more", self.n - self.n_named));
        }
        match self.n {
            0 => {}
            1 => say("1 row was skipped"),
            n => say(format!("{n} rows were skipped")),
        }
    }

    /// How a run with these ends.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::of_skipped(self.n as usize)
    }
}

/// Which model and gazetteer to work with.
#[derive(Args, Clone)]
pub(crate) struct ModelArgs {
    /// Model file [default: the one compiled in]
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) actors: GazetteerArgs,
}

/// Which actors to look for.
#[derive(Args, Clone)]
pub(crate) struct GazetteerArgs {
    /// Gazetteer CSV on top of the one compiled in: a known id gets the row's names as well
    #[arg(long, value_name = "FILE", conflicts_with = "only_gazetteer")]
    pub(crate) gazetteer: Option<PathBuf>,
    /// Gazetteer CSV in place of the one compiled in
    #[arg(long, value_name = "FILE")]
    pub(crate) only_gazetteer: Option<PathBuf>,
}

impl GazetteerArgs {
    pub(crate) fn load(&self) -> anyhow::Result<Arc<Gazetteer>> {
        let actors = match (&self.gazetteer, &self.only_gazetteer) {
            (_, Some(path)) => read_gazetteer(path)?,
            (Some(path), None) => extended(built_in()?, read_gazetteer(path)?),
            (None, None) => built_in()?,
        };
        Ok(Arc::new(Gazetteer::new(actors)?))
    }
}

impl ModelArgs {
    pub(crate) fn load(&self) -> anyhow::Result<Model> {
        // the three take about as long each, and a short run waits for little else
        let parts = || ModelParts::of(self.model.as_deref());
        let (parts, (lexicon, gazetteer)) =
            rayon::join(parts, || rayon::join(|| Arc::new(Lexicon::built_in()), || self.actors.load()));
        let model = parts?.assemble(gazetteer?, lexicon)?;
        if model.card.gazetteer != model.pipeline.gazetteer().fingerprint() {
            let what = if self.model.is_some() { "the model" } else { "the built-in model" };
            if self.actors.gazetteer.is_none() && self.actors.only_gazetteer.is_none() {
                say(format!("note: {what} was trained with another version of the gazetteer"));
            }
        }
        Ok(model)
    }
}

/// Labelled files and how their columns are called.
#[derive(Args, Clone)]
pub(crate) struct LabelledArgs {
    /// Labelled rows: CSV, TSV, JSONL, Parquet, Arrow, or one of the dialects; may be given several times
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) data: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
}

/// Dialect and column names of labelled files.
#[derive(Args, Clone)]
pub(crate) struct ShapeArgs {
    /// Format of the labelled files [default: told by their shape]
    #[arg(long, value_name = "NAME", value_parser = parse_dialect)]
    pub(crate) dialect: Option<Dialect>,
    /// Column of the text
    #[arg(long, default_value = "text", value_name = "NAME")]
    text_column: String,
    /// Column of the target: an actor identifier, or a name as it stands in the text
    #[arg(long, default_value = "target", value_name = "NAME")]
    target_column: String,
    /// Column of the gold stance
    #[arg(long, default_value = "stance", value_name = "NAME")]
    stance_column: String,
    /// Column of the holder
    #[arg(long, default_value = "holder", value_name = "NAME")]
    holder_column: String,
    /// Column of the tone
    #[arg(long, default_value = "sentiment", value_name = "NAME")]
    sentiment_column: String,
}

fn parse_dialect(text: &str) -> Result<Dialect, String> {
    let names = || Dialect::ALL.map(Dialect::as_str).join(", ");
    Dialect::ALL
        .into_iter()
        .find(|d| d.as_str() == text)
        .ok_or_else(|| format!("expected one of {}", names()))
}

impl ShapeArgs {
    pub(crate) fn columns(&self) -> Columns {
        Columns {
            text: self.text_column.clone(),
            target: self.target_column.clone(),
            stance: self.stance_column.clone(),
            holder: self.holder_column.clone(),
            sentiment: self.sentiment_column.clone(),
        }
    }

    /// Reads one labelled file.
    pub(crate) fn read(&self, path: &Path) -> geostance::Result<Loaded> {
        read_corpus(path, &self.columns(), self.dialect)
    }
}

/// Texts to read, and how they are written.
#[derive(Args)]
pub(crate) struct InputArgs {
    /// Files, folders, globs, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// How standard input is written [default: one article]
    #[arg(long, value_name = "NAME")]
    input_format: Option<InputFormat>,
    #[command(flatten)]
    pub(crate) shape: ShapeArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InputFormat {
    Csv,
    Tsv,
    Jsonl,
    Parquet,
    Arrow,
    Txt,
}

impl InputArgs {
    pub(crate) fn items(&self) -> geostance::Result<Items> {
        let layout = match self.input_format {
            None | Some(InputFormat::Txt) => None,
            Some(InputFormat::Csv) => Some(Layout::Csv),
            Some(InputFormat::Tsv) => Some(Layout::Tsv),
            Some(InputFormat::Jsonl) => Some(Layout::Jsonl),
            Some(InputFormat::Parquet) => Some(Layout::Parquet),
            Some(InputFormat::Arrow) => Some(Layout::Arrow),
        };
        Items::new(&self.inputs, self.shape.columns(), layout)
    }
}

/// Which mentions of actors count.
#[derive(Args)]
pub(crate) struct MentionArgs {
    /// Only mentions of these kinds, parted by commas: name, demonym, metonym, leader, nominal
    #[arg(long, value_name = "KIND", value_delimiter = ',', value_parser = parse_mention_kind)]
    mentions: Vec<MentionKind>,
}

fn parse_mention_kind(text: &str) -> Result<MentionKind, String> {
    let names = || MentionKind::ALL.map(MentionKind::as_str).join(", ");
    let kind = MentionKind::ALL.into_iter().find(|kind| kind.as_str() == text);
    kind.ok_or_else(|| format!("expected one of {}", names()))
}

impl MentionArgs {
    /// The kinds that count; all where none was named.
    pub(crate) fn kinds(&self) -> &[MentionKind] {
        if self.mentions.is_empty() { &MentionKind::ALL } else { &self.mentions }
    }
}

/// When texts were written.
#[derive(Args)]
pub(crate) struct DateArgs {
    /// When texts were written that have no date of their own
    ///
    /// It decides for whom a leader speaks who served several actors: the term that covers the date counts, of
    /// several the one that started last; where none covers it the last of all. Without a date it is the last that he
    /// served for two years or more. A row's own column `date` (a time may stand behind the day) goes before. A row
    /// whose date cannot be read is taken for one without; the first such row is named on stderr, and the exit status
    /// is 0 all the same.
    #[arg(long, value_name = "YYYY[-MM[-DD]]", value_parser = parse_date)]
    pub(crate) date: Option<Date>,
}

fn parse_date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| format!("no such date; expected {}", Date::EXPECTED))
}

/// Rows whose date cannot be read: the first is named, all are counted.
#[derive(Default)]
pub(crate) struct UnreadDates {
    first: Option<(Location, String)>,
    n: usize,
}

impl UnreadDates {
    /// Looks at the date of a row.
    pub(crate) fn see(&mut self, item: &Item) {
        let Some(date) = &item.article.date else { return };
        if Date::of_row(date).is_none() {
            self.n += 1;
            self.first.get_or_insert_with(|| (item.location.clone().column("date"), shown(date)));
        }
    }

    /// Says so, once.
    pub(crate) fn say(&self) {
        let Some((place, date)) = &self.first else { return };
        let rows = if self.n == 1 { "1 row is".to_owned() } else { format!("{} rows are", self.n) };
        say(format!(
            "note: {place}: found `{date}`, expected {}; {rows} read as if without a date",
            Date::EXPECTED
        ));
    }
}

/// Where rows are written, and how.
#[derive(Args)]
pub(crate) struct OutArgs {
    /// File to write to, whole or not at all [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// csv, jsonl, parquet, arrow (a file) or arrows (a stream) [default: by the ending of the file, else csv]
    #[arg(long, value_name = "NAME", value_parser = parse_form)]
    format: Option<Form>,
}

pub(crate) fn parse_form(text: &str) -> Result<Form, String> {
    let names = || Form::ALL.map(Form::as_str).join(", ");
    Form::ALL
        .into_iter()
        .find(|form| form.as_str() == text)
        .ok_or_else(|| format!("expected one of {}", names()))
}

impl OutArgs {
    /// Refuses an output that cannot be written to, or is one of the inputs.
    pub(crate) fn check<'p>(&self, inputs: impl IntoIterator<Item = &'p Path>) -> geostance::Result<()> {
        self.output.as_deref().map_or(Ok(()), |path| check_output(path, inputs))
    }

    /// Opens the output, and closes it when `fill` is done.
    pub(crate) fn write(
        &self,
        fill: impl FnOnce(&mut (dyn Write + Send), Form) -> geostance::Result<()>,
    ) -> geostance::Result<()> {
        let form = self.format.or_else(|| Form::of(self.output.as_deref()?)).unwrap_or(Form::Csv);
        match &self.output {
            Some(path) => {
                stop_in_order();
                write_whole(path, |out| {
                    fill(out, form)?;
                    if stopped() { Err(Error::Interrupted) } else { Ok(()) }
                })
            }
            None => fill(&mut BufWriter::new(io::stdout()), form),
        }
    }
}

/// Refuses labelled rows of which none can be used, each named, before any work is done.
pub(crate) fn check_usable(
    parts: &[(&Path, &[Example])],
    faults: &mut Vec<Error>,
    gazetteer: &Gazetteer,
    of_what: &str,
) -> geostance::Result<()> {
    let usable = |example: &Example| example.stage(gazetteer).is_ok();
    if parts.iter().any(|(_, rows)| rows.par_iter().any(usable)) {
        return Ok(());
    }
    let mut n_absent = 0;
    for (path, rows) in parts {
        for example in *rows {
            if let Err(why) = example.stage(gazetteer) {
                faults.push(Error::row(Location::file(path).line(example.line), why));
                n_absent += 1;
            }
        }
    }
    say_faults(faults);
    let files: Vec<String> = parts.iter().map(|(path, _)| path.display().to_string()).collect();
    let message = match faults.len() {
        0 => format!("holds no row{of_what}"),
        n => format!(
            "none of the {n} rows read{of_what} can be used; {n_absent} of them name a target or holder that is not \
             in their text"
        ),
    };
    Err(Error::row(Location::file(files.join(", ")), message))
}
