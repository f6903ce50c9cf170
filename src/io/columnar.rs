//! Rows of Parquet and Arrow files: batches of columns to records, and records back to columns.

use std::fs::File;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_cast::cast::{CastOptions, cast, cast_with_options};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_ipc::writer::{FileWriter, StreamWriter};
use arrow_schema::{ArrowError, DataType, Field as ArrowField, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::corpus::{Field, FieldKind};
use crate::{Error, Location, Result};

use super::packed::Packing;
use super::record::{LONGEST_ROW, Record};
use super::table::{Column, ColumnKind};

/// Rows decoded at a time: so few that articles of a megabyte each still fit.
const BATCH_ROWS: usize = 128;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Rows of a Parquet or Arrow file.
pub(super) struct ColumnarRows {
    path: PathBuf,
    names: Vec<Arc<str>>,
    schema: SchemaRef,
    batches: Batches,
    /// Rows of the batch at hand as text, one column after the other.
    rows: std::vec::IntoIter<Result<Record>>,
    line: u64,
}

/// A file whose reader must be able to go back: the file itself where it is one and is not packed, else a copy
/// without a name that goes when it is closed.
fn seekable(path: &Path, mut reader: impl Read) -> io::Result<File> {
    if path.is_file() {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        (&file).take(4).read_to_end(&mut head)?;
        if Packing::guess(&head).is_none() {
            file.seek(SeekFrom::Start(0))?;
            return Ok(file);
        }
    }
    let mut copy = tempfile::tempfile()?;
    io::copy(&mut reader, &mut copy)?;
    copy.seek(SeekFrom::Start(0))?;
    Ok(copy)
}

impl ColumnarRows {
    /// Rows of a Parquet file.
    pub(super) fn parquet(path: &Path, reader: impl Read) -> Result<ColumnarRows> {
        let file = seekable(path, reader).map_err(|e| Error::io(path, e))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| {
            Error::row(Location::file(path), format!("is no Parquet file, or one cut short: {e}"))
        })?;
        let schema = builder.schema().clone();
        let batches = builder
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|e| Error::row(Location::file(path), format!("cannot be read as Parquet: {e}")))?;
        ColumnarRows::new(path, schema, Box::new(batches))
    }

    /// Rows of an Arrow IPC file, or of a stream of the same.
    pub(super) fn arrow(path: &Path, mut reader: Box<dyn BufRead + Send>) -> Result<ColumnarRows> {
        let failed = |e: ArrowError| {
            Error::row(Location::file(path), format!("is no Arrow file, or one cut short: {e}"))
        };
        let is_file = reader.fill_buf().map_err(|e| Error::io(path, e))?.starts_with(b"ARROW1");
        if is_file {
            let file = seekable(path, reader).map_err(|e| Error::io(path, e))?;
            let batches = FileReader::try_new_buffered(file, None).map_err(failed)?;
            ColumnarRows::new(path, batches.schema(), Box::new(batches))
        } else {
            let batches = StreamReader::try_new(reader, None).map_err(failed)?;
            ColumnarRows::new(path, batches.schema(), Box::new(batches))
        }
    }

    fn new(path: &Path, schema: SchemaRef, batches: Batches) -> Result<ColumnarRows> {
        let names: Vec<Arc<str>> = schema.fields().iter().map(|field| field.name().as_str().into()).collect();
        if let Some(twice) = names.iter().enumerate().find(|(i, name)| names[..*i].contains(name)) {
            return Err(Error::row(Location::file(path).column(&**twice.1), "stands twice in the schema"));
        }
        let path = path.to_path_buf();
        Ok(ColumnarRows { path, names, schema, batches, rows: Vec::new().into_iter(), line: 0 })
    }

    /// Names of the columns.
    pub(super) fn names(&self) -> Vec<&str> {
        self.names.iter().map(|name| &**name).collect()
    }

    fn records(&self, batch: &RecordBatch) -> Result<Vec<Result<Record>>, ArrowError> {
        let options = FormatOptions::default();
        let in_utc = |column: &ArrayRef| cast(column, &in_utc(column.data_type()));
        let columns: Vec<ArrayRef> = batch.columns().iter().map(in_utc).collect::<Result<_, _>>()?;
        let columns: Vec<ArrayFormatter> = columns
            .iter()
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<Result<_, _>>()?;
        let kinds: Vec<FieldKind> = self
            .schema
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Utf8 => FieldKind::Text,
                other => FieldKind::Arrow(other.clone()),
            })
            .collect();
        let mut out = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let line = self.line + row as u64 + 1;
            let mut fields = Vec::with_capacity(columns.len());
            let mut fault = None;
            let mut length = 0;
            for ((name, kind), column) in self.names.iter().zip(&kinds).zip(&columns) {
                let value = column.value(row).try_to_string()?;
                length += value.len();
                if let Some(at) = memchr::memchr(0, value.as_bytes()) {
                    fault = Some((Some(name), format!("holds a NUL byte at byte {at}")));
                }
                fields.push(Field { name: name.clone(), value, kind: kind.clone() });
            }
            if length > LONGEST_ROW {
                fault = Some((None, super::record::too_long(length)));
            }
            out.push(match fault {
                None => Ok(Record { line, fields }),
                Some((column, message)) => {
                    let at = Location::file(&self.path).line(line);
                    Err(Error::row(column.map_or(at.clone(), |name| at.column(&**name)), message))
                }
            });
        }
        Ok(out)
    }
}

impl Iterator for ColumnarRows {
    type Item = Result<Record>;

    fn next(&mut self) -> Option<Result<Record>> {
        loop {
            if let Some(record) = self.rows.next() {
                return Some(record);
            }
            let batch = self.batches.next()?;
            match batch.and_then(|batch| Ok((batch.num_rows(), self.records(&batch)?))) {
                Ok((n, rows)) => {
                    self.line += n as u64;
                    self.rows = rows.into_iter();
                }
                Err(e) => {
                    self.batches = Box::new(std::iter::empty());
                    let at = Location::file(&self.path).line(self.line + 1);
                    return Some(Err(Error::row(
                        at,
                        format!("this row and those behind it cannot be read: {e}"),
                    )));
                }
            }
        }
    }
}

/// A file of columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnarForm {
    Parquet,
    Arrow,
    ArrowStream,
}

/// Rows are held back until there are so many, and written as columns.
const WRITTEN_ROWS: usize = 4096;
/// Rows of a Parquet row group, which is held in memory until it is full.
const GROUP_ROWS: usize = 16 * WRITTEN_ROWS;

/// Writes rows of text as columns of their types.
pub(super) struct ColumnWriter<W: Write> {
    out: W,
    // both write to memory that is emptied after each batch, since a Parquet writer asks for more of its output
    // than standard output can give
    writer: Writer,
    schema: SchemaRef,
    cells: Vec<Vec<String>>,
}

enum Writer {
    Parquet(Box<ArrowWriter<Vec<u8>>>),
    Arrow(Box<FileWriter<Vec<u8>>>),
    ArrowStream(Box<StreamWriter<Vec<u8>>>),
}

fn failed(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::other(error)
}

impl<W: Write> ColumnWriter<W> {
    pub(super) fn new(out: W, form: ColumnarForm, columns: Vec<Column>) -> io::Result<ColumnWriter<W>> {
        let cells = vec![Vec::with_capacity(WRITTEN_ROWS); columns.len()];
        let fields: Vec<ArrowField> =
            columns.into_iter().map(|c| ArrowField::new(c.name, data_type(&c.kind), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let writer = match form {
            ColumnarForm::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(GROUP_ROWS))
                    .build();
                let writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties));
                Writer::Parquet(Box::new(writer.map_err(failed)?))
            }
            ColumnarForm::ArrowStream => {
                Writer::ArrowStream(Box::new(StreamWriter::try_new(Vec::new(), &schema).map_err(failed)?))
            }
            ColumnarForm::Arrow => {
                Writer::Arrow(Box::new(FileWriter::try_new(Vec::new(), &schema).map_err(failed)?))
            }
        };
        Ok(ColumnWriter { out, writer, schema, cells })
    }

    /// Writes a row; there must be a value for each column.
    pub(super) fn write<V: AsRef<str>>(&mut self, values: impl IntoIterator<Item = V>) -> io::Result<()> {
        self.cells.iter_mut().zip(values).for_each(|(cells, value)| cells.push(value.as_ref().to_owned()));
        if self.cells.first().is_some_and(|cells| cells.len() == WRITTEN_ROWS) {
            self.write_batch()
        } else {
            Ok(())
        }
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let columns: Vec<ArrayRef> = self
            .cells
            .iter_mut()
            .zip(self.schema.fields())
            .map(|(cells, field)| column(&std::mem::take(cells), field))
            .collect::<io::Result<_>>()?;
        let batch = RecordBatch::try_new(self.schema.clone(), columns).map_err(failed)?;
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write(&batch).map_err(failed)?,
            Writer::Arrow(writer) => writer.write(&batch).map_err(failed)?,
            Writer::ArrowStream(writer) => writer.write(&batch).map_err(failed)?,
        }
        self.drain()
    }

    fn drain(&mut self) -> io::Result<()> {
        let bytes = match &mut self.writer {
            Writer::Parquet(writer) => writer.inner_mut(),
            Writer::Arrow(writer) => writer.get_mut(),
            Writer::ArrowStream(writer) => writer.get_mut(),
        };
        self.out.write_all(bytes)?;
        bytes.clear();
        Ok(())
    }

    /// Writes what was held back and the end of the file.
    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.cells.first().is_some_and(|cells| !cells.is_empty()) {
            self.write_batch()?;
        }
        match &mut self.writer {
            Writer::Parquet(writer) => drop(writer.finish().map_err(failed)?),
            Writer::Arrow(writer) => writer.finish().map_err(failed)?,
            Writer::ArrowStream(writer) => writer.finish().map_err(failed)?,
        }
        self.drain()?;
        self.out.flush()
    }
}

/// A column of text as a column of its type; what is empty is null where it is not of a type of text.
fn column(cells: &[String], field: &ArrowField) -> io::Result<ArrayRef> {
    let is_text = is_text(field.data_type());
    let text = StringArray::from_iter(cells.iter().map(|v| (is_text || !v.is_empty()).then_some(v.as_str())));
    let strict = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(&text, &in_utc(field.data_type()), &strict)
        .and_then(|column| cast(&column, field.data_type()))
        .map_err(|e| failed(format!("column `{}`: {e}", field.name())))
}

/// The type with times told in UTC; those of a named zone could be told only with a table of zones, and are the same.
fn in_utc(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        other => other.clone(),
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// The type in which a column is written; a carried one in its own where the text of a value says all of it.
fn data_type(kind: &ColumnKind) -> DataType {
    use DataType as T;
    let of = match kind {
        ColumnKind::Count => return T::UInt64,
        ColumnKind::Real => return T::Float64,
        ColumnKind::Text | ColumnKind::Carried(FieldKind::Text | FieldKind::Json) => return T::Utf8,
        ColumnKind::Carried(FieldKind::Arrow(of)) => of,
    };
    let says_all = of.is_integer()
        || matches!(
            of,
            T::Float32
                | T::Float64
                | T::Boolean
                | T::Date32
                | T::Date64
                | T::Timestamp(..)
                | T::Decimal128(..)
        )
        || is_text(of);
    if says_all { of.clone() } else { T::Utf8 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Int32Type;
    use arrow_array::{DictionaryArray, Int32Array, LargeStringArray, TimestampMicrosecondArray};
    use arrow_ipc::writer::StreamWriter;

    /// A table with a column of each kind that other programs write, with nulls.
    fn table() -> RecordBatch {
        let target: DictionaryArray<Int32Type> = [Some("RUS"), None, Some("RUS")].into_iter().collect();
        let when = TimestampMicrosecondArray::from(vec![Some(1_577_934_245_000_000), None, Some(0)]);
        RecordBatch::try_from_iter([
            ("text", Arc::new(LargeStringArray::from(vec![Some("one"), Some(""), None])) as ArrayRef),
            ("target", Arc::new(target) as ArrayRef),
            ("n", Arc::new(Int32Array::from(vec![Some(-7), None, Some(8)])) as ArrayRef),
            ("when", Arc::new(when.with_timezone("Europe/Oslo")) as ArrayRef),
        ])
        .unwrap()
    }

    fn stream(batch: &RecordBatch) -> Box<dyn BufRead + Send> {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        Box::new(io::Cursor::new(writer.into_inner().unwrap()))
    }

    #[test]
    fn values_are_read_as_text_and_written_as_they_were() {
        let table = table();
        let rows: Vec<Record> = ColumnarRows::arrow(Path::new("x.arrows"), stream(&table))
            .unwrap()
            .map(|row| row.unwrap())
            .collect();
        assert_eq!(rows[0].raw("when"), Some("2020-01-02T03:04:05Z"));
        assert_eq!(rows[1].fields.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(), ["", "", "", ""]);
        assert_eq!((rows[2].line, rows[2].get("text"), rows[2].get("n")), (3, None, Some("8")));
        for (form, name) in [(ColumnarForm::Parquet, "o.parquet"), (ColumnarForm::Arrow, "o.arrow")] {
            let kept = |field: &Field| Column::new(&*field.name, ColumnKind::Carried(field.kind.clone()));
            let columns = rows[0].fields.iter().map(kept).collect();
            let mut bytes = Vec::new();
            let mut writer = ColumnWriter::new(&mut bytes, form, columns).unwrap();
            rows.iter().for_each(|row| writer.write(row.fields.iter().map(|f| &f.value)).unwrap());
            writer.finish().unwrap();
            let reader = Box::new(io::Cursor::new(bytes));
            let open = if form == ColumnarForm::Arrow {
                ColumnarRows::arrow(Path::new(name), reader)
            } else {
                ColumnarRows::parquet(Path::new(name), reader)
            };
            let again = open.unwrap();
            let types = |schema: &Schema| {
                schema.fields().iter().map(|f| f.data_type().clone()).collect::<Vec<DataType>>()
            };
            assert_eq!(types(&again.schema), types(&table.schema()), "{name}");
            assert_eq!(again.map(|row| row.unwrap()).collect::<Vec<Record>>(), rows, "{name}");
        }
    }

    #[test]
    fn a_value_that_is_none_of_its_type_is_named() {
        let columns = vec![Column::new("n", ColumnKind::Count)];
        let mut writer = ColumnWriter::new(Vec::new(), ColumnarForm::Arrow, columns).unwrap();
        writer.write(["seven"]).unwrap();
        let refused = writer.finish().unwrap_err().to_string();
        assert!(refused.starts_with("column `n`: ") && refused.contains("seven"), "{refused}");
    }
}
