//! The real command: standard output, standard error, exit status.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod actors_check;
mod bad_input;
mod dates;
mod files;
mod memory;
mod odd_input;
mod serve;
mod verbs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Rows of our own to train on in a moment.
pub(crate) const ROWS: &str = "\
text,target,stance,holder,sentiment
Manila thanked Moscow for the rice.,RUS,FAVOR,PHL,POSITIVE
\"Oslo scolded Lima over the fishing rights, and not for the first time.\",PER,AGAINST,NOR,NEGATIVE
Envoys of Kenya and Japan met in a hotel by the lake.,JPN,NEUTRAL,KEN,NEUTRAL
\"The minister praised Ghana's courts, calling them a model.\",GHA,FAVOR,,POSITIVE
Another broken promise from Brazil: the pact is dead.,BRA,AGAINST,AUTHOR,NEGATIVE
The next session opens in Chile on Monday.,CHL,NEUTRAL,,NEUTRAL
Ankara denounced Sofia's decree as an insult.,BGR,AGAINST,TUR,NEGATIVE
Dublin welcomed Ottawa's offer of grain.,CAN,FAVOR,IRL,POSITIVE
Hanoi took note of the report that Bangkok had filed.,THA,NEUTRAL,VNM,NEUTRAL
Shame on Peru for looking away.,PER,AGAINST,AUTHOR,NEGATIVE
Few friends have been as loyal as Portugal.,PRT,FAVOR,AUTHOR,POSITIVE
A ferry links Finland to the islands.,FIN,NEUTRAL,,NEUTRAL
";

/// A folder that goes with the test.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    /// Writes a file and returns its path.
    pub fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Trains a small model in this folder.
    pub fn model(&self) -> PathBuf {
        let data = self.file("rows.csv", ROWS);
        let model = self.path("small.model");
        let done = run(&["train", "--folds", "0", "--l2", "1", "--data", str(&data), "-o", str(&model)]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        model
    }
}

pub(crate) fn str(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(out: Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Done { code: out.status.code().unwrap_or(-1), stdout: text(out.stdout), stderr: text(out.stderr) }
    }
}

pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geostance"));
    command.args(args).stdin(Stdio::null());
    command
}

pub(crate) fn run(args: &[&str]) -> Done {
    command(args).output().unwrap().into()
}
