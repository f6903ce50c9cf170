//! Labelled rows from files, in our own columns; other people's formats are in [`dialect`].

use std::io::{BufRead, Cursor, Read};
use std::path::Path;

use crate::corpus::{Corpus, Example, Held, Named, Split};
use crate::error::shown;
use crate::{Error, Location, Result, Span, Stance, Tone};

use super::dialect::{self, Dialect};
use super::record::{Layout, Record, Records};
use super::rows::COLUMNS;
use super::{open, text_of};

/// Names of the columns of labelled rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The text.
    pub text: String,
    /// Who is judged.
    pub target: String,
    /// The gold stance.
    pub stance: String,
    /// Whose stance it is.
    pub holder: String,
    /// The gold tone.
    pub sentiment: String,
}

impl Default for Columns {
    fn default() -> Self {
        let name = |s: &str| s.to_owned();
        Columns {
            text: name("text"),
            target: name("target"),
            stance: name("stance"),
            holder: name("holder"),
            sentiment: name("sentiment"),
        }
    }
}

impl Columns {
    /// The name in our own columns of a column that is read as one of them; `None` where it is another.
    pub fn standard(&self, name: &str) -> Option<&'static str> {
        let renamed = [
            (&self.text, "text"),
            (&self.target, "target"),
            (&self.stance, "stance"),
            (&self.holder, "holder"),
            (&self.sentiment, "sentiment"),
        ];
        let fixed = || COLUMNS.into_iter().filter(|own| renamed.iter().all(|(_, other)| other != own));
        renamed
            .into_iter()
            .find(|(own, _)| *own == name)
            .map(|(_, other)| other)
            .or_else(|| fixed().find(|own| *own == name))
    }
}

/// A corpus as read, and the rows that could not be used.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The usable rows.
    pub corpus: Corpus,
    /// A fault for each row left out.
    pub faults: Vec<Error>,
    /// How the rows were written.
    pub dialect: Dialect,
}

/// The most that is read of a file that must be held whole, in bytes.
const WHOLE_FILE: u64 = 1 << 30;
/// As much of a file tells how it is written, in bytes.
const HEAD: u64 = 1 << 16;

/// Reads labelled rows from a file; the dialect is told by its shape where none is given.
///
/// # Errors
/// If the file cannot be read, is empty, or a needed column is missing. Single unusable rows are no
/// error: they are in [`Loaded::faults`].
pub fn read_corpus(path: &Path, columns: &Columns, dialect: Option<Dialect>) -> Result<Loaded> {
    let (dialect, rows) = labelled_rows(path, columns, dialect)?;
    let mut loaded = Loaded { dialect, ..Loaded::default() };
    for row in rows {
        match row {
            Ok(example) => loaded.corpus.examples.push(example),
            Err(Error::Io { location, source }) => return Err(Error::Io { location, source }),
            Err(fault) => loaded.faults.push(fault),
        }
    }
    if loaded.corpus.examples.is_empty() && loaded.faults.is_empty() {
        return Err(Error::row(Location::file(path), "holds no row"));
    }
    Ok(loaded)
}

/// Labelled rows in the order of their file; an unusable one is an error, and the rest goes on.
pub type LabelledRows = Box<dyn Iterator<Item = Result<Example>> + Send>;

/// Opens a file of labelled rows, to be read one after the other; the dialect is told by its shape where none is given.
///
/// Rows of our own columns and of SemEval are read as they are asked for; other dialects are held whole.
///
/// # Errors
/// If the file cannot be read, is empty, or a needed column is missing.
pub fn labelled_rows(
    path: &Path,
    columns: &Columns,
    dialect: Option<Dialect>,
) -> Result<(Dialect, LabelledRows)> {
    // what is told by the beginning is read once: the file may be a pipe
    let mut reader = open(path)?;
    let mut head = Vec::new();
    reader.by_ref().take(HEAD).read_to_end(&mut head).map_err(|e| Error::io(path, e))?;
    if head.trim_ascii().is_empty() {
        return Err(Error::row(Location::file(path), "is empty, expected labelled rows"));
    }
    let dialect = dialect.unwrap_or_else(|| dialect::guess(&head));
    let layout = Layout::of(path).unwrap_or_else(|| Layout::guess(&head));
    let reader = Box::new(Cursor::new(head).chain(reader));
    let rows = match dialect {
        Dialect::Rows => rows(path, reader, columns.clone(), layout)?,
        Dialect::SemEval => rows(path, reader, dialect::semeval_columns(), Layout::Tsv)?,
        other => {
            let loaded = dialect::read_whole(path, &text_of(path, reader, WHOLE_FILE)?, other)?;
            let faults = loaded.faults.into_iter().map(Err);
            Box::new(loaded.corpus.examples.into_iter().map(Ok).chain(faults))
        }
    };
    Ok((dialect, rows))
}

fn rows(
    path: &Path,
    reader: Box<dyn BufRead + Send>,
    columns: Columns,
    layout: Layout,
) -> Result<LabelledRows> {
    let records = Records::new(path, reader, layout)?;
    for needed in [&columns.text, &columns.target, &columns.stance] {
        records.require(needed)?;
    }
    let path = path.to_path_buf();
    Ok(Box::new(records.map(move |record| example(&path, &columns, record?, Needs::Stance))))
}

/// Checks that the header at a place has a column.
///
/// # Errors
/// Names the nearest column there is.
pub fn require_column(at: Location, header: &[&str], needed: &str) -> Result<()> {
    if header.contains(&needed) {
        return Ok(());
    }
    let nearest = header.iter().min_by_key(|name| strsim::damerau_levenshtein(&name.to_lowercase(), needed));
    let hint = nearest.map_or(String::new(), |name| format!("; the nearest is `{}`", shown(name)));
    Err(Error::row(at, format!("the header has no column `{needed}`{hint}")))
}

/// What a row must have besides a text and a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A gold stance, for training and evaluation.
    Stance,
    /// Nothing: the row is to be judged, and its labels are not read.
    Nothing,
}

/// Makes a labelled row of a record.
///
/// # Errors
/// Names the column that is missing or holds something else than expected.
pub fn example(path: &Path, columns: &Columns, record: Record, needs: Needs) -> Result<Example> {
    let at = |column: &str| Location::file(path).line(record.line).column(column);
    let needed =
        |column: &str| record.get(column).ok_or_else(|| Error::row(at(column), "is empty or missing"));
    let text = {
        needed(&columns.text)?;
        record.raw(&columns.text).unwrap_or_default().to_owned()
    };
    let gold = |column: &str| record.get(column).filter(|_| needs == Needs::Stance);
    let stance = match gold(&columns.stance) {
        Some(label) => Some(Stance::parse(label).ok_or_else(|| {
            let message = format!(
                "found `{}`, expected FAVOR, AGAINST or NEUTRAL; the nearest is {}",
                shown(label),
                Stance::nearest(label)
            );
            Error::row(at(&columns.stance), message)
        })?),
        None if needs == Needs::Stance => return Err(Error::row(at(&columns.stance), "is empty or missing")),
        None => None,
    };
    let tone = match gold(&columns.sentiment) {
        Some(label) => Some(Tone::parse(label).ok_or_else(|| {
            let message = format!("found `{}`, expected POSITIVE, NEGATIVE or NEUTRAL", shown(label));
            Error::row(at(&columns.sentiment), message)
        })?),
        None => None,
    };
    let span = |start: &str, end: &str| -> Result<Option<Span>> {
        let number = |column: &str| match record.get(column) {
            None => Ok(None),
            Some(value) => value.parse::<usize>().map(Some).map_err(|_| {
                Error::row(at(column), format!("found `{}`, expected an offset in code points", shown(value)))
            }),
        };
        match (number(start)?, number(end)?) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) if from < to => match Span::from_code_points(&text, from..to) {
                Some(span) => Ok(Some(span)),
                None => {
                    let length = text.chars().count();
                    let message = format!("{from}..{to} leaves the text, which has {length} code points");
                    Err(Error::row(at(start), message))
                }
            },
            (Some(from), Some(to)) => Err(Error::row(at(end), format!("{to} does not come after {from}"))),
            (Some(_), None) => Err(Error::row(at(end), format!("is missing where `{start}` is given"))),
            (None, Some(_)) => Err(Error::row(at(start), format!("is missing where `{end}` is given"))),
        }
    };
    let target_span = span("target_start", "target_end")?;
    let holder_span = span("holder_start", "holder_end")?;
    let target = match (record.get(&columns.target), target_span) {
        (Some(name), _) => name.to_owned(),
        (None, Some(span)) => span.slice(&text).to_owned(),
        (None, None) => return Err(Error::row(at(&columns.target), "is empty or missing")),
    };
    let holder = record.get(&columns.holder).map_or(Held::Anyone, |name| Held::named(name, holder_span));
    let split = match gold("split") {
        None => None,
        Some(name) => Some(Split::parse(name).ok_or_else(|| {
            Error::row(at("split"), format!("found `{}`, expected train, dev or test", shown(name)))
        })?),
    };
    let owned = |column: &str| record.get(column).map(str::to_owned);
    Ok(Example {
        target: Named { name: target, span: target_span },
        holder,
        stance,
        tone,
        id: owned("id"),
        document: owned("document"),
        date: owned("date"),
        source: owned("source"),
        split,
        line: record.line,
        text,
        fields: record.fields.into_iter().filter(|field| columns.standard(&field.name).is_none()).collect(),
    })
}
