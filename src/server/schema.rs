//! What goes over the wire as JSON: requests and answers, from which the OpenAPI description is made too.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A text to read. With a target it is one row, judged as it is; without, all actors in it are found.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The text: an article, or a sentence.
    #[schema(example = "Manila thanked Moscow for the rice.")]
    pub text: String,
    /// Who is judged: an actor identifier, or a name as it stands in the text.
    pub target: Option<String>,
    /// Whose stance it is, likewise, or AUTHOR. Only with a target.
    pub holder: Option<String>,
    /// When the text was written: year, year and month, or day.
    #[schema(example = "2016-11-17")]
    pub date: Option<String>,
    /// Name of the document, given back with each opinion.
    pub document: Option<String>,
    /// Outlet, given back likewise.
    pub source: Option<String>,
}

/// Several documents.
#[expect(dead_code, reason = "it is described, and read as an `EitherRequest`")]
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    /// In the order in which they are answered.
    pub documents: Vec<Document>,
}

/// Either one document or several under `documents`.
#[expect(dead_code, reason = "it is described, and read as an `EitherRequest`")]
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum PredictRequest {
    /// One.
    One(Document),
    /// Several.
    Many(Documents),
}

/// A [`PredictRequest`] as it is read, so that what is wrong is told by its field.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EitherRequest {
    /// The text: an article, or a sentence.
    pub text: Option<String>,
    /// Who is judged: an actor identifier, or a name as it stands in the text.
    pub target: Option<String>,
    /// Whose stance it is, likewise, or AUTHOR. Only with a target.
    pub holder: Option<String>,
    /// When the text was written: year, year and month, or day.
    pub date: Option<String>,
    /// Name of the document, given back with each opinion.
    pub document: Option<String>,
    /// Outlet, given back likewise.
    pub source: Option<String>,
    /// Several documents.
    pub documents: Option<Vec<Document>>,
}

/// Which opinions are answered.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PredictQuery {
    /// Leave out NEUTRAL opinions.
    #[serde(default)]
    pub opinionated: bool,
    /// Leave out opinions of less confidence, from 0 to 1.
    #[serde(default)]
    #[param(minimum = 0, maximum = 1)]
    pub min_confidence: f64,
}

/// An opinion; the same columns as the rows of `geostance predict`. Offsets are code points of the text, the end
/// excluded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OpinionBody {
    /// Name of the document.
    pub document: String,
    /// Its date.
    pub date: String,
    /// Its outlet.
    pub source: String,
    /// Index of the sentence.
    pub sentence: usize,
    /// First code point of the sentence.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// Actor identifier, AUTHOR, or empty: nobody's stance.
    pub holder: String,
    /// Actor identifier, or the name that the request gave.
    pub target: String,
    /// The holder as it stands in the text.
    pub holder_mention: String,
    /// The target as it stands in the text.
    pub target_mention: String,
    /// FAVOR, AGAINST or NEUTRAL.
    pub stance: &'static str,
    /// Calibrated probability of the stance.
    pub confidence: f64,
    /// Probability of FAVOR.
    pub p_favor: f64,
    /// Probability of NEUTRAL.
    pub p_neutral: f64,
    /// Probability of AGAINST.
    pub p_against: f64,
    /// POSITIVE, NEGATIVE or NEUTRAL: tone of the sentence.
    pub sentiment: &'static str,
    /// The sentence.
    pub text: String,
}

/// Where an actor is named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MentionBody {
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// As it stands in the text.
    pub mention: String,
    /// Actor identifier.
    pub actor: String,
    /// name, demonym, metonym, leader or nominal.
    pub kind: &'static str,
}

/// An actor.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorBody {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// state, organisation, armed_group, territory, person or bloc.
    pub kind: &'static str,
}

/// What one document says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentBody {
    /// Every judged pair.
    pub opinions: Vec<OpinionBody>,
    /// Who is named where; none where the request named a target.
    pub mentions: Vec<MentionBody>,
    /// The actors named.
    pub actors: Vec<ActorBody>,
    /// The language, where it is not English: opinions mean little then.
    pub language: Option<&'static str>,
}

/// What several documents say, in their order.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentsBody {
    /// One for each document.
    pub documents: Vec<DocumentBody>,
}

/// What was asked for: of one document, or of each in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(untagged)]
pub enum PredictBody {
    /// Of several documents.
    Many(DocumentsBody),
    /// Of one.
    One(DocumentBody),
}

/// An opinion to explain.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The whole text.
    #[schema(example = "Manila thanked Moscow for the rice.")]
    pub text: String,
    /// Who is judged: an actor identifier, or a name as it stands in the text.
    #[schema(example = "RUS")]
    pub target: String,
    /// Whose stance it is, likewise; left out: anyone's.
    pub holder: Option<String>,
    /// When the text was written.
    pub date: Option<String>,
    /// Index of the sentence, as an opinion has it; left out: the text is one sentence. With it, holder and target are
    /// actor identifiers.
    pub sentence: Option<usize>,
}

/// Bytes that are no text.
#[expect(dead_code, reason = "it is described, and read as it comes")]
#[derive(Debug, Clone, ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Binary(Vec<u8>);

/// A number for each stance.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct ByStance {
    /// Toward FAVOR.
    pub favor: f64,
    /// Toward NEUTRAL.
    pub neutral: f64,
    /// Toward AGAINST.
    pub against: f64,
}

/// What one word adds to the score of each stance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WordBody {
    /// First code point in the text.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The word, or a whole mention.
    pub word: String,
    /// What it adds.
    #[serde(flatten)]
    pub adds: ByStance,
}

/// What one feature adds to the score of each stance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FeatureBody {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// What it adds.
    #[serde(flatten)]
    pub adds: ByStance,
}

/// Which words carried an opinion: intercepts and words sum to the score of each stance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExplainBody {
    /// FAVOR, AGAINST or NEUTRAL.
    pub stance: &'static str,
    /// Calibrated probability of the stance.
    pub confidence: f64,
    /// Probability of FAVOR.
    pub p_favor: f64,
    /// Probability of NEUTRAL.
    pub p_neutral: f64,
    /// Probability of AGAINST.
    pub p_against: f64,
    /// Score of each stance.
    pub scores: ByStance,
    /// What each stance has before any word is read.
    pub intercepts: ByStance,
    /// The words in the order of the text.
    pub words: Vec<WordBody>,
    /// The features, that of the greatest effect first.
    pub features: Vec<FeatureBody>,
}

/// All actors that are known.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ActorsBody {
    /// In the order of the gazetteer.
    pub actors: Vec<ActorBody>,
}

/// The model that answers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ModelBody {
    /// Version of geostance that serves.
    pub geostance: &'static str,
    /// Counted up by each new model.
    pub generation: u64,
    /// Identity of the model: SHA-256 of what it was made of.
    pub model: String,
    /// What the model says of itself, as `geostance model show --json` does.
    #[schema(value_type = Object)]
    pub card: serde_json::Value,
}

/// That all is well.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HealthBody {
    /// `ok`.
    pub status: &'static str,
}
