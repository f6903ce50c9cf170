//! What can go wrong, told to the person with the file in hand.

use std::fmt;
use std::path::{Path, PathBuf};

/// Result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in the input something was found. Empty parts are unknown.
///
/// # Example
/// ```
/// use geostance::Location;
/// let at = Location::file("rows.csv").line(17).column("stance");
/// assert_eq!(at.to_string(), "rows.csv:17: column `stance`");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Location {
    /// The file, as the user named it.
    pub path: Option<PathBuf>,
    /// Line in the file, counted from 1.
    pub line: Option<u64>,
    /// Column by its header name.
    pub column: Option<String>,
}

impl Location {
    /// A place in `path`, line and column unknown.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Location { path: Some(path.as_ref().to_path_buf()), ..Location::default() }
    }

    /// The same place at line `line`, counted from 1.
    #[must_use]
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place in the column named `column`.
    #[must_use]
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "{}", path.display())?,
            None => f.write_str("input")?,
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ": column `{column}`")?;
        }
        Ok(())
    }
}

/// What a file holds, as a message shows it: on one line, nothing that a terminal obeys, and the middle of what
/// is long left out.
pub fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let plain = |c: char| if c.is_control() { '\u{FFFD}' } else { c };
    if text.chars().nth(MOST).is_none() {
        return text.chars().map(plain).collect();
    }
    let start = text.chars().take(MOST / 2).map(plain);
    let mut end: Vec<char> = text.chars().rev().take(MOST / 2).map(plain).collect();
    end.reverse();
    start.chain(['…']).chain(end).collect()
}

/// Everything that can go wrong, by what the reader can do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or stream could not be read or written.
    #[error("{location}: {source}")]
    Io {
        /// Which file.
        location: Location,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file was read, and something in it cannot be used.
    #[error("{location}: {message}")]
    Row {
        /// Where it stands.
        location: Location,
        /// What was found and what was expected.
        message: String,
    },
    /// A parameter is out of its range.
    #[error("{0}")]
    Param(String),
    /// A model file is damaged, of another version, or no model.
    #[error("{location}: {message}")]
    ModelFormat {
        /// Which file.
        location: Location,
        /// What is wrong with it.
        message: String,
    },
    /// Data that cannot be learnt from or judged.
    #[error("{0}")]
    Data(String),
    /// The user asked to stop.
    #[error("stopped before the end; nothing was written")]
    Interrupted,
    /// linfa refused.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}

impl Error {
    /// An input or output failure at `path`.
    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::Io { location: Location::file(path), source }
    }

    /// Something unusable at `location`.
    pub fn row(location: Location, message: impl Into<String>) -> Self {
        Error::Row { location, message: message.into() }
    }
}
