//! Rows of a file, one at a time, with the line each stands on.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::io::{BufRead, Chain, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::corpus::{Field, FieldKind};
use crate::error::shown;
use crate::{Error, Location, Result};

use super::columnar::ColumnarRows;
use super::corpus::require_column;
use super::packed::inner_ending;
use super::system_error;

/// The longest row that is read, in bytes.
pub const LONGEST_ROW: usize = 32 << 20;

/// One row: the names of its columns and their values.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// Line on which it starts, or number of the row in a file of columns, counted from 1.
    pub line: u64,
    /// Column and value, in the order of the file.
    pub fields: Vec<Field>,
}

impl Record {
    /// Value of a column; `None` where it is missing or blank.
    pub fn get(&self, column: &str) -> Option<&str> {
        let value = self.raw(column)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Value of a column as it stands, spaces kept.
    pub fn raw(&self, column: &str) -> Option<&str> {
        self.fields.iter().find(|field| &*field.name == column).map(|field| field.value.as_str())
    }
}

/// How rows are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Comma-separated with a header.
    Csv,
    /// Tab-separated with a header.
    Tsv,
    /// A JSON object on each line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, a file or a stream.
    Arrow,
}

impl Layout {
    /// By the ending of the file's name, that of a compressed file being passed over: `csv`, `tsv`, `jsonl` or
    /// `ndjson`, `parquet`, `arrow`, `arrows` or `feather`.
    pub fn of(path: &Path) -> Option<Layout> {
        match inner_ending(path)?.as_str() {
            "csv" => Some(Layout::Csv),
            "tsv" => Some(Layout::Tsv),
            "jsonl" | "ndjson" => Some(Layout::Jsonl),
            "parquet" => Some(Layout::Parquet),
            "arrow" | "arrows" | "feather" => Some(Layout::Arrow),
            _ => None,
        }
    }

    /// By the beginning of a file.
    pub fn guess(head: &[u8]) -> Layout {
        if head.starts_with(b"PAR1") {
            return Layout::Parquet;
        }
        if head.starts_with(b"ARROW1") || head.starts_with(&[0xff; 4]) {
            return Layout::Arrow;
        }
        let head = head.trim_ascii_start();
        let first = &head[..memchr::memchr(b'\n', head).unwrap_or(head.len())];
        match first {
            [b'{', ..] => Layout::Jsonl,
            _ if first.contains(&b'\t') => Layout::Tsv,
            _ => Layout::Csv,
        }
    }
}

/// Reads rows; an unusable one is an error, and the rest goes on.
pub struct Records {
    path: PathBuf,
    form: Form,
    header: Vec<Arc<str>>,
    header_line: u64,
    ended: bool,
}

enum Form {
    Separated(Box<csv::Reader<LineStarts<WithLastRow>>>),
    Lines { reader: Box<dyn BufRead + Send>, line: u64, buffer: Vec<u8> },
    Columns(Box<ColumnarRows>),
}

impl Records {
    /// Rows of an opened file; `path` is for messages.
    ///
    /// # Errors
    /// If there is no header, or it names a column twice.
    pub fn new(path: &Path, reader: Box<dyn BufRead + Send>, layout: Layout) -> Result<Records> {
        let mut records = Records {
            path: path.to_path_buf(),
            header: Vec::new(),
            header_line: 1,
            ended: false,
            form: match layout {
                Layout::Jsonl => Form::Lines { reader, line: 0, buffer: Vec::new() },
                Layout::Parquet => Form::Columns(Box::new(ColumnarRows::parquet(path, reader)?)),
                Layout::Arrow => Form::Columns(Box::new(ColumnarRows::arrow(path, reader)?)),
                Layout::Csv | Layout::Tsv => Form::Separated(Box::new(
                    csv::ReaderBuilder::new()
                        .delimiter(if layout == Layout::Tsv { b'\t' } else { b',' })
                        .flexible(true)
                        .from_reader(LineStarts::of(reader.chain(LAST_ROW))),
                )),
            },
        };
        if let Form::Separated(csv) = &mut records.form {
            let header = csv.byte_headers().map_err(|e| separated_error(path, e))?.clone();
            records.header_line = csv.get_mut().at_or_after(0).line;
            let at = Location::file(path).line(records.header_line);
            if csv.get_ref().ended && !is_last_row(&header) {
                return Err(Error::row(at, UNCLOSED));
            }
            for name in &header {
                let name = std::str::from_utf8(name).map_err(|e| {
                    let byte = e.valid_up_to();
                    Error::row(at.clone(), format!("the header is not UTF-8 at byte {byte} of a name"))
                })?;
                let name: Arc<str> = name.trim().into();
                if !name.is_empty() && records.header.contains(&name) {
                    return Err(Error::row(at.column(shown(&name)), "stands twice in the header"));
                }
                records.header.push(name);
            }
            if records.header.iter().all(|name| name.is_empty()) {
                return Err(Error::row(Location::file(path), "is empty, expected a header and rows"));
            }
        }
        Ok(records)
    }

    /// Checks that there is a column; rows of JSONL are checked one by one as they are used.
    ///
    /// # Errors
    /// Names the nearest column there is.
    pub fn require(&self, column: &str) -> Result<()> {
        match &self.form {
            Form::Separated(_) => {
                let header: Vec<&str> = self.header.iter().map(|name| &**name).collect();
                require_column(self.at(self.header_line), &header, column)
            }
            Form::Columns(rows) => require_column(Location::file(&self.path), &rows.names(), column),
            Form::Lines { .. } => Ok(()),
        }
    }

    fn at(&self, line: u64) -> Location {
        Location::file(&self.path).line(line)
    }

    fn next_separated(&mut self) -> Option<Result<Record>> {
        let Form::Separated(csv) = &mut self.form else { return None };
        let mut row = csv::ByteRecord::new();
        match csv.read_byte_record(&mut row) {
            Ok(false) => return None,
            Ok(true) => {}
            Err(e) => {
                self.ended = true;
                return Some(Err(separated_error(&self.path, e)));
            }
        }
        if csv.get_ref().ended && is_last_row(&row) {
            return None;
        }
        let start = csv.get_mut().at_or_after(row.position().map_or(0, csv::Position::byte));
        if csv.get_ref().ended {
            return Some(Err(Error::row(self.at(start.line), UNCLOSED)));
        }
        Some(self.check_row(&row, start))
    }

    fn check_row(&self, row: &csv::ByteRecord, start: Start) -> Result<Record> {
        let Start { line, byte } = start;
        if row.len() != self.header.len() {
            return Err(Error::row(
                self.at(line),
                format!("found {} fields, expected {} as in the header", row.len(), self.header.len()),
            ));
        }
        if row.as_slice().len() > LONGEST_ROW {
            return Err(Error::row(self.at(line), too_long(row.as_slice().len())));
        }
        let mut fields = Vec::with_capacity(row.len());
        // what has no name cannot be asked for
        for (name, value) in self.header.iter().zip(row).filter(|(name, _)| !name.is_empty()) {
            let value = std::str::from_utf8(value).map_err(|e| {
                Error::row(
                    self.at(line).column(&**name),
                    format!(
                        "is not UTF-8 at byte {} of the field (the row starts at byte {byte} of the file)",
                        e.valid_up_to()
                    ),
                )
            })?;
            check_nul(value).map_err(|message| Error::row(self.at(line).column(&**name), message))?;
            fields.push(Field::text(name.clone(), value));
        }
        Ok(Record { line, fields })
    }

    fn next_line(&mut self) -> Option<Result<Record>> {
        loop {
            let Form::Lines { reader, line, buffer } = &mut self.form else { return None };
            buffer.clear();
            *line += 1;
            let line = *line;
            let length = match read_line(reader, buffer) {
                Ok(0) => return None,
                Ok(length) => length,
                Err(e) => {
                    self.ended = true;
                    return Some(Err(Error::io(&self.path, e)));
                }
            };
            if length > LONGEST_ROW {
                return Some(Err(Error::row(self.at(line), too_long(length))));
            }
            if buffer.trim_ascii().is_empty() {
                continue;
            }
            let parsed = parse_line(buffer);
            return Some(
                parsed.map(|fields| Record { line, fields }).map_err(|m| Error::row(self.at(line), m)),
            );
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        if self.ended {
            return None;
        }
        match &mut self.form {
            Form::Separated(_) => self.next_separated(),
            Form::Lines { .. } => self.next_line(),
            Form::Columns(rows) => rows.next(),
        }
    }
}

/// Put behind the last line of a separated file: a row of its own, unless a quote is open there, which it closes.
const LAST_ROW: &[u8] = b"\n\"";

/// A file with that behind it.
type WithLastRow = Chain<Box<dyn BufRead + Send>, &'static [u8]>;

fn is_last_row(row: &csv::ByteRecord) -> bool {
    row.len() == 1 && row.as_slice().is_empty()
}

const UNCLOSED: &str = "a quote that opens in this row is never closed";

/// Where a row starts in its file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub(super) line: u64,
    byte: u64,
}

/// A reader that notes where lines that are not blank start. The `csv` crate counts lines only as it passes
/// them, and gives as the position of a row the end of the row before it, with blank lines still to come.
pub(super) struct LineStarts<R> {
    reader: R,
    next: Start,
    last: u8,
    starts: VecDeque<Start>,
    /// Whether all was read.
    ended: bool,
}

impl<R> LineStarts<R> {
    pub(super) fn of(reader: R) -> LineStarts<R> {
        LineStarts {
            reader,
            next: Start { line: 1, byte: 0 },
            last: b'\n',
            starts: VecDeque::new(),
            ended: false,
        }
    }

    /// The first line that is not blank and starts at `byte` or behind it; those before it are forgotten.
    pub(super) fn at_or_after(&mut self, byte: u64) -> Start {
        while self.starts.front().is_some_and(|start| start.byte < byte) {
            self.starts.pop_front();
        }
        self.starts.front().copied().unwrap_or(self.next)
    }
}

impl<R: Read> Read for LineStarts<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(out)?;
        self.ended = n == 0 && !out.is_empty();
        let mut from = 0;
        for end in memchr::memchr2_iter(b'\r', b'\n', &out[..n]).chain([n]) {
            if matches!(self.last, b'\r' | b'\n') && from < end {
                self.starts.push_back(Start { byte: self.next.byte + from as u64, ..self.next });
            }
            let before = if from < end { out[end - 1] } else { self.last };
            self.last = if end < n { out[end] } else { before };
            // CR LF is one end of a line
            self.next.line += u64::from(end < n && (before, self.last) != (b'\r', b'\n'));
            from = end + 1;
        }
        self.next.byte += n as u64;
        Ok(n)
    }
}

/// Reads up to and with the next line end; what exceeds the longest row is passed over, but counted.
fn read_line(reader: &mut impl BufRead, out: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut length = 0;
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(length);
        }
        let (used, done) = match memchr::memchr(b'\n', chunk) {
            Some(i) => (i + 1, true),
            None => (chunk.len(), false),
        };
        if length + used <= LONGEST_ROW {
            out.extend_from_slice(&chunk[..used]);
        }
        length += used;
        reader.consume(used);
        if done {
            return Ok(length);
        }
    }
}

fn parse_line(bytes: &[u8]) -> Result<Vec<Field>, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| format!("is not UTF-8 at byte {} of the line", e.valid_up_to()))?;
    check_nul(text)?;
    let Object(columns) =
        serde_json::from_str(text).map_err(|e| format!("is no JSON object: {}", json_fault(&e)))?;
    let mut names = HashSet::new();
    if let Some((name, _)) = columns.iter().find(|(name, _)| !names.insert(name)) {
        return Err(format!("column `{}` stands twice", shown(name)));
    }
    let fields = columns.into_iter().filter(|(name, _)| !name.is_empty()).map(|(name, value)| {
        let (value, kind) = match value {
            serde_json::Value::Null => (String::new(), FieldKind::Json),
            serde_json::Value::String(text) => (text, FieldKind::Text),
            other => (other.to_string(), FieldKind::Json),
        };
        check_nul(&value).map_err(|message| format!("column `{name}`: {message}"))?;
        Ok(Field { name: name.into(), value, kind })
    });
    fields.collect()
}

/// The columns of a JSON object as they stand, where a map would keep only the last of a name.
struct Object(Vec<(String, serde_json::Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Object, D::Error> {
        struct Columns;
        impl<'de> Visitor<'de> for Columns {
            type Value = Object;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Object, M::Error> {
                let mut columns = Vec::new();
                while let Some(column) = map.next_entry()? {
                    columns.push(column);
                }
                Ok(Object(columns))
            }
        }
        from.deserialize_map(Columns)
    }
}

/// What is wrong with the JSON of a line, and at which byte of it.
pub(super) fn json_fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    format!("{} at byte {} of the line", text.strip_suffix(&place).unwrap_or(&text), error.column())
}

fn check_nul(text: &str) -> Result<(), String> {
    match memchr::memchr(0, text.as_bytes()) {
        Some(at) => Err(format!("holds a NUL byte at byte {at}")),
        None => Ok(()),
    }
}

pub(super) fn too_long(length: usize) -> String {
    format!("is {length} bytes long, the longest row read is {} MB", LONGEST_ROW >> 20)
}

fn separated_error(path: &Path, error: csv::Error) -> Error {
    Error::io(path, system_error(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str, layout: Layout) -> Vec<Result<Record, String>> {
        let reader: Box<dyn BufRead + Send> = Box::new(std::io::Cursor::new(text.as_bytes().to_vec()));
        let records = Records::new(Path::new("x"), reader, layout).unwrap();
        records.map(|r| r.map_err(|e| e.to_string())).collect()
    }

    #[test]
    fn a_bad_row_is_named_and_the_rest_goes_on() {
        let found = rows("text,target\r\n\"two\r\nlines\",RUS\r\nonly one\r\nlast,USA\r\n", Layout::Csv);
        assert_eq!(found.len(), 3);
        assert_eq!(found[0].as_ref().unwrap().raw("text"), Some("two\r\nlines"));
        assert_eq!(found[1], Err("x:4: found 1 fields, expected 2 as in the header".to_owned()));
        assert_eq!(found[2].as_ref().unwrap().line, 5);
    }

    #[test]
    fn json_lines_may_be_blank_or_broken() {
        let found = rows("{\"text\":\"a\",\"n\":1}\n\n{\"text\":\n{\"text\":\"b\"}", Layout::Jsonl);
        assert_eq!(found[0].as_ref().unwrap().get("n"), Some("1"));
        assert!(found[1].as_ref().unwrap_err().starts_with("x:3: is no JSON object"));
        assert_eq!(found[2].as_ref().unwrap().line, 4);
    }
}
