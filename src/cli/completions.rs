//! `completions` and `man`: from the same definitions as the arguments themselves.

use std::io;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Outcome};

/// Shell completions.
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// Shell to write for
    shell: Shell,
}

/// Man pages.
#[derive(Args)]
pub(crate) struct ManArgs {
    /// Write the page of every verb into this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl CompletionsArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "geostance", &mut script);
        io::Write::write_all(&mut io::stdout(), &script)?;
        Ok(Outcome::Done)
    }
}

impl ManArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let command = Cli::command();
        match self.folder {
            Some(folder) => clap_mangen::generate_to(command, folder)?,
            None => clap_mangen::Man::new(command).render(&mut io::stdout())?,
        }
        Ok(Outcome::Done)
    }
}
