//! Labelled rows written in our own columns, whatever dialect they were read from.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;

use crate::corpus::{Example, Field, Held, Named, Split};
use crate::{Error, Result, Span, Stance, Tone};

use super::corpus::Columns;
use super::table::{Column, ColumnKind, Form, TableWriter};

/// Columns of a labelled row, in order; others follow as they were read.
pub const COLUMNS: [&str; 14] = [
    "id",
    "text",
    "target",
    "stance",
    "holder",
    "sentiment",
    "target_start",
    "target_end",
    "holder_start",
    "holder_end",
    "document",
    "date",
    "source",
    "split",
];

fn values(example: &Example) -> [String; COLUMNS.len()] {
    let text = &example.text;
    let ends = |span: Option<Span>| match span.map(|s| s.code_points(text)) {
        Some(range) => (range.start.to_string(), range.end.to_string()),
        None => (String::new(), String::new()),
    };
    let nobody = Named::default();
    let (holder, holder_named) = match &example.holder {
        Held::Anyone => (String::new(), &nobody),
        Held::Author => ("AUTHOR".to_owned(), &nobody),
        Held::By(named) => (named.name.clone(), named),
    };
    let (target_start, target_end) = ends(example.target.span);
    let (holder_start, holder_end) = ends(holder_named.span);
    let or_empty = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        or_empty(&example.id),
        text.clone(),
        example.target.name.clone(),
        example.stance.map_or("", Stance::as_str).to_owned(),
        holder,
        example.tone.map_or("", Tone::as_str).to_owned(),
        target_start,
        target_end,
        holder_start,
        holder_end,
        or_empty(&example.document),
        or_empty(&example.date),
        or_empty(&example.source),
        example.split.map_or("", Split::as_str).to_owned(),
    ]
}

/// Value of a column of a row; `None` where it has no such column.
pub fn value(example: &Example, columns: &Columns, name: &str) -> Option<String> {
    match columns.standard(name).and_then(|own| COLUMNS.iter().position(|other| *other == own)) {
        Some(own) => Some(values(example)[own].clone()),
        None => example.fields.iter().find(|field| *field.name == *name).map(|field| field.value.clone()),
    }
}

/// The name with `input_` before it, as often as it takes to be no name that is taken.
pub(crate) fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = format!("input_{name}");
    while is_taken(&name) {
        name.insert_str(0, "input_");
    }
    name
}

/// Writes labelled rows. Columns that a row was read with and that are not ours follow; rows of several
/// files, and lines of JSON, may have different ones.
///
/// # Errors
/// If they cannot be written.
pub fn write_rows(out: &mut dyn Write, examples: &[Example], form: Form) -> Result<()> {
    let mut others: Vec<&Field> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    for field in examples.iter().flat_map(|example| &example.fields) {
        if known.insert(&field.name) {
            others.push(field);
        }
    }
    let is_own = |name: &str| COLUMNS.contains(&name);
    let carried = |field: &&Field| {
        let name = match is_own(&field.name) {
            true => free_name(&field.name, |name| is_own(name) || known.contains(name)),
            false => field.name.to_string(),
        };
        Column::new(name, ColumnKind::Carried(field.kind.clone()))
    };
    let own = COLUMNS.map(|name| match name {
        "target_start" | "target_end" | "holder_start" | "holder_end" => Column::new(name, ColumnKind::Count),
        _ => Column::new(name, ColumnKind::Text),
    });
    let columns = own.into_iter().chain(others.iter().map(carried)).collect();
    let write = || {
        let mut table = TableWriter::new(out, form, columns)?;
        for example in examples {
            let other = |field: &&Field| {
                let same = example.fields.iter().find(|f| f.name == field.name);
                same.map_or(Cow::Borrowed(""), |f| Cow::Borrowed(f.value.as_str()))
            };
            table.write(values(example).map(Cow::Owned).into_iter().chain(others.iter().map(other)))?;
        }
        table.finish()
    };
    write().map_err(|e| Error::io("output", e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::corpus::{Needs, example};
    use crate::io::record::{Layout, Records};
    use std::path::Path;

    #[test]
    fn rows_written_are_read_back() {
        let text = "Né à Oslo, “said” Lima".to_owned();
        let named = |name: &str| {
            let at = text.find(name).unwrap();
            Named { name: name.into(), span: Some(Span::new(at, at + name.len())) }
        };
        let row = Example {
            target: named("Lima"),
            holder: Held::By(named("Oslo")),
            stance: Some(Stance::Favor),
            tone: Some(Tone::Negative),
            split: Some(Split::Dev),
            document: Some("d, 1".into()),
            text: text.clone(),
            ..Example::default()
        };
        let forms = [
            (Form::Csv, Layout::Csv),
            (Form::Jsonl, Layout::Jsonl),
            (Form::Parquet, Layout::Parquet),
            (Form::Arrow, Layout::Arrow),
        ];
        for (form, layout) in forms {
            let mut bytes = Vec::new();
            write_rows(&mut bytes, std::slice::from_ref(&row), form).unwrap();
            let reader = Box::new(std::io::Cursor::new(bytes));
            let record = Records::new(Path::new("x"), reader, layout).unwrap().next().unwrap().unwrap();
            let mut back = example(Path::new("x"), &Columns::default(), record, Needs::Stance).unwrap();
            (back.line, back.fields) = (0, Vec::new());
            assert_eq!(back, row);
        }
    }

    #[test]
    fn a_column_of_later_rows_is_carried_too() {
        let noted = |fields: &[(&str, &str)]| Example {
            text: "Oslo".into(),
            fields: fields.iter().map(|(name, value)| Field::text(*name, *value)).collect(),
            ..Example::default()
        };
        let rows = [noted(&[]), noted(&[("note", "keep me")])];
        for form in [Form::Csv, Form::Jsonl] {
            let mut bytes = Vec::new();
            write_rows(&mut bytes, &rows, form).unwrap();
            assert!(String::from_utf8(bytes).unwrap().contains("keep me"));
        }
    }
}
