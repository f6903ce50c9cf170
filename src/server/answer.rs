//! What is done for a request, in steps, away from the threads that talk to clients.

use std::sync::Arc;
use std::time::Instant;

use axum::http::StatusCode;
use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::body::{self, Documents, Wanted, Written};
use super::models::Serving;
use super::problem::Problem;
use super::schema::{
    ActorBody, ByStance, DocumentBody, DocumentsBody, ExplainBody, ExplainRequest, FeatureBody, MentionBody,
    OpinionBody, PredictBody, PredictQuery, WordBody,
};
use super::work::Job;
use crate::corpus::{Example, Held, Named};
use crate::explain::{Explanation, explain};
use crate::io::articles::Item;
use crate::io::corpus::Columns;
use crate::io::opinions::{OpinionRow, OpinionWriter, row_of_example, rows_of, ten_thousandths};
use crate::io::packed::Packing;
use crate::io::table::Form;
use crate::model::N_CLASSES;
use crate::pipeline::Desk;
use crate::text::language::foreign_language;
use crate::text::span::CodePoints;
use crate::{Article, Date, Pipeline, Stance};

/// An answer as it goes out.
pub(super) struct Answer {
    pub(super) body: Vec<u8>,
    pub(super) media_type: &'static str,
    /// How it is packed.
    pub(super) coding: Option<&'static str>,
    pub(super) n_documents: usize,
    pub(super) n_rows: usize,
}

/// What a job ends with; nobody may be there to hear it.
type Told = oneshot::Sender<Result<Answer, Problem>>;

/// What a request came with.
pub(super) struct Asked {
    pub(super) bytes: Bytes,
    pub(super) packing: Option<Packing>,
    pub(super) packing_wanted: Option<Packing>,
    pub(super) limit: usize,
    /// Room that the body takes.
    pub(super) _room: OwnedSemaphorePermit,
    pub(super) until: Instant,
    pub(super) serving: Arc<Serving>,
}

/// Sends what a job ends with.
fn tell(told: &mut Option<Told>, answer: Result<Answer, Problem>) -> bool {
    if let Some(told) = told.take() {
        // a client that hung up waits for nothing
        let _ = told.send(answer);
    }
    true
}

fn broken() -> Problem {
    Problem::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "something broke while this was worked on; it is logged by its id",
    )
}

/// About so many bytes of text are judged in a step.
const STEP_BYTES: usize = 16 << 10;

/// Opinions of documents.
pub(super) struct Predict {
    asked: Asked,
    written: Written,
    wanted: Wanted,
    query: PredictQuery,
    most: usize,
    documents: Option<Documents>,
    done: Vec<Done>,
    told: Option<Told>,
}

/// A document that was judged.
struct Done {
    rows: Vec<OpinionRow>,
    mentions: Vec<MentionBody>,
    actors: Vec<ActorBody>,
    language: Option<&'static str>,
}

impl Predict {
    pub(super) fn new(
        asked: Asked,
        written: Written,
        wanted: Wanted,
        query: PredictQuery,
        most: usize,
        told: Told,
    ) -> Predict {
        Predict { asked, written, wanted, query, most, documents: None, done: Vec::new(), told: Some(told) }
    }

    fn advance(&mut self, desk: &mut Desk) -> Result<Option<Answer>, Problem> {
        let Some(documents) = &self.documents else {
            let bytes = std::mem::take(&mut self.asked.bytes);
            let bytes = body::plain(bytes, self.asked.packing, self.asked.limit)?;
            self.documents = Some(body::documents(&bytes, self.written, self.most)?);
            return Ok(None);
        };
        let mut n_bytes = 0;
        while self.done.len() < documents.items.len() && n_bytes < STEP_BYTES {
            if Instant::now() > self.asked.until {
                return Err(late(std::mem::take(&mut self.done), documents.items.len()));
            }
            let item = &documents.items[self.done.len()];
            n_bytes += item.n_bytes + 1;
            let done = judge(&self.asked.serving.model.pipeline, desk, item, self.query, self.wanted)
                .map_err(|why| {
                    let at = if documents.many {
                        format!("documents[{}].target", self.done.len())
                    } else {
                        "target".into()
                    };
                    Problem::field(at, why)
                })?;
            self.done.push(done);
        }
        if self.done.len() < documents.items.len() {
            return Ok(None);
        }
        let (n_documents, n_rows) = (self.done.len(), self.done.iter().map(|d| d.rows.len()).sum());
        let body = match self.wanted {
            Wanted::Json => {
                let mut bodies: Vec<DocumentBody> = self.done.drain(..).map(Done::body).collect();
                let body = match bodies.pop() {
                    Some(one) if !documents.many => PredictBody::One(one),
                    last => PredictBody::Many(DocumentsBody {
                        documents: bodies.into_iter().chain(last).collect(),
                    }),
                };
                serde_json::to_vec(&body).map_err(|_| broken())?
            }
            Wanted::Rows(form) => table(&self.done, &documents.items, form).map_err(|_| broken())?,
        };
        let (body, coding) = body::packed(body, self.asked.packing_wanted);
        Ok(Some(Answer { body, media_type: self.wanted.media_type(), coding, n_documents, n_rows }))
    }
}

/// Time ran out: what was done of so many documents is answered with the problem.
fn late(done: Vec<Done>, all: usize) -> Problem {
    let n = done.len();
    let detail = format!("time ran out after {n} of {all} documents, which stand under `documents`");
    let bodies: Vec<DocumentBody> = done.into_iter().map(Done::body).collect();
    let mut problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(1);
    problem.documents = serde_json::value::to_raw_value(&bodies).ok();
    problem
}

impl Job for Predict {
    fn step(&mut self, desk: &mut Desk) -> bool {
        if self.told.as_ref().is_none_or(oneshot::Sender::is_closed) {
            return true;
        }
        match self.advance(desk) {
            Ok(None) => false,
            Ok(Some(answer)) => tell(&mut self.told, Ok(answer)),
            Err(problem) => tell(&mut self.told, Err(problem)),
        }
    }

    fn broke(&mut self) {
        tell(&mut self.told, Err(broken()));
    }
}

fn judge(
    pipeline: &Pipeline,
    desk: &mut Desk,
    item: &Item,
    query: PredictQuery,
    wanted: Wanted,
) -> Result<Done, String> {
    let article = &item.article;
    let mut done = Done { rows: Vec::new(), mentions: Vec::new(), actors: Vec::new(), language: None };
    done.rows = match &item.example {
        Some(example) => {
            let (judgement, tone) = pipeline.judge_example(desk, example)?;
            vec![row_of_example(article, example, &item.fields, judgement, tone)]
        }
        None => {
            let analysis = pipeline.analyse(desk, article);
            if wanted == Wanted::Json {
                (done.mentions, done.actors) = named(pipeline, desk, &article.text);
                done.language = foreign_language(&article.text);
            }
            rows_of(pipeline, article, &analysis, &item.fields)
        }
    };
    done.rows.retain(|row| row.passes(query.opinionated, query.min_confidence));
    Ok(done)
}

/// The mentions of the article read last, and the actors they name, each once.
fn named(pipeline: &Pipeline, desk: &Desk, text: &str) -> (Vec<MentionBody>, Vec<ActorBody>) {
    let mut points = CodePoints::new(text);
    let mut actors: Vec<crate::ActorIndex> = Vec::new();
    let mut mentions = Vec::new();
    for mention in desk.mentions() {
        if !actors.contains(&mention.actor) {
            actors.push(mention.actor);
        }
        mentions.push(MentionBody {
            start: points.at(mention.span.start),
            end: points.at(mention.span.end),
            mention: mention.span.slice(text).to_owned(),
            actor: pipeline.gazetteer().actor(mention.actor).id.clone(),
            kind: mention.kind.as_str(),
        });
    }
    let body = |&actor: &crate::ActorIndex| actor_body(pipeline.gazetteer().actor(actor));
    (mentions, actors.iter().map(body).collect())
}

/// An actor as it is answered.
pub(super) fn actor_body(actor: &crate::Actor) -> ActorBody {
    ActorBody { id: actor.id.clone(), name: actor.name.clone(), kind: actor.kind.as_str() }
}

impl Done {
    fn body(self) -> DocumentBody {
        let Done { rows, mentions, actors, language } = self;
        DocumentBody { opinions: rows.into_iter().map(opinion).collect(), mentions, actors, language }
    }
}

/// Probabilities have four places, as in the rows of `predict`.
fn four_places(p: f32) -> f64 {
    f64::from(ten_thousandths(p)) / 10_000.0
}

fn opinion(row: OpinionRow) -> OpinionBody {
    let p = |stance| four_places(row.judgement.probability(stance));
    OpinionBody {
        sentence: row.sentence,
        start: row.start,
        end: row.end,
        stance: row.judgement.stance().as_str(),
        confidence: four_places(row.judgement.confidence()),
        p_favor: p(Stance::Favor),
        p_neutral: p(Stance::Neutral),
        p_against: p(Stance::Against),
        sentiment: row.tone.as_str(),
        document: row.document,
        date: row.date,
        source: row.source,
        holder: row.holder,
        target: row.target,
        holder_mention: row.holder_mention,
        target_mention: row.target_mention,
        text: row.text,
    }
}

/// Rows of all documents; columns that the first document came with are carried through.
fn table(done: &[Done], items: &[Item], form: Form) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let carried = items.first().map_or(&[][..], |item| &item.fields[..]);
    let mut writer = OpinionWriter::new(&mut out, form, &Columns::default(), carried, false)?;
    done.iter().flat_map(|done| &done.rows).try_for_each(|row| writer.write(row))?;
    writer.finish()?;
    Ok(out)
}

/// Which words carried an opinion.
pub(super) struct Explain {
    asked: Asked,
    told: Option<Told>,
}

impl Explain {
    pub(super) fn new(asked: Asked, told: Told) -> Explain {
        Explain { asked, told: Some(told) }
    }

    fn answer(&mut self, desk: &mut Desk) -> Result<Answer, Problem> {
        if Instant::now() > self.asked.until {
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "time ran out before this was begun")
                .retry_after(1));
        }
        let bytes = body::plain(std::mem::take(&mut self.asked.bytes), self.asked.packing, self.asked.limit)?;
        let request: ExplainRequest = body::json(&bytes)?;
        let explained = explained(&self.asked.serving.model.pipeline, desk, &request)?;
        let body = serde_json::to_vec(&explain_body(&request.text, &explained)).map_err(|_| broken())?;
        let (body, coding) = body::packed(body, self.asked.packing_wanted);
        Ok(Answer { body, media_type: body::JSON, coding, n_documents: 0, n_rows: 0 })
    }
}

impl Job for Explain {
    fn step(&mut self, desk: &mut Desk) -> bool {
        let answer = self.answer(desk);
        tell(&mut self.told, answer)
    }

    fn broke(&mut self) {
        tell(&mut self.told, Err(broken()));
    }
}

fn explained(pipeline: &Pipeline, desk: &mut Desk, request: &ExplainRequest) -> Result<Explanation, Problem> {
    let ExplainRequest { text, target, holder, date, sentence } = request;
    if text.trim().is_empty() {
        return Err(Problem::field("text", "is empty, expected a text"));
    }
    if date.as_deref().is_some_and(|date| Date::of_row(date).is_none()) {
        return Err(Problem::field("date", format!("is no date: expected {}", Date::EXPECTED)));
    }
    let holder = holder.as_deref().filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("author"));
    let cast = match sentence {
        Some(index) => {
            let gazetteer = pipeline.gazetteer();
            let known = |field: &str, id: &str| {
                gazetteer.by_id(id).ok_or_else(|| Problem::field(field, "is no actor that is known"))
            };
            let target = known("target", target)?;
            let holder = holder.map(|id| known("holder", id)).transpose()?;
            let article = Article { date: date.clone(), ..Article::new("", text.clone()) };
            let cast = pipeline.read_pair(desk, &article, *index, holder, target);
            cast.ok_or_else(|| Problem::field("sentence", "is not there, or does not name the target"))?
        }
        None if text.len() > body::LONGEST_PASSAGE => {
            return Err(Problem::field("text", body::long_passage()));
        }
        None => {
            let example = Example {
                text: text.clone(),
                target: Named { name: target.clone(), span: None },
                holder: holder.map_or(Held::Anyone, |name| Held::named(name, None)),
                date: date.clone(),
                ..Example::default()
            };
            pipeline.read_example(desk, &example).map_err(|why| {
                Problem::field(if why.starts_with("holder") { "holder" } else { "target" }, why)
            })?
        }
    };
    explain(pipeline, desk.workspace(), cast)
        .ok_or_else(|| Problem::field("target", "cannot be judged by the model that serves"))
}

fn explain_body(text: &str, explanation: &Explanation) -> ExplainBody {
    let by = |values: [f64; N_CLASSES]| {
        let of = |stance: Stance| (values[stance.index()] * 1e6).round() / 1e6;
        ByStance { favor: of(Stance::Favor), neutral: of(Stance::Neutral), against: of(Stance::Against) }
    };
    let mut points = CodePoints::new(text);
    let judgement = &explanation.judgement;
    let p = |stance| four_places(judgement.probability(stance));
    ExplainBody {
        stance: judgement.stance().as_str(),
        confidence: four_places(judgement.confidence()),
        p_favor: p(Stance::Favor),
        p_neutral: p(Stance::Neutral),
        p_against: p(Stance::Against),
        scores: by(explanation.scores),
        intercepts: by(explanation.intercepts),
        words: explanation
            .words
            .iter()
            .map(|word| WordBody {
                start: points.at(word.span.start),
                end: points.at(word.span.end),
                word: word.span.slice(text).to_owned(),
                adds: by(word.contribution),
            })
            .collect(),
        features: explanation
            .features
            .iter()
            .map(|f| FeatureBody {
                name: f.name.clone(),
                value: f64::from(f.value),
                adds: by(f.contribution),
            })
            .collect(),
    }
}
