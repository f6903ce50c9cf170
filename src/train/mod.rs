//! Corpus → Pipeline: which rows teach which head, the feature space, fits, folds and calibration.

mod disk;
mod spill;

pub use disk::{DiskParams, Labelled, Unusable, train_on_disk};
pub use spill::Scratch;

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
use crate::feature::space::{FeatureKey, FeatureSpace};
use crate::feature::{FeatureCounter, Featurizer, Workspace};
use crate::model::calibration::{Calibration, expected_calibration_error};
use crate::model::folds::{Fold, grouped_folds};
use crate::model::quantised::{Quantised, quantise};
use crate::model::vectors::WordVectors;
use crate::model::{Class, ClassWeight, Known, N_CLASSES, StanceModel, StanceModelParams, best_class};
use crate::pipeline::{Head, Heads, Pipeline};
use crate::{Error, FeatureMatrix, Result, Span};

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
///
/// `names`: the words by which actors are named are features too.
pub fn feature_space(lexicon: &Lexicon, cases: &[Case<'_>], min_rows: u32, names: bool) -> FeatureSpace {
    let size = cases.len().div_ceil(rayon::current_num_threads()).max(GROUP);
    let mut counters = count_features(lexicon, cases, size, names).into_iter();
    let mut all = counters.next().unwrap_or_default();
    counters.for_each(|counter| all.merge(counter));
    all.into_space(min_rows)
}

/// Features of cases, counted in groups of `size`.
fn count_features(lexicon: &Lexicon, cases: &[Case<'_>], size: usize, names: bool) -> Vec<FeatureCounter> {
    let count = |work: &mut Workspace, group: &[Case<'_>]| {
        let mut counter = FeatureCounter::new(names);
        for case in group {
            case.read(work, lexicon);
            counter.count(work, case.cast);
        }
        counter
    };
    cases.par_chunks(size).map_init(Workspace::default, count).collect()
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

/// A head by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeadKind {
    /// Stance of anyone toward the target.
    Target,
    /// Stance of one holder toward the target.
    Directed,
    /// Tone of the sentence.
    Tone,
}

impl HeadKind {
    /// All heads.
    pub const ALL: [HeadKind; 3] = [HeadKind::Target, HeadKind::Directed, HeadKind::Tone];

    /// The head that judges such a candidate.
    fn of(cast: Cast) -> HeadKind {
        match cast {
            Cast::Toward { .. } => HeadKind::Target,
            Cast::Directed { .. } => HeadKind::Directed,
            Cast::Whole => HeadKind::Tone,
        }
    }

    /// Its name in files and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            HeadKind::Target => "target",
            HeadKind::Directed => "directed",
            HeadKind::Tone => "tone",
        }
    }
}

/// Where fits end: a smaller gradient moves no macro-F1 that can be measured.
const TOLERANCE: f64 = 1e-3;

/// Strengths of regularisation tried where none is given.
pub const L2_GRID: [f64; 4] = [1.0, 2.0, 4.0, 8.0];

/// The same where training starts from a model: how firmly weights are held to it.
pub const L2_GRID_FROM: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

/// What is trained, and how.
#[derive(Debug, Clone)]
pub struct TrainParams {
    /// Heads to train; one without rows of its own is left out.
    pub heads: Vec<HeadKind>,
    /// L2 regularisation of every head; `None`: the best of [`L2_GRID`] by cross-validation.
    pub l2: Option<f64>,
    /// Weight of the classes.
    pub class_weight: ClassWeight,
    /// Folds of the cross-validation that chooses `l2` and calibrates; a text is never parted.
    pub folds: usize,
    /// Seed of the folds.
    pub seed: u64,
    /// A feature must occur in this many rows.
    pub min_rows: u32,
    /// The heaviest columns that are kept; 0: all.
    pub max_columns: usize,
    /// Whether the words by which actors are named are features: better on the same actors, unfair to others.
    pub names: bool,
    /// Blocks of features that are left out.
    pub without: Vec<String>,
    /// Vectors of words, by which words alike get like weights; `None`: each word is learnt by itself.
    pub vectors: Option<Arc<WordVectors>>,
}

impl Default for TrainParams {
    fn default() -> Self {
        TrainParams {
            heads: HeadKind::ALL.to_vec(),
            l2: None,
            class_weight: ClassWeight::Balanced,
            folds: 5,
            seed: 1,
            min_rows: 2,
            max_columns: 0,
            names: false,
            without: Vec::new(),
            vectors: None,
        }
    }
}

/// How one head was trained and what cross-validation says of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadReport {
    /// Which head.
    pub head: HeadKind,
    /// Rows it was trained on.
    pub n_rows: usize,
    /// Rows of each class, in the order of columns.
    pub counts: [usize; N_CLASSES],
    /// Regularisation that was chosen or given.
    pub l2: f64,
    /// Macro-F1 by cross-validation for each strength tried: (l2, macro-F1).
    pub search: Vec<(f64, f64)>,
    /// Macro-F1 of the rows held out by cross-validation; `None` where there was none.
    pub macro_f1: Option<f64>,
    /// Expected calibration error of the held-out rows before calibration, 15 bins.
    pub ece_before: Option<f64>,
    /// The same after calibration.
    pub ece_after: Option<f64>,
    /// Newton steps of the last fit.
    pub iterations: usize,
    /// Whether the last fit reached its tolerance.
    pub converged: bool,
    /// Passes over the rows, where they were shown one by one and there were no Newton steps; else 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub passes: usize,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What training made, and what it left out.
pub struct Trained {
    /// Ready to predict.
    pub pipeline: Pipeline,
    /// A report for each head.
    pub reports: Vec<HeadReport>,
    /// Index of each example that could not be used, and why.
    pub unused: Vec<(usize, String)>,
}

/// Told of progress; answers `Break` to stop.
pub type Report<'a> = dyn Fn(&str) -> ControlFlow<()> + Sync + 'a;

/// Tells of progress.
fn told(report: &Report, text: &str) -> Result<()> {
    match report(text) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Interrupted),
    }
}

/// Rows of one head: which example each comes from, its candidate, its class.
struct HeadRows<L> {
    cases: Vec<(usize, Cast)>,
    gold: Vec<L>,
}

impl<L> HeadRows<L> {
    fn new() -> Self {
        HeadRows { cases: Vec::new(), gold: Vec::new() }
    }

    fn push(&mut self, example: usize, cast: Cast, gold: L) {
        self.cases.push((example, cast));
        self.gold.push(gold);
    }
}

/// Trains the heads that `params` names on the rows of a corpus.
///
/// Rows without a holder, or with AUTHOR, teach the target head, rows with one the directed head, texts
/// with a tone the tone head. Weights are drawn to those of `from`, where there is one, so that few rows move it
/// little; a head without rows stays as it was there.
///
/// # Errors
/// [`Error::Data`] if no row can be used or a head's rows are all of one class; [`Error::Param`] for a
/// parameter out of range; [`Error::Interrupted`] if `report` asked to stop.
pub fn train(
    corpus: &Corpus,
    gazetteer: Arc<Gazetteer>,
    lexicon: Arc<Lexicon>,
    params: &TrainParams,
    from: Option<&Pipeline>,
    report: &Report,
) -> Result<Trained> {
    told(report, &format!("finding actors in {} rows", corpus.examples.len()))?;
    let staged: Vec<Result<Staged, String>> =
        corpus.examples.par_iter().map(|example| example.stage(&gazetteer)).collect();
    let wants = |kind: HeadKind| params.heads.contains(&kind);
    let (mut target, mut directed, mut tone) = (HeadRows::new(), HeadRows::new(), HeadRows::new());
    let mut unused = Vec::new();
    let mut toned = BTreeMap::new();
    for (i, (example, found)) in corpus.examples.iter().zip(&staged).enumerate() {
        let staged = match found {
            Ok(staged) => staged,
            Err(why) => {
                unused.push((i, why.clone()));
                continue;
            }
        };
        match (HeadKind::of(staged.cast), example.stance) {
            (HeadKind::Directed, Some(stance)) if wants(HeadKind::Directed) => {
                directed.push(i, staged.cast, stance);
            }
            (HeadKind::Target, Some(stance)) if wants(HeadKind::Target) => {
                target.push(i, staged.cast, stance);
            }
            _ => {}
        }
        if let (Some(class), true) = (example.tone, wants(HeadKind::Tone))
            && toned.insert(example.text_key(), ()).is_none()
        {
            tone.push(i, Cast::Whole, class);
        }
    }
    let case = |&(i, cast): &(usize, Cast)| {
        let parties = staged[i].as_ref().map_or(&[][..], |s| &s.parties);
        Case { text: &corpus.examples[i].text, parties, cast }
    };
    let all: Vec<Case> = target.cases.iter().chain(&directed.cases).chain(&tone.cases).map(case).collect();
    if all.is_empty() {
        return Err(Error::Data("no row can be used for training".to_owned()));
    }
    told(report, &format!("naming the features of {} candidates", all.len()))?;
    let space = feature_space(&lexicon, &all, params.min_rows, params.names);
    let space = match from {
        Some(pipeline) => pipeline.featurizer().space().and(&space),
        None => space,
    };
    let space = if params.without.is_empty() { space } else { space.without(&params.without) };
    let featurizer = Featurizer::new(lexicon, space);
    let texts: Vec<u64> = corpus.examples.iter().map(Example::text_key).collect();
    let bench = Bench { featurizer: &featurizer, texts: &texts, params, report };
    let rows = |cases: &[(usize, Cast)]| cases.iter().map(case).collect::<Vec<Case>>();
    let old = match from {
        Some(pipeline) => widened(pipeline, featurizer.space())?,
        None => Heads::default(),
    };
    let mut reports = Vec::new();
    let heads = Heads {
        target: bench.head(HeadKind::Target, &rows(&target.cases), &target, old.target, &mut reports)?,
        directed: bench.head(
            HeadKind::Directed,
            &rows(&directed.cases),
            &directed,
            old.directed,
            &mut reports,
        )?,
        tone: bench.head(HeadKind::Tone, &rows(&tone.cases), &tone, old.tone, &mut reports)?,
    };
    let (space, heads) = slim(featurizer.space(), &heads, params.max_columns)?;
    let featurizer = featurizer.with_space(space);
    Ok(Trained { pipeline: Pipeline::new(gazetteer, featurizer, heads), reports, unused })
}

/// What all heads are fitted with.
struct Bench<'a> {
    featurizer: &'a Featurizer,
    texts: &'a [u64],
    params: &'a TrainParams,
    report: &'a Report<'a>,
}

impl Bench<'_> {
    /// The head that these rows and the one before, `old`, make: that one itself where there are no rows.
    fn head<L: Class + Send + Sync>(
        &self,
        kind: HeadKind,
        cases: &[Case<'_>],
        rows: &HeadRows<L>,
        old: Option<Head<L>>,
        reports: &mut Vec<HeadReport>,
    ) -> Result<Option<Head<L>>> {
        if cases.is_empty() {
            return Ok(old);
        }
        let (head, report) = self.fit(kind, cases, rows, old.as_ref())?;
        reports.push(report);
        Ok(Some(head))
    }

    /// Chooses `l2` by folds, calibrates on the rows they held out, and fits all rows.
    fn fit<L: Class + Send + Sync>(
        &self,
        kind: HeadKind,
        cases: &[Case<'_>],
        rows: &HeadRows<L>,
        old: Option<&Head<L>>,
    ) -> Result<(Head<L>, HeadReport)> {
        let gold = &rows.gold;
        let mut counts = [0; N_CLASSES];
        gold.iter().for_each(|class| counts[class.index()] += 1);
        let (x, columns) = narrow(&feature_matrix(self.featurizer, cases));
        told(self.report, &format!("{}: {} rows, {} columns", kind.as_str(), x.n_rows(), columns.len()))?;
        let prior = old.map(|old| gather(&old.model, &columns)).transpose()?;
        let vectors = self.params.vectors.as_ref().map(|v| v.of_columns(self.featurizer.space(), &columns));
        let known = Known { vectors: vectors.as_ref(), prior: prior.as_ref(), warm: None };
        let groups: Vec<u64> = rows.cases.iter().map(|(i, _)| self.texts[*i]).collect();
        let n_texts = groups.iter().collect::<std::collections::BTreeSet<_>>().len();
        let folds = match self.params.folds {
            0 => Vec::new(),
            k => grouped_folds(&groups, k.min(n_texts).max(2), self.params.seed)
                .map_err(|_| Error::Data(format!("{}: one text is too few for folds", kind.as_str())))?,
        };
        let usual = if old.is_some() { &L2_GRID_FROM[..] } else { &L2_GRID[..] };
        let mut grid: Vec<f64> = self.params.l2.map_or(usual.to_vec(), |l2| vec![l2]);
        if folds.is_empty() {
            grid.truncate(1);
        }
        grid.reverse();
        let mut search = Vec::new();
        let mut best: Option<(f64, f64, Vec<[f64; N_CLASSES]>)> = None;
        let mut warm: Vec<Option<StanceModel<L>>> = vec![None; folds.len()];
        for &l2 in grid.iter().filter(|_| !folds.is_empty()) {
            let (scores, fitted) = self.held_out(&x, known, gold, &folds, l2, warm)?;
            warm = fitted.into_iter().map(Some).collect();
            let macro_f1 = macro_f1(gold, &scores);
            let (name, n) = (kind.as_str(), folds.len());
            told(self.report, &format!("{name}: l2 {l2}: macro-F1 {:.1} in {n} folds", 100.0 * macro_f1))?;
            search.push((l2, macro_f1));
            if best.as_ref().is_none_or(|(_, f1, _)| macro_f1 > *f1) {
                best = Some((l2, macro_f1, scores));
            }
        }
        let (l2, f1, scores) = match best {
            Some((l2, f1, scores)) => (l2, Some(f1), scores),
            None => (grid[0], None, Vec::new()),
        };
        let calibration = match scores.is_empty() {
            true => old.map(|old| old.calibration).unwrap_or_default(),
            false => Calibration::fit_temperature(&scores, gold)?,
        };
        let model = self.fit_once(x, known, gold.clone(), l2)?;
        let summary = model.summary().copied();
        let report = HeadReport {
            head: kind,
            n_rows: gold.len(),
            counts,
            l2,
            search,
            macro_f1: f1,
            ece_before: ece(&Calibration::default(), &scores, gold),
            ece_after: ece(&calibration, &scores, gold),
            iterations: summary.map_or(0, |s| s.iterations),
            converged: summary.is_some_and(|s| s.converged),
            passes: 0,
        };
        let model = scatter(&model, &columns, self.featurizer.space().len(), old.map(|old| &old.model))?;
        Ok((Head { model, calibration }, report))
    }

    /// Scores of every row by the model of the fold that held it out, and those models.
    #[allow(clippy::type_complexity)]
    fn held_out<L: Class + Send + Sync>(
        &self,
        x: &FeatureMatrix,
        known: Known<'_, L>,
        gold: &[L],
        folds: &[Fold],
        l2: f64,
        warm: Vec<Option<StanceModel<L>>>,
    ) -> Result<(Vec<[f64; N_CLASSES]>, Vec<StanceModel<L>>)> {
        let fit = |((train, held), warm): (&Fold, Option<StanceModel<L>>)| {
            let labels = train.iter().map(|&i| gold[i]).collect();
            let known = Known { warm: warm.as_ref(), ..known };
            let model = self.fit_once(x.select(train), known, labels, l2)?;
            Ok((model.scores_of_rows(&x.select(held)), model))
        };
        let fitted: Result<Vec<_>> = folds.par_iter().zip(warm).map(fit).collect();
        let mut scores = vec![[0.0; N_CLASSES]; gold.len()];
        let mut models = Vec::new();
        for ((_, held), (part, model)) in folds.iter().zip(fitted?) {
            held.iter().zip(part).for_each(|(&i, s)| scores[i] = s);
            models.push(model);
        }
        Ok((scores, models))
    }

    fn fit_once<L: Class>(
        &self,
        x: FeatureMatrix,
        known: Known<'_, L>,
        gold: Vec<L>,
        l2: f64,
    ) -> Result<StanceModel<L>> {
        let params = StanceModelParams::default()
            .l2(l2)
            .class_weight(self.params.class_weight)
            .nb_scaling(true)
            .tolerance(TOLERANCE);
        let dataset = DatasetBase::new(x, Array1::from(gold));
        params.check()?.fit_reporting(&dataset, known, &mut |_| (self.report)(""))
    }
}

/// Macro-F1 of the likeliest classes.
fn macro_f1<L: Class>(gold: &[L], scores: &[[f64; N_CLASSES]]) -> f64 {
    let mut confusion = [[0usize; N_CLASSES]; N_CLASSES];
    for (gold, scores) in gold.iter().zip(scores) {
        let predicted: L = best_class(*scores);
        confusion[gold.index()][predicted.index()] += 1;
    }
    let f1 = |k: usize| {
        let found: usize = confusion.iter().map(|row| row[k]).sum();
        let total = found + confusion[k].iter().sum::<usize>();
        if total == 0 { 0.0 } else { 2.0 * confusion[k][k] as f64 / total as f64 }
    };
    (0..N_CLASSES).map(f1).sum::<f64>() / N_CLASSES as f64
}

fn ece<L: Class>(calibration: &Calibration, scores: &[[f64; N_CLASSES]], gold: &[L]) -> Option<f64> {
    if scores.is_empty() {
        return None;
    }
    let confidence: Vec<f64> =
        scores.iter().map(|s| calibration.probabilities_of(*s).into_iter().fold(0.0, f64::max)).collect();
    let correct: Vec<bool> =
        scores.iter().zip(gold).map(|(s, g)| best_class::<L>(calibration.calibrate(*s)) == *g).collect();
    Some(expected_calibration_error(&confidence, &correct, 15))
}

/// A matrix of the columns that hold a value, and which they were.
fn narrow(x: &FeatureMatrix) -> (FeatureMatrix, Vec<u32>) {
    let mut place = vec![u32::MAX; x.n_columns()];
    x.rows().flat_map(|row| row.columns).for_each(|&c| place[c as usize] = 0);
    let columns: Vec<u32> = (0..x.n_columns() as u32).filter(|&c| place[c as usize] == 0).collect();
    columns.iter().enumerate().for_each(|(i, &c)| place[c as usize] = i as u32);
    let mut narrow = FeatureMatrix::new(columns.len());
    let mut entries = Vec::new();
    for row in x.rows() {
        entries.clear();
        entries.extend(row.iter().map(|(c, v)| (place[c], v)));
        narrow.push_row(&entries);
    }
    (narrow, columns)
}

/// The model of some columns only.
fn gather<L: Class>(model: &StanceModel<L>, columns: &[u32]) -> Result<StanceModel<L>> {
    let weights = columns.iter().map(|&c| model.weights()[c as usize]).collect();
    StanceModel::from_parts(weights, model.intercepts())
}

/// The model of some columns as one of all, the others being those of `old` or zero.
fn scatter<L: Class>(
    model: &StanceModel<L>,
    columns: &[u32],
    n_columns: usize,
    old: Option<&StanceModel<L>>,
) -> Result<StanceModel<L>> {
    let mut weights = old.map_or_else(|| vec![[0.0; N_CLASSES]; n_columns], |old| old.weights().to_vec());
    columns.iter().zip(model.weights()).for_each(|(&c, w)| weights[c as usize] = *w);
    StanceModel::from_parts(weights, model.intercepts())
}

/// The heads of a pipeline in a wider space; columns that it does not know weigh nothing.
fn widened(pipeline: &Pipeline, space: &FeatureSpace) -> Result<Heads> {
    let narrow = pipeline.featurizer().space();
    let columns: Vec<Option<u32>> = space.keys().iter().map(|&key| narrow.column(FeatureKey(key))).collect();
    fn head<L: Class>(head: &Option<Head<L>>, columns: &[Option<u32>]) -> Result<Option<Head<L>>> {
        let Some(head) = head else { return Ok(None) };
        let weight = |c: &Option<u32>| c.map_or([0.0; N_CLASSES], |c| head.model.weights()[c as usize]);
        let model = StanceModel::from_parts(columns.iter().map(weight).collect(), head.model.intercepts())?;
        Ok(Some(Head { model, calibration: head.calibration }))
    }
    let heads = pipeline.heads();
    Ok(Heads {
        target: head(&heads.target, &columns)?,
        directed: head(&heads.directed, &columns)?,
        tone: head(&heads.tone, &columns)?,
    })
}

/// Rounds weights to what a model file holds, and drops the columns that no head uses.
///
/// Of more than `most` columns those of the greatest weight are kept, each head measured by its own greatest
/// weight; 0 keeps all.
fn slim(space: &FeatureSpace, heads: &Heads, most: usize) -> Result<(FeatureSpace, Heads)> {
    let steps = (
        heads.target.as_ref().map(|h| quantise(&h.model)),
        heads.directed.as_ref().map(|h| quantise(&h.model)),
        heads.tone.as_ref().map(|h| quantise(&h.model)),
    );
    let all = [&steps.0, &steps.1, &steps.2];
    let size = |column: usize| {
        let of = |q: &Quantised| q.steps[column].iter().map(|s| s.unsigned_abs()).max().unwrap_or(0);
        all.iter().filter_map(|q| q.as_ref()).map(of).max().unwrap_or(0)
    };
    let mut columns: Vec<usize> = (0..space.len()).filter(|&c| size(c) > 0).collect();
    if most > 0 && columns.len() > most {
        columns.sort_by_key(|&c| std::cmp::Reverse(size(c)));
        columns.truncate(most);
        columns.sort_unstable();
    }
    let kept = space.select(columns.iter().copied());
    fn head<L: Class>(
        old: &Option<Head<L>>,
        q: &Option<Quantised>,
        columns: &[usize],
    ) -> Result<Option<Head<L>>> {
        let (Some(old), Some(q)) = (old, q) else { return Ok(None) };
        let weights = columns.iter().map(|&c| q.weight(c)).collect();
        let model = StanceModel::from_parts(weights, old.model.intercepts())?;
        Ok(Some(Head { model, calibration: old.calibration }))
    }
    let heads = Heads {
        target: head(&heads.target, &steps.0, &columns)?,
        directed: head(&heads.directed, &steps.1, &columns)?,
        tone: head(&heads.tone, &steps.2, &columns)?,
    };
    Ok((kept, heads))
}
