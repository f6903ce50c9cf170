//! Opinions as rows: the columns of `predict`.

use std::borrow::Cow;
use std::io::Write;
use std::sync::Arc;

use crate::corpus::{Example, Field, Held};
use crate::io::corpus::Columns;
use crate::io::rows::free_name;
use crate::io::table::{Column, ColumnKind, Form, TableWriter};
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
    pub carried: Arc<[Field]>,
}

/// The opinions of an article as rows, each with the columns that the article came with.
pub fn rows_of(
    pipeline: &Pipeline,
    article: &Article,
    analysis: &Analysis,
    carried: &Arc<[Field]>,
) -> Vec<OpinionRow> {
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
        carried: carried.clone(),
    };
    analysis.opinions.iter().map(row).collect()
}

/// The one row of an input row that names its target.
pub fn row_of_example(
    article: &Article,
    example: &Example,
    carried: &Arc<[Field]>,
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
        carried: carried.clone(),
    }
}

impl OpinionRow {
    /// Whether the row is wanted where only stances, or only sure ones, are.
    pub fn passes(&self, opinionated: bool, min_confidence: f64) -> bool {
        let neutral = self.judgement.stance() == Stance::Neutral;
        !(opinionated && neutral) && f64::from(self.judgement.confidence()) >= min_confidence
    }

    /// Values of [`COLUMNS`], as text.
    pub fn values(&self) -> [Cow<'_, str>; COLUMNS.len()] {
        let p = |stance: Stance| Cow::Owned(four_places(self.judgement.probability(stance)));
        [
            self.document.as_str().into(),
            self.date.as_str().into(),
            self.source.as_str().into(),
            self.sentence.to_string().into(),
            self.start.to_string().into(),
            self.end.to_string().into(),
            self.holder.as_str().into(),
            self.target.as_str().into(),
            self.holder_mention.as_str().into(),
            self.target_mention.as_str().into(),
            self.judgement.stance().as_str().into(),
            four_places(self.judgement.confidence()).into(),
            p(Stance::Favor),
            p(Stance::Neutral),
            p(Stance::Against),
            self.tone.as_str().into(),
            self.text.as_str().into(),
        ]
    }
}

/// A probability in ten-thousandths, which is how exactly it is told.
pub(crate) fn ten_thousandths(p: f32) -> u32 {
    (10_000.0 * p).round() as u32
}

/// A probability with four places behind the point.
fn four_places(p: f32) -> String {
    let parts = ten_thousandths(p);
    format!("{}.{:04}", parts / 10_000, parts % 10_000)
}

/// Writes opinions.
pub struct OpinionWriter<W: Write> {
    table: TableWriter<W>,
    contents: Vec<Content>,
}

/// What stands in a column of the output.
enum Content {
    /// The value of this number in [`COLUMNS`].
    Own(usize),
    /// What the input row has in the column of this name.
    Carried(Arc<str>),
}

/// Columns of an input row that come out as they went in.
const SAME: [&str; 6] = ["text", "target", "holder", "document", "date", "source"];

/// The columns of the output, by those of the first row. What comes out as it went in stands there once: where
/// the input calls it by another name, under that name and where the input has it. Another input column that is
/// called as one of ours has `input_` before it.
fn header_of(columns: &Columns, carried: &[Field]) -> (Vec<Column>, Vec<Content>) {
    let number = |own: &str| COLUMNS.iter().position(|name| *name == own);
    let same = |name: &str| columns.standard(name).filter(|own| SAME.contains(own));
    let renamed = |own: &str| carried.iter().any(|f| same(&f.name) == Some(own) && *f.name != *own);
    let mut header: Vec<(Column, Content)> = (COLUMNS.iter().enumerate())
        .filter(|(_, own)| !renamed(own))
        .map(|(i, own)| (Column::new(*own, kind_of(own)), Content::Own(i)))
        .collect();
    for input in carried {
        let name = &*input.name;
        let is_own = header.iter().any(|(column, _)| column.name == name);
        let kept = ColumnKind::Carried(input.kind.clone());
        header.push(match same(name).and_then(number) {
            Some(_) if is_own => continue,
            Some(i) => (Column::new(name, ColumnKind::Text), Content::Own(i)),
            None if is_own => {
                let is_taken = |name: &str| {
                    header.iter().any(|(column, _)| column.name == name)
                        || carried.iter().any(|field| *field.name == *name)
                };
                (Column::new(free_name(name, is_taken), kept), Content::Carried(input.name.clone()))
            }
            None => (Column::new(name, kept), Content::Carried(input.name.clone())),
        });
    }
    header.into_iter().unzip()
}

fn kind_of(own: &str) -> ColumnKind {
    match own {
        "sentence" | "start" | "end" => ColumnKind::Count,
        "confidence" | "p_favor" | "p_neutral" | "p_against" => ColumnKind::Real,
        _ => ColumnKind::Text,
    }
}

impl<W: Write> OpinionWriter<W> {
    /// A writer in one of the forms; `columns` are those of the input, `carried` what its first row carries through.
    /// Where the output goes on from what an earlier run wrote, `goes_on`, there is a header already.
    ///
    /// # Errors
    /// What the system says, for example that the disk is full or the pipe closed.
    pub fn new(
        out: W,
        form: Form,
        columns: &Columns,
        carried: &[Field],
        goes_on: bool,
    ) -> std::io::Result<Self> {
        let (header, contents) = header_of(columns, carried);
        let begin = if goes_on { TableWriter::go_on } else { TableWriter::new };
        Ok(OpinionWriter { table: begin(out, form, header)?, contents })
    }

    /// Writes one row.
    ///
    /// # Errors
    /// As [`new`](OpinionWriter::new).
    pub fn write(&mut self, row: &OpinionRow) -> std::io::Result<()> {
        let own = row.values();
        let value = |content: &Content| match content {
            Content::Own(i) => &*own[*i],
            Content::Carried(name) => {
                row.carried.iter().find(|field| field.name == *name).map_or("", |field| &field.value)
            }
        };
        self.table.write(self.contents.iter().map(value))
    }

    /// Hands on what is held back of the rows so far.
    ///
    /// # Errors
    /// As [`new`](OpinionWriter::new).
    pub fn flush(&mut self) -> std::io::Result<()> {
        self.table.flush()
    }

    /// Writes all that is held back, and the end of the file.
    ///
    /// # Errors
    /// As [`new`](OpinionWriter::new).
    pub fn finish(self) -> std::io::Result<()> {
        self.table.finish()
    }
}
