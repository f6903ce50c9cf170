//! `actors`: who is known, and who is named in a text.

use std::io::{self, BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use geostance::actor::ActorKind;
use geostance::io::articles::Items;
use geostance::io::gazetteer::{BUILT_IN, check_gazetteer, check_gazetteer_from};
use geostance::io::opinions::Form;
use geostance::text::span::CodePoints;
use serde_json::json;

use super::{GazetteerArgs, Outcome, ShapeArgs, say, say_faults};

/// Actors: find, list, show, check.
#[derive(Subcommand)]
pub(crate) enum ActorsCommand {
    /// Mentions in texts: document, start, end (code points), mention, actor, kind.
    Find(FindArgs),
    /// All actors that are known.
    List(ListArgs),
    /// All that is known of one actor.
    Show(ShowArgs),
    /// Faults of a gazetteer file, each with its line.
    Check(CheckArgs),
}

#[derive(Args)]
pub(crate) struct FindArgs {
    /// Files, folders, globs, or `-` for standard input
    #[arg(required = true, value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// csv or jsonl
    #[arg(long, default_value = "csv", value_name = "NAME", value_parser = parse_form)]
    format: Form,
    #[command(flatten)]
    shape: ShapeArgs,
    #[command(flatten)]
    actors: GazetteerArgs,
}

#[derive(Args)]
pub(crate) struct ListArgs {
    /// Only this kind: state, organisation, armed_group, territory, person or bloc
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<ActorKind>,
    /// csv or jsonl
    #[arg(long, default_value = "csv", value_name = "NAME", value_parser = parse_form)]
    format: Form,
    #[command(flatten)]
    actors: GazetteerArgs,
}

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// Identifier, such as RUS or ICC
    id: String,
    #[command(flatten)]
    actors: GazetteerArgs,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    /// Gazetteer CSV [default: the one compiled in]
    file: Option<PathBuf>,
}

fn parse_form(text: &str) -> Result<Form, String> {
    match text {
        "csv" => Ok(Form::Csv),
        "jsonl" => Ok(Form::Jsonl),
        _ => Err("expected csv or jsonl".to_owned()),
    }
}

fn parse_kind(text: &str) -> Result<ActorKind, String> {
    let names = || ActorKind::ALL.map(ActorKind::as_str).join(", ");
    ActorKind::parse(text).ok_or_else(|| format!("expected one of {}", names()))
}

/// What the system said where writing CSV failed, so that a closed pipe is known as one.
fn system_error(error: csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(e) => e,
        _ => io::Error::other(text),
    }
}

/// Rows of text columns, as CSV or as JSON objects.
fn write_table(
    out: &mut dyn Write,
    form: Form,
    header: &[&str],
    rows: &[Vec<serde_json::Value>],
) -> anyhow::Result<()> {
    match form {
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(header).map_err(system_error)?;
            for row in rows {
                let text = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
                csv.write_record(row.iter().map(text)).map_err(system_error)?;
            }
            csv.flush()?;
        }
        Form::Jsonl => {
            for row in rows {
                let object: serde_json::Map<String, serde_json::Value> =
                    header.iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect();
                serde_json::to_writer(&mut *out, &object)?;
                writeln!(out)?;
            }
            out.flush()?;
        }
    }
    Ok(())
}

impl ActorsCommand {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self {
            ActorsCommand::Find(args) => args.run(),
            ActorsCommand::List(args) => args.run(),
            ActorsCommand::Show(args) => args.run(),
            ActorsCommand::Check(args) => {
                let faults = match &args.file {
                    Some(path) => check_gazetteer(path),
                    None => check_gazetteer_from(BUILT_IN, Path::new("data/gazetteer.csv")),
                };
                let mut out = stdout().lock();
                faults.iter().try_for_each(|fault| writeln!(out, "{fault}"))?;
                say(format!("{} faults", faults.len()));
                Ok(Outcome::of_skipped(faults.len()))
            }
        }
    }
}

impl FindArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let gazetteer = self.actors.load()?;
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for item in Items::new(&self.inputs, self.shape.columns(), None)? {
            match item {
                Err(fault) => faults.push(fault),
                Ok(item) => {
                    let text = &item.article.text;
                    let mut points = CodePoints::new(text);
                    for mention in gazetteer.find_mentions(text) {
                        rows.push(vec![
                            json!(item.article.document),
                            json!(points.at(mention.span.start)),
                            json!(points.at(mention.span.end)),
                            json!(mention.span.slice(text)),
                            json!(gazetteer.actor(mention.actor).id),
                            json!(mention.kind.as_str()),
                        ]);
                    }
                }
            }
        }
        let header = ["document", "start", "end", "mention", "actor", "kind"];
        write_table(&mut BufWriter::new(stdout().lock()), self.format, &header, &rows)?;
        say_faults(&faults);
        Ok(Outcome::of_skipped(faults.len()))
    }
}

impl ListArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let gazetteer = self.actors.load()?;
        let wanted = gazetteer.actors().iter().filter(|a| self.kind.is_none_or(|kind| a.kind == kind));
        let row = |a: &geostance::Actor| {
            vec![
                json!(a.id),
                json!(a.name),
                json!(a.kind.as_str()),
                json!(a.wikidata.clone().unwrap_or_default()),
            ]
        };
        let rows: Vec<_> = wanted.map(row).collect();
        let header = ["id", "name", "kind", "wikidata"];
        write_table(&mut BufWriter::new(stdout().lock()), self.format, &header, &rows)?;
        Ok(Outcome::Done)
    }
}

impl ShowArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let gazetteer = self.actors.load()?;
        let Some(index) = gazetteer.by_id(&self.id) else {
            let wanted = self.id.to_uppercase();
            let near = gazetteer.actors().iter().min_by_key(|a| strsim::damerau_levenshtein(&a.id, &wanted));
            let named = gazetteer.actors().iter().find(|a| a.name.eq_ignore_ascii_case(&self.id)).or(near);
            let hint = named.map_or(String::new(), |a| format!("; did you mean {} ({})?", a.id, a.name));
            bail!("no actor has the identifier `{}`{hint}", self.id);
        };
        let actor = gazetteer.actor(index);
        let mut out = stdout().lock();
        writeln!(out, "{}  {}  {}", actor.id, actor.name, actor.kind)?;
        let mut line = |what: &str, values: &[String]| -> std::io::Result<()> {
            if values.is_empty() { Ok(()) } else { writeln!(out, "  {what:<10} {}", values.join(", ")) }
        };
        line("aliases", &actor.aliases)?;
        line("demonyms", &actor.demonyms)?;
        line("metonyms", &actor.metonyms)?;
        line("parents", &actor.parents)?;
        line("wikidata", actor.wikidata.as_slice())?;
        for leader in &actor.leaders {
            let term = |end: &Option<String>| end.clone().unwrap_or_default();
            line(
                "leader",
                &[format!("{} {}..{}", leader.names.join(" / "), term(&leader.from), term(&leader.until))],
            )?;
        }
        Ok(Outcome::Done)
    }
}
