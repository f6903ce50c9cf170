//! Pipeline + candidate → weighted words: which words pushed the score of each stance, and how far.

use serde::Serialize;

use crate::actor::candidate::Cast;
use crate::feature::Workspace;
use crate::model::N_CLASSES;
use crate::opinion::Judgement;
use crate::pipeline::Pipeline;
use crate::{Span, Stance};

/// What one word adds to the score of each stance, in [`Stance::ALL`] order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordWeight {
    /// Where the word stands in the text.
    pub span: Span,
    /// Added to the score of each stance.
    pub contribution: [f64; N_CLASSES],
}

/// What one feature adds to the score of each stance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureWeight {
    /// Name of the feature.
    pub name: String,
    /// Its value in this row.
    pub value: f32,
    /// Added to the score of each stance.
    pub contribution: [f64; N_CLASSES],
}

/// Why a candidate was judged as it was.
///
/// For each stance the intercept and the contributions of all words sum to its score; the calibrated
/// scores give the probabilities.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Calibrated probabilities.
    #[serde(skip)]
    pub judgement: Judgement,
    /// Score of each stance, before calibration.
    pub scores: [f64; N_CLASSES],
    /// What each stance has before any word is read.
    pub intercepts: [f64; N_CLASSES],
    /// The words in the order of the text.
    pub words: Vec<WordWeight>,
    /// The features, that of the greatest effect first.
    pub features: Vec<FeatureWeight>,
}

/// Explains the judgement of a candidate of the sentence that `work` read last.
///
/// Contributions are centred over the stances, so that a word that pushes all alike counts as nothing.
/// Returns `None` where a role has no mention, or no head of stances was trained.
pub fn explain(pipeline: &Pipeline, work: &mut Workspace, cast: Cast) -> Option<Explanation> {
    let head = pipeline.stance_head(cast)?;
    let row = pipeline.featurizer().row(work, cast)?.to_vec();
    let centred = |values: [f64; N_CLASSES]| {
        let mean = values.iter().sum::<f64>() / N_CLASSES as f64;
        values.map(|v| v - mean)
    };
    let mut words: Vec<WordWeight> =
        work.words().map(|span| WordWeight { span, contribution: [0.0; N_CLASSES] }).collect();
    let mut features = Vec::with_capacity(row.len());
    let intercepts = centred(head.model.intercepts());
    let mut scores = intercepts;
    for entry in &row {
        let weights = head.model.weights()[entry.column as usize];
        let contribution = centred(weights.map(|w| f64::from(w * entry.value)));
        for k in 0..N_CLASSES {
            words[entry.word as usize].contribution[k] += contribution[k];
            scores[k] += contribution[k];
        }
        let name = pipeline.featurizer().space().name(entry.column).to_owned();
        features.push(FeatureWeight { name, value: entry.value, contribution });
    }
    let effect = |f: &FeatureWeight| f.contribution.iter().fold(0.0f64, |a, c| a.max(c.abs()));
    features.sort_by(|a, b| effect(b).total_cmp(&effect(a)).then_with(|| a.name.cmp(&b.name)));
    let judgement = Judgement(head.calibration.probabilities_of(scores).map(|p| p as f32));
    Some(Explanation { judgement, scores, intercepts, words, features })
}

impl Explanation {
    /// What a word says for a stance: its contribution.
    ///
    /// # Panics
    /// If there is no such word.
    pub fn of(&self, word: usize, stance: Stance) -> f64 {
        self.words[word].contribution[stance.index()]
    }
}
