//! Labelled rows written in our own columns, whatever dialect they were read from.

use std::collections::HashSet;
use std::io::Write;

use serde_json::{Map, Value};

use crate::corpus::{Example, Held, Named, Split};
use crate::{Error, Result, Span, Stance, Tone};

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

/// Writes labelled rows. Columns that a row was read with and that are not ours follow; rows of several
/// files, and lines of JSON, may have different ones.
///
/// # Errors
/// If they cannot be written.
pub fn write_rows(out: &mut dyn Write, examples: &[Example], form: Form) -> Result<()> {
    let failed = |e: std::io::Error| Error::io("output", e);
    let mut others: Vec<&str> = Vec::new();
    let mut known: HashSet<&str> = COLUMNS.into();
    for (name, _) in examples.iter().flat_map(|example| &example.fields) {
        if known.insert(name) {
            others.push(name);
        }
    }
    let other = |example: &Example, name: &str| {
        example.fields.iter().find(|(n, _)| n == name).map_or(String::new(), |(_, value)| value.clone())
    };
    match form {
        Form::Csv => {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(COLUMNS.iter().copied().chain(others.iter().copied()))
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
                others.iter().for_each(|name| {
                    object.insert((*name).to_owned(), Value::from(other(example, name)));
                });
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
    use crate::io::corpus::{Columns, Needs, example};
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
        let rows = [noted(&[("text", "Oslo")]), noted(&[("note", "keep me"), ("text", "Oslo")])];
        for form in [Form::Csv, Form::Jsonl] {
            let mut bytes = Vec::new();
            write_rows(&mut bytes, &rows, form).unwrap();
            assert!(String::from_utf8(bytes).unwrap().contains("keep me"));
        }
    }
}
