//! `model`: what a model file says of itself.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand};
use geostance::feature::lexicon::Lexicon;
use geostance::io::model::{built_in, read_model};
use geostance::report::card_markdown;

use super::{GazetteerArgs, Outcome};

/// What a model file says of itself.
#[derive(Subcommand)]
pub(crate) enum ModelCommand {
    /// Its card: data, counts, scores, limits.
    Show(ShowArgs),
}

/// The card of a model.
#[derive(Args)]
pub(crate) struct ShowArgs {
    /// Model file [default: the one compiled in]
    file: Option<PathBuf>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    actors: GazetteerArgs,
}

impl ModelCommand {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let ModelCommand::Show(args) = self;
        let (gazetteer, lexicon) = (args.actors.load()?, Arc::new(Lexicon::built_in()));
        let model = match &args.file {
            Some(path) => read_model(path, gazetteer, lexicon)?,
            None => built_in(gazetteer, lexicon)?,
        };
        let mut out = stdout().lock();
        if args.json {
            serde_json::to_writer_pretty(&mut out, &model.card)?;
            writeln!(out)?;
        } else {
            write!(out, "{}", card_markdown(&model.card))?;
        }
        Ok(Outcome::Done)
    }
}
