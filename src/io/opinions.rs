//! Opinions as rows: the columns of `predict`, in CSV and JSONL.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::corpus::{Example, Held};
use crate::io::record::Layout;
use crate::io::system_error;
use crate::opinion::{Analysis, Holder, Judgement};
use crate::text::span::CodePoints;
use crate::{Article, Pipeline, Stance, Tone};

/// Columns of an opinion, in order.
pub const COLUMNS: [&str; 17] = [
    "document",
    "date",
    "source",
    "sentence",
    "start",
    "end",
    "holder",
    "target",
    "holder_mention",
    "target_mention",
    "stance",
    "confidence",
    "p_favor",
    "p_neutral",
    "p_against",
    "sentiment",
    "text",
];

/// Holder of a row whose stance is the writer's own.
pub const AUTHOR: &str = "AUTHOR";

/// One opinion as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct OpinionRow {
    /// Identifier of the document.
    pub document: String,
    /// Its date.
    pub date: String,
    /// Its outlet.
    pub source: String,
    /// Index of the sentence.
    pub sentence: usize,
    /// First code point of the sentence.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
    /// Actor identifier, `AUTHOR`, or empty.
    pub holder: String,
    /// Actor identifier, or the name that the input row gave.
    pub target: String,
    /// The holder as it stands in the text.
    pub holder_mention: String,
    /// The target as it stands in the text.
    pub target_mention: String,
    /// How likely each stance is.
    pub judgement: Judgement,
    /// Tone of the sentence.
    pub tone: Tone,
    /// The sentence.
    pub text: String,
    /// Columns of the input row.
    pub carried: Vec<(Arc<str>, String)>,
}

/// The opinions of an article as rows.
pub fn rows_of(pipeline: &Pipeline, article: &Article, analysis: &Analysis) -> Vec<OpinionRow> {
    let text = &article.text;
    let mut points = CodePoints::new(text);
    let name = |actor| pipeline.gazetteer().actor(actor).id.clone();
    let row = |opinion: &crate::opinion::Opinion| OpinionRow {
        document: article.document.clone(),
        date: article.date.clone().unwrap_or_default(),
        source: article.source.clone().unwrap_or_default(),
        sentence: opinion.sentence,
        start: points.at(opinion.span.start),
        end: points.at(opinion.span.end),
        holder: match opinion.holder {
            Holder::Nobody => String::new(),
            Holder::Author => AUTHOR.to_owned(),
            Holder::Actor(actor) => name(actor),
        },
        target: name(opinion.target),
        holder_mention: opinion.holder_mention.map(|s| s.slice(text).to_owned()).unwrap_or_default(),
        target_mention: opinion.target_mention.slice(text).to_owned(),
        judgement: opinion.judgement,
        tone: opinion.tone,
        text: opinion.span.slice(text).to_owned(),
        carried: Vec::new(),
    };
    analysis.opinions.iter().map(row).collect()
}

/// The one row of an input row that names its target.
pub fn row_of_example(
    article: &Article,
    example: &Example,
    carried: &[(Arc<str>, String)],
    judgement: Judgement,
    tone: Tone,
) -> OpinionRow {
    let mention = |named: &crate::corpus::Named| match named.span {
        Some(span) => span.slice(&example.text).to_owned(),
        None => String::new(),
    };
    let (holder, holder_mention) = match &example.holder {
        Held::Anyone => (String::new(), String::new()),
        Held::Author => (AUTHOR.to_owned(), String::new()),
        Held::By(named) => (named.name.clone(), mention(named)),
    };
    OpinionRow {
        document: article.document.clone(),
        date: article.date.clone().unwrap_or_default(),
        source: article.source.clone().unwrap_or_default(),
        sentence: 0,
        start: 0,
        end: example.text.chars().count(),
        holder,
        target: example.target.name.clone(),
        holder_mention,
        target_mention: mention(&example.target),
        judgement,
        tone,
        text: example.text.clone(),
        carried: carried.to_vec(),
    }
}

impl OpinionRow {
    /// Values of [`COLUMNS`], as text.
    pub fn values(&self) -> [String; COLUMNS.len()] {
        let p = |stance: Stance| format!("{:.4}", self.judgement.probability(stance));
        [
            self.document.clone(),
            self.date.clone(),
            self.source.clone(),
            self.sentence.to_string(),
            self.start.to_string(),
            self.end.to_string(),
            self.holder.clone(),
            self.target.clone(),
            self.holder_mention.clone(),
            self.target_mention.clone(),
            self.judgement.stance().to_string(),
            format!("{:.4}", self.judgement.confidence()),
            p(Stance::Favor),
            p(Stance::Neutral),
            p(Stance::Against),
            self.tone.to_string(),
            self.text.clone(),
        ]
    }
}

/// Name of an input column in the output: its own, or with `input_` before it where that is taken.
fn carried_name(name: &str) -> Option<String> {
    match name {
        // these come out as they went in
        "text" | "target" | "holder" | "document" | "date" | "source" => None,
        name if COLUMNS.contains(&name) => Some(format!("input_{name}")),
        name => Some(name.to_owned()),
    }
}

/// How opinions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated with a header.
    Csv,
    /// A JSON object on each line.
    Jsonl,
}

impl Form {
    /// By the ending of the file's name: `csv`, `jsonl` or `ndjson`.
    pub fn of(path: &Path) -> Option<Form> {
        match Layout::of(path)? {
            Layout::Csv => Some(Form::Csv),
            Layout::Jsonl => Some(Form::Jsonl),
            Layout::Tsv => None,
        }
    }
}

/// Writes opinions; the columns are fixed by the first row, so carried columns must be those of the first
/// input row.
pub struct OpinionWriter<W: Write> {
    out: Out<W>,
    carried: Option<Vec<(Arc<str>, String)>>,
}

enum Out<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Jsonl(W),
}

impl<W: Write> OpinionWriter<W> {
    /// A writer in one of the forms.
    pub fn new(out: W, form: Form) -> Self {
        let out = match form {
            Form::Csv => Out::Csv(Box::new(csv::Writer::from_writer(out))),
            Form::Jsonl => Out::Jsonl(out),
        };
        OpinionWriter { out, carried: None }
    }

    /// Writes one row.
    ///
    /// # Errors
    /// What the system says, for example that the disk is full or the pipe closed.
    pub fn write(&mut self, row: &OpinionRow) -> std::io::Result<()> {
        let named =
            |(name, _): &(Arc<str>, String)| carried_name(name).map(|as_name| (name.clone(), as_name));
        let first = self.carried.is_none();
        let carried = self.carried.get_or_insert_with(|| row.carried.iter().filter_map(named).collect());
        let value =
            |name: &Arc<str>| row.carried.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str());
        match &mut self.out {
            Out::Csv(out) => {
                if first {
                    out.write_record(
                        COLUMNS.into_iter().chain(carried.iter().map(|(_, name)| name.as_str())),
                    )?;
                }
                let values = row.values();
                let values = values.iter().map(String::as_str);
                out.write_record(values.chain(carried.iter().map(|(name, _)| value(name))))
                    .map_err(system_error)?;
            }
            Out::Jsonl(out) => {
                let mut object = Map::new();
                for (name, value) in COLUMNS.into_iter().zip(row.values()) {
                    let value = match name {
                        "sentence" | "start" | "end" => value.parse::<u64>().map_or(Value::Null, Value::from),
                        "confidence" | "p_favor" | "p_neutral" | "p_against" => {
                            value.parse::<f64>().map_or(Value::Null, Value::from)
                        }
                        _ => Value::from(value),
                    };
                    object.insert(name.to_owned(), value);
                }
                for (name, as_name) in carried.iter() {
                    object.insert(as_name.clone(), Value::from(value(name)));
                }
                serde_json::to_writer(&mut *out, &object)?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Writes the header if no row was written, and all that is held back.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(mut self) -> std::io::Result<()> {
        match &mut self.out {
            Out::Csv(out) => {
                if self.carried.is_none() {
                    out.write_record(COLUMNS).map_err(system_error)?;
                }
                out.flush()
            }
            Out::Jsonl(out) => out.flush(),
        }
    }
}
