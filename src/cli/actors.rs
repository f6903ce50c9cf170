//! `actors`: who is known, and who is named in a text.

use std::io::{self, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use geostance::Error;
use geostance::actor::ActorKind;
use geostance::actor::description::Descriptions;
use geostance::error::shown;
use geostance::io::gazetteer::BUILT_IN;
use geostance::io::gazetteer_check::{Weight, check_gazetteer, check_gazetteer_from};
use geostance::io::table::{Column, ColumnKind, TableWriter};
use geostance::text::sentence::split_sentences;
use geostance::text::span::CodePoints;
use geostance::text::token::Tokens;

use super::{
    DateArgs, GazetteerArgs, InputArgs, MentionArgs, OutArgs, Outcome, UnreadDates, say, say_faults, stopped,
};

/// Actors: find, list, show, check.
#[derive(Subcommand)]
pub(crate) enum ActorsCommand {
    /// Mentions in texts: document, start, end (code points), mention, actor, kind.
    Find(FindArgs),
    /// All actors that are known.
    List(ListArgs),
    /// All that is known of one actor.
    Show(ShowArgs),
    /// Faults of a gazetteer file, each with its line; warnings and notices.
    Check(CheckArgs),
}

#[derive(Args)]
pub(crate) struct FindArgs {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mentions: MentionArgs,
    #[command(flatten)]
    written: DateArgs,
    #[command(flatten)]
    out: OutArgs,
    #[command(flatten)]
    actors: GazetteerArgs,
}

#[derive(Args)]
pub(crate) struct ListArgs {
    /// Only this kind: state, organisation, armed_group, territory, person or bloc
    #[arg(long, value_name = "KIND", value_parser = parse_kind)]
    kind: Option<ActorKind>,
    #[command(flatten)]
    out: OutArgs,
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
    ///
    /// Faults: fields that cannot be read, ids and Wikidata identifiers used twice, names that two actors share,
    /// terms that end before they start, terms of one person at two states at once, parents that are unknown or go
    /// in a circle. Warnings: an alias that is one common English word. Notices: a leader without a term. Only
    /// faults make the exit status 2.
    file: Option<PathBuf>,
}

fn parse_kind(text: &str) -> Result<ActorKind, String> {
    let names = || ActorKind::ALL.map(ActorKind::as_str).join(", ");
    ActorKind::parse(text).ok_or_else(|| format!("expected one of {}", names()))
}

fn unwritable(error: io::Error) -> Error {
    Error::io("output", error)
}

impl ActorsCommand {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self {
            ActorsCommand::Find(args) => args.run(),
            ActorsCommand::List(args) => args.run(),
            ActorsCommand::Show(args) => args.run(),
            ActorsCommand::Check(args) => {
                let findings = match &args.file {
                    Some(path) => check_gazetteer(path),
                    None => check_gazetteer_from(BUILT_IN, Path::new("data/gazetteer.csv")),
                };
                let mut out = stdout().lock();
                findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
                let n = |weight| findings.iter().filter(|finding| finding.weight == weight).count();
                let n_faults = n(Weight::Fault);
                say(format!(
                    "{n_faults} faults, {} warnings, {} notices",
                    n(Weight::Warning),
                    n(Weight::Notice)
                ));
                Ok(Outcome::of_skipped(n_faults))
            }
        }
    }
}

impl FindArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let items = self.input.items()?;
        self.out.check(items.waiting())?;
        let gazetteer = self.actors.load()?;
        let descriptions = Descriptions::of(&gazetteer);
        let (mut faults, mut unread) = (Vec::new(), UnreadDates::default());
        self.out.write(|out, form| {
            let columns = ["document", "start", "end", "mention", "actor", "kind"].map(|name| match name {
                "start" | "end" => Column::new(name, ColumnKind::Count),
                _ => Column::new(name, ColumnKind::Text),
            });
            let mut table = TableWriter::new(out, form, columns.to_vec()).map_err(unwritable)?;
            for item in items {
                if stopped() {
                    return Err(Error::Interrupted);
                }
                let article = match item {
                    Ok(item) => {
                        unread.see(&item);
                        item.article
                    }
                    Err(fault) => {
                        faults.push(fault);
                        continue;
                    }
                };
                let mut points = CodePoints::new(&article.text);
                let date = article.written().or(self.written.date);
                let mut mentions = gazetteer.find_mentions_on(&article.text, date);
                let sentences = split_sentences(&article.text);
                let tokens = Tokens::of(&article.text, &sentences);
                descriptions.resolve(&article.text, &sentences, &tokens, &mut mentions);
                for mention in mentions.into_iter().filter(|m| self.mentions.kinds().contains(&m.kind)) {
                    let places = [mention.span.start, mention.span.end].map(|at| points.at(at).to_string());
                    let row = [
                        article.document.as_str(),
                        &places[0],
                        &places[1],
                        mention.span.slice(&article.text),
                        &gazetteer.actor(mention.actor).id,
                        mention.kind.as_str(),
                    ];
                    table.write(row).map_err(unwritable)?;
                }
            }
            table.finish().map_err(unwritable)
        })?;
        unread.say();
        say_faults(&faults);
        Ok(Outcome::of_skipped(faults.len()))
    }
}

impl ListArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        self.out.check([])?;
        let gazetteer = self.actors.load()?;
        self.out.write(|out, form| {
            let columns = ["id", "name", "kind", "wikidata"].map(|name| Column::new(name, ColumnKind::Text));
            let mut table = TableWriter::new(out, form, columns.to_vec()).map_err(unwritable)?;
            for actor in gazetteer.actors().iter().filter(|a| self.kind.is_none_or(|kind| a.kind == kind)) {
                let wikidata = actor.wikidata.as_deref().unwrap_or_default();
                let row = [actor.id.as_str(), &actor.name, actor.kind.as_str(), wikidata];
                table.write(row).map_err(unwritable)?;
            }
            table.finish().map_err(unwritable)
        })?;
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
            bail!("no actor has the identifier `{}`{hint}", shown(&self.id));
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
