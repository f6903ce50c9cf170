//! `model`: what a model file says of itself.

use std::io::{Write, stdout};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use geostance::report::card_markdown;

use super::{GazetteerArgs, ModelArgs, Outcome};

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
        let model = ModelArgs { model: args.file, actors: args.actors }.load()?;
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
