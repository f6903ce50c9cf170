//! Labelled rows written in our own columns, whatever dialect they were read from.

use std::collections::HashSet;
use std::io::Write;

use serde_json::{Map, Value};

use crate::corpus::{Example, Held, Named, Split};
use crate::{Error, Result, Span, Stance, Tone};

use super::corpus::Columns;
use super::opinions::Form;
use super::system_error;

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
        None => example.fields.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone()),
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
    let failed = |e: std::io::Error| Error::io("output", e);
    let mut others: Vec<&str> = Vec::new();
    let mut known: HashSet<&str> = HashSet::new();
    for (name, _) in examples.iter().flat_map(|example| &example.fields) {
        if known.insert(name) {
            others.push(name);
        }
    }
    let is_own = |name: &str| COLUMNS.contains(&name);
    let name_of = |name: &&str| match is_own(name) {
        true => free_name(name, |name| is_own(name) || others.contains(&name)),
        false => (*name).to_owned(),
    };
    let names: Vec<String> = others.iter().map(name_of).collect();
    let other = |example: &Example, name: &str| {
        example.fields.iter().find(|(n, _)| n == name).map_or(String::new(), |(_, value)| value.clone())
    };
    match form {
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(COLUMNS.into_iter().chain(names.iter().map(String::as_str)))
                .map_err(|e| failed(system_error(e)))?;
            for example in examples {
                let own = values(example).into_iter();
                let row = own.chain(others.iter().map(|name| other(example, name)));
                csv.write_record(row).map_err(|e| failed(system_error(e)))?;
            }
            csv.flush().map_err(failed)
        }
        Form::Jsonl => {
            for example in examples {
                let mut object = Map::new();
                for (name, value) in COLUMNS.iter().zip(values(example)).filter(|(_, v)| !v.is_empty()) {
                    let value = match (*name, value.parse::<u64>()) {
                        ("target_start" | "target_end" | "holder_start" | "holder_end", Ok(n)) => {
                            Value::from(n)
                        }
                        _ => Value::from(value),
                    };
                    object.insert((*name).to_owned(), value);
                }
                for (name, as_name) in others.iter().zip(&names) {
                    object.insert(as_name.clone(), Value::from(other(example, name)));
                }
                serde_json::to_writer(&mut *out, &object).map_err(|e| failed(e.into()))?;
                out.write_all(b"\n").map_err(failed)?;
            }
            out.flush().map_err(failed)
        }
    }
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
        for (form, layout) in [(Form::Csv, Layout::Csv), (Form::Jsonl, Layout::Jsonl)] {
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
            fields: fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
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
