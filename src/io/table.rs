//! A table written row by row, in any of our forms: all outputs that are rows come this way.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use crate::corpus::FieldKind;

use super::columnar::{ColumnWriter, ColumnarForm};
use super::packed::inner_ending;
use super::record::Layout;
use super::system_error;

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated with a header.
    Csv,
    /// A JSON object on each line.
    Jsonl,
    /// Apache Parquet, compressed with Zstandard.
    Parquet,
    /// Arrow IPC file.
    Arrow,
    /// Arrow IPC stream.
    ArrowStream,
}

impl Form {
    /// All of them.
    pub const ALL: [Form; 5] = [Form::Csv, Form::Jsonl, Form::Parquet, Form::Arrow, Form::ArrowStream];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Form::Csv => "csv",
            Form::Jsonl => "jsonl",
            Form::Parquet => "parquet",
            Form::Arrow => "arrow",
            Form::ArrowStream => "arrows",
        }
    }

    /// By the ending of the file's name, that of a compressed file being passed over: `csv`, `jsonl` or `ndjson`,
    /// `parquet`, `arrow` or `feather`, `arrows`.
    pub fn of(path: &Path) -> Option<Form> {
        match Layout::of(path)? {
            Layout::Csv => Some(Form::Csv),
            Layout::Jsonl => Some(Form::Jsonl),
            Layout::Parquet => Some(Form::Parquet),
            Layout::Arrow if inner_ending(path).is_some_and(|ending| ending == "arrows") => {
                Some(Form::ArrowStream)
            }
            Layout::Arrow => Some(Form::Arrow),
            Layout::Tsv => None,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What stands in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole numbers from 0.
    Count,
    /// Numbers.
    Real,
    /// What an input column held.
    Carried(FieldKind),
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: ColumnKind,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Column {
        Column { name: name.into(), kind }
    }
}

/// Writes a table; values are given as text. An empty number is left out of JSON and null in Parquet and Arrow.
///
/// # Example
/// ```
/// use geostance::io::table::{Column, ColumnKind, Form, TableWriter};
/// let mut bytes = Vec::new();
/// let columns = vec![Column::new("actor", ColumnKind::Text), Column::new("n", ColumnKind::Count)];
/// let mut table = TableWriter::new(&mut bytes, Form::Jsonl, columns)?;
/// table.write(["ICC", "3"])?;
/// table.finish()?;
/// assert_eq!(bytes, b"{\"actor\":\"ICC\",\"n\":3}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TableWriter<W: Write> {
    out: Out<W>,
}

enum Out<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W, Vec<Column>),
    Columns(Box<ColumnWriter<W>>),
}

impl<W: Write> TableWriter<W> {
    /// A table of these columns; the header of CSV is written at once.
    ///
    /// # Errors
    /// What the system says, for example that the disk is full or the pipe closed.
    pub fn new(out: W, form: Form, columns: Vec<Column>) -> io::Result<TableWriter<W>> {
        TableWriter::begin(out, form, columns, true)
    }

    /// The same, but where rows go on whose header was written before: one of CSV is not written again.
    ///
    /// # Errors
    /// As [`new`](TableWriter::new).
    pub fn go_on(out: W, form: Form, columns: Vec<Column>) -> io::Result<TableWriter<W>> {
        TableWriter::begin(out, form, columns, false)
    }

    fn begin(out: W, form: Form, columns: Vec<Column>, header: bool) -> io::Result<TableWriter<W>> {
        let columnar =
            |out, form, columns| ColumnWriter::new(out, form, columns).map(Box::new).map(Out::Columns);
        let out = match form {
            Form::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                if header {
                    csv.write_record(columns.iter().map(|column| &column.name)).map_err(system_error)?;
                }
                Out::Csv(Box::new(csv))
            }
            Form::Jsonl => Out::Jsonl(out, columns),
            Form::Parquet => columnar(out, ColumnarForm::Parquet, columns)?,
            Form::Arrow => columnar(out, ColumnarForm::Arrow, columns)?,
            Form::ArrowStream => columnar(out, ColumnarForm::ArrowStream, columns)?,
        };
        Ok(TableWriter { out })
    }

    /// Writes a row; there must be a value for each column.
    ///
    /// # Errors
    /// What the system says, and in Parquet and Arrow where a value is none of its column's type.
    pub fn write<V: AsRef<str>>(&mut self, values: impl IntoIterator<Item = V>) -> io::Result<()> {
        match &mut self.out {
            Out::Csv(out) => {
                for value in values {
                    out.write_field(value.as_ref()).map_err(system_error)?;
                }
                out.write_record(None::<&[u8]>).map_err(system_error)
            }
            Out::Jsonl(out, columns) => {
                let mut before = b'{';
                for (column, value) in columns.iter().zip(values) {
                    let value = value.as_ref();
                    let bare = is_bare(&column.kind);
                    if bare && value.is_empty() {
                        continue;
                    }
                    out.write_all(&[before])?;
                    before = b',';
                    serde_json::to_writer(&mut *out, &column.name)?;
                    out.write_all(b":")?;
                    match bare.then(|| json_number(&column.kind, value)).flatten() {
                        Some(json) => out.write_all(json.as_bytes())?,
                        None => serde_json::to_writer(&mut *out, value)?,
                    }
                }
                out.write_all(if before == b'{' { b"{}\n" } else { b"}\n" })
            }
            Out::Columns(out) => out.write(values),
        }
    }

    /// Hands on what is held back of the rows so far; of Parquet and Arrow that is written only in large pieces.
    ///
    /// # Errors
    /// What the system says.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.out {
            Out::Csv(out) => out.flush(),
            Out::Jsonl(out, _) => out.flush(),
            Out::Columns(_) => Ok(()),
        }
    }

    /// Writes all that is held back, and the end of the file.
    ///
    /// # Errors
    /// As [`write`](TableWriter::write).
    pub fn finish(self) -> io::Result<()> {
        match self.out {
            Out::Csv(mut out) => out.flush(),
            Out::Jsonl(mut out, _) => out.flush(),
            Out::Columns(out) => out.finish(),
        }
    }
}

/// Whether JSON writes such a value without quotes.
fn is_bare(kind: &ColumnKind) -> bool {
    match kind {
        ColumnKind::Text | ColumnKind::Carried(FieldKind::Text) => false,
        ColumnKind::Count | ColumnKind::Real | ColumnKind::Carried(FieldKind::Json) => true,
        ColumnKind::Carried(FieldKind::Arrow(of)) => {
            of.is_numeric() || *of == arrow_schema::DataType::Boolean
        }
    }
}

/// The JSON of such a value; `None` where it is none after all (an infinite number).
fn json_number<'v>(kind: &ColumnKind, value: &'v str) -> Option<Cow<'v, str>> {
    match kind {
        ColumnKind::Real => {
            value.parse::<f64>().ok().and_then(|x| serde_json::to_string(&x).ok()).map(Cow::Owned)
        }
        _ => serde_json::from_str::<serde::de::IgnoredAny>(value).is_ok().then_some(Cow::Borrowed(value)),
    }
}
