//! Corpus → Pipeline: which rows teach which head, the feature space, fits, folds and calibration.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use linfa::ParamGuard;
use linfa::prelude::DatasetBase;
use ndarray::Array1;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::actor::candidate::{Cast, Party};
use crate::actor::gazetteer::Gazetteer;
use crate::corpus::{Corpus, Example, Staged};
use crate::feature::lexicon::Lexicon;
use crate::feature::space::FeatureSpace;
use crate::feature::{FeatureCounter, Featurizer, Workspace};
use crate::model::calibration::{Calibration, expected_calibration_error};
use crate::model::folds::{Fold, grouped_folds};
use crate::model::{Class, ClassWeight, N_CLASSES, StanceModel, StanceModelParams, best_class};
use crate::{Error, FeatureMatrix, Result, Span, Stance, Tone};

/// A text with its parties and the candidate to judge in it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The text; the whole of it is one scene.
    pub text: &'a str,
    /// Mentions of all parties.
    pub parties: &'a [(Span, Party)],
    /// Holder and target.
    pub cast: Cast,
}

/// Cases are handed to threads in groups of this size.
const GROUP: usize = 64;

impl Case<'_> {
    fn read(&self, work: &mut Workspace, lexicon: &Lexicon) {
        work.read(lexicon, self.text, Span::new(0, self.text.len()), self.parties);
    }
}

/// The space of all features that occur in `min_rows` cases or more.
pub fn feature_space(lexicon: &Lexicon, cases: &[Case<'_>], min_rows: u32) -> FeatureSpace {
    let count = |group: &[Case<'_>]| {
        let mut work = Workspace::default();
        let mut counter = FeatureCounter::default();
        for case in group {
            case.read(&mut work, lexicon);
            counter.count(&mut work, case.cast);
        }
        counter
    };
    let size = cases.len().div_ceil(rayon::current_num_threads()).max(GROUP);
    let counters: Vec<FeatureCounter> = cases.par_chunks(size).map(count).collect();
    let mut counters = counters.into_iter();
    let mut all = counters.next().unwrap_or_default();
    counters.for_each(|counter| all.merge(counter));
    all.into_space(min_rows)
}

/// The rows of all cases in order; the same whatever the number of threads.
pub fn feature_matrix(featurizer: &Featurizer, cases: &[Case<'_>]) -> FeatureMatrix {
    let rows = |work: &mut Workspace, group: &[Case<'_>]| {
        let mut out: Vec<Vec<(u32, f32)>> = Vec::with_capacity(group.len());
        for case in group {
            case.read(work, featurizer.lexicon());
            let row = featurizer.row(work, case.cast).unwrap_or_default();
            let mut entries: Vec<(u32, f32)> = row.iter().map(|e| (e.column, e.value)).collect();
            entries.sort_unstable_by_key(|e| e.0);
            out.push(entries);
        }
        out
    };
    let groups: Vec<Vec<Vec<(u32, f32)>>> =
        cases.par_chunks(GROUP).map_init(Workspace::default, rows).collect();
    let mut x = FeatureMatrix::new(featurizer.space().len());
    groups.iter().flatten().for_each(|row| x.push_row(row));
    x
}
