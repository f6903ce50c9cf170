//! What `predict` reads: articles from text files, and rows from others, one at a time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use crate::corpus::{Example, Field};
use crate::{Article, Error, Location, Result};

use super::corpus::{Columns, Needs, example};
use super::packed::inner_ending;
use super::record::{LONGEST_ROW, Layout, Record, Records};
use super::{open_counted, text_of};

/// One thing to judge, with what is carried through to the output.
#[derive(Debug, Clone)]
pub struct Item {
    /// The text and where it comes from.
    pub article: Article,
    /// Where a row names its target: judge just that.
    pub example: Option<Box<Example>>,
    /// Columns of the input row.
    pub fields: Arc<[Field]>,
    /// The file, and the line of a row.
    pub location: Location,
    /// Bytes of text, for progress.
    pub n_bytes: usize,
}

/// A place between two items of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// Files that are done.
    pub file: u64,
    /// Items of the next file that are done, those that could not be used among them.
    pub item: u64,
}

/// Reads items from files, folders, globs and standard input, in order.
///
/// A thing that cannot be used is an error, and the rest goes on.
pub struct Items {
    columns: Columns,
    waiting: VecDeque<PathBuf>,
    rows: Option<(PathBuf, Records)>,
    layout: Option<Layout>,
    position: Position,
    size: u64,
    n_read: Arc<AtomicU64>,
}

impl Items {
    /// Finds the files that `inputs` name: files, folders (all that lies below, in order of name), globs, and
    /// `-` for standard input. `layout` is how the rows of `-` are written; `None`: it is one article.
    ///
    /// # Errors
    /// If an input does not exist, a folder has no file to read, or a glob matches none.
    pub fn new(inputs: &[PathBuf], columns: Columns, layout: Option<Layout>) -> Result<Items> {
        let mut waiting = VecDeque::new();
        for input in inputs {
            waiting.extend(files_of(input)?);
        }
        let size = waiting.iter().map(|path| size_of(path)).sum();
        let (position, n_read) = (Position::default(), Arc::default());
        Ok(Items { columns, waiting, rows: None, layout, position, size, n_read })
    }

    /// The files that are still to be read.
    pub fn waiting(&self) -> impl Iterator<Item = &Path> {
        self.waiting.iter().map(PathBuf::as_path)
    }

    /// Bytes of all files as they lie on disk; standard input counts nothing.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes of the files were read so far; a handle that stays current.
    pub fn n_read(&self) -> Arc<AtomicU64> {
        self.n_read.clone()
    }

    /// Where the next item begins.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Passes over what lies before a position; files that are done are not opened.
    pub fn skip_to(&mut self, position: Position) {
        while self.position.file < position.file && self.rows.is_none() {
            let Some(path) = self.waiting.pop_front() else { return };
            self.n_read.fetch_add(size_of(&path), Ordering::Relaxed);
            self.position.file += 1;
        }
        while self.position < position && self.next().is_some() {}
    }

    fn open_next(&mut self, path: PathBuf) -> Option<Result<Item>> {
        let layout = if path == Path::new("-") { self.layout } else { Layout::of(&path) };
        let Some(layout) = layout else { return Some(self.read_article(&path)) };
        let rows = open_counted(&path, &self.n_read)
            .and_then(|reader| Records::new(&path, reader, layout))
            .and_then(|rows| rows.require(&self.columns.text).map(|()| rows));
        match rows {
            Ok(rows) => {
                self.rows = Some((path, rows));
                None
            }
            Err(e) => Some(Err(e)),
        }
    }

    fn read_article(&self, path: &Path) -> Result<Item> {
        let text = text_of(path, open_counted(path, &self.n_read)?, LONGEST_ROW as u64)?;
        if text.trim().is_empty() {
            return Err(Error::row(Location::file(path), "is empty, expected an article"));
        }
        let n_bytes = text.len();
        let article = Article::new(path.display().to_string(), text);
        Ok(Item { article, example: None, fields: Arc::default(), location: Location::file(path), n_bytes })
    }
}

/// The item of a record; `path` is for messages, and for the name of a document that has none.
///
/// # Errors
/// Names the column that is missing or holds something else than expected.
pub fn item_of(columns: &Columns, path: &Path, record: Record) -> Result<Item> {
    let at = Location::file(path).line(record.line);
    let Some(text) = record.get(&columns.text) else {
        return Err(Error::row(at.column(&columns.text), "is empty or missing"));
    };
    let own = |name: &str| record.get(name).map(str::to_owned);
    let article = Article {
        document: own("document")
            .or_else(|| own("id"))
            .unwrap_or_else(|| format!("{}:{}", path.display(), record.line)),
        text: record.raw(&columns.text).unwrap_or(text).to_owned(),
        date: own("date"),
        source: own("source"),
    };
    let n_bytes = article.text.len();
    let fields = record.fields.clone().into();
    let judged = record.get(&columns.target).is_some() || record.get("target_start").is_some();
    let example = if judged { Some(Box::new(example(path, columns, record, Needs::Nothing)?)) } else { None };
    Ok(Item { article, example, fields, location: at, n_bytes })
}

impl Iterator for Items {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Result<Item>> {
        loop {
            if let Some((path, rows)) = &mut self.rows {
                if let Some(record) = rows.next() {
                    self.position.item += 1;
                    return Some(record.and_then(|record| item_of(&self.columns, path, record)));
                }
                self.rows = None;
                self.position = Position { file: self.position.file + 1, item: 0 };
            }
            let path = self.waiting.pop_front()?;
            if let Some(found) = self.open_next(path) {
                self.position.file += 1;
                return Some(found);
            }
        }
    }
}

/// Bytes of a file as it lies on disk; 0 where that is not known.
fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// The files that one input names.
fn files_of(input: &Path) -> Result<Vec<PathBuf>> {
    if input == Path::new("-") || input.is_file() {
        return Ok(vec![input.to_path_buf()]);
    }
    if input.is_dir() {
        let mut files = Vec::new();
        for entry in WalkDir::new(input).sort_by_file_name() {
            let entry = entry.map_err(|e| Error::io(input, e.into()))?;
            let read = Layout::of(entry.path()).is_some()
                || inner_ending(entry.path()).is_some_and(|ending| ending == "txt");
            if read && entry.file_type().is_file() {
                files.push(entry.into_path());
            }
        }
        if files.is_empty() {
            let message = "is a folder without articles: no file in it ends in .txt, .csv, .tsv, .jsonl, .parquet or \
                           .arrow";
            return Err(Error::row(Location::file(input), message));
        }
        return Ok(files);
    }
    let pattern = input.to_str().filter(|p| p.contains(['*', '?', '[']));
    if let Some(pattern) = pattern {
        let found = glob::glob(pattern)
            .map_err(|e| Error::row(Location::file(input), format!("is no pattern: {e}")))?;
        let mut files: Vec<PathBuf> =
            found.filter_map(std::result::Result::ok).filter(|p| p.is_file()).collect();
        files.sort();
        if files.is_empty() {
            return Err(Error::row(Location::file(input), "matches no file"));
        }
        return Ok(files);
    }
    let missing = std::fs::metadata(input).err().unwrap_or_else(|| std::io::ErrorKind::NotFound.into());
    Err(Error::io(input, missing))
}
