//! Labelled rows that do not fit into memory → Pipeline: the rows are read twice, and their features kept on the disk.
//!
//! The first reading counts features, in bounded memory ([`FeatureCounter::merge_within`]); the second makes rows of the
//! columns that were chosen and puts them on the disk ([`Spill`]); then each head is fitted in passes over its rows
//! ([`OnlineFit`]). What a row is, and what a model is, is the same as in [`train`](super::train): where all fits into
//! memory, so are the columns, and only the minimum is met less exactly.

use std::collections::HashSet;
use std::sync::Arc;

use linfa::ParamGuard;
use rayon::prelude::*;

use super::spill::{Count, Part, Scratch, Spill, Spilled};
use super::{
    Case, HeadKind, HeadReport, L2_GRID, L2_GRID_FROM, Report, TrainParams, Trained, count_features, ece,
    feature_matrix, macro_f1, slim, told, widened,
};
use crate::actor::candidate::Cast;
use crate::actor::gazetteer::Gazetteer;
use crate::corpus::{Example, Staged};
use crate::feature::lexicon::Lexicon;
use crate::feature::space::mix;
use crate::feature::{FeatureCounter, Featurizer};
use crate::model::calibration::Calibration;
use crate::model::{Class, N_CLASSES, OnlineFit, StanceModel, StanceModelParams, StanceModelValidParams};
use crate::pipeline::{Head, Heads, Pipeline};
use crate::{Error, Result};

/// Labelled rows that can be read again, and room for what is made of them.
pub trait Labelled {
    /// Gives room, empty, each time it is asked.
    ///
    /// # Errors
    /// If there is none.
    fn scratch(&self) -> Result<Box<dyn Scratch>>;

    /// Hands all rows to `part`, some at a time, in the same order at every call. `part` answers with those that cannot
    /// be used: index and why.
    ///
    /// # Errors
    /// If the rows cannot be read, or `part` failed.
    fn read(&mut self, part: &mut dyn FnMut(&[Example]) -> Result<Unusable>) -> Result<()>;
}

/// Rows of a part that cannot be used: index and why.
pub type Unusable = Vec<(usize, String)>;

/// How training on the disk is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskParams {
    /// Bytes of memory that the whole program may take, [`DiskParams::LEAST`] or more.
    pub memory: usize,
    /// Passes over the rows in a fit.
    pub passes: usize,
}

impl DiskParams {
    /// The least memory there must be, in bytes: half of it is the program with its actors and words.
    pub const LEAST: usize = 256 << 20;
    /// What is taken by the program itself and the texts being read.
    const FIXED: usize = 120 << 20;
    /// Bytes of a counted feature: its place in the table, and the name of one in three.
    const COUNTED: usize = 40 + 16;
    /// Bytes of a column: name and place in the space, counts, scale, model and its beginning.
    const COLUMN: usize = 150;
    /// Bytes of a column in a fit.
    const FITTED: usize = 24;

    fn free(&self) -> usize {
        self.memory.saturating_sub(DiskParams::FIXED)
    }

    /// Features that are counted at a time.
    fn most_counted(&self) -> usize {
        // a table is as large as a power of two, and full at seven eighths
        let slots = self.free() / 3 / DiskParams::COUNTED;
        (slots / 2 + 1).next_power_of_two() * 3 / 4
    }

    /// Columns of the rows, where `n_fits` run side by side.
    fn most_columns(&self, n_fits: usize) -> usize {
        self.free() / 2 / (DiskParams::COLUMN + n_fits * DiskParams::FITTED)
    }

    /// Bytes of a part of the rows; two are in memory.
    fn part_bytes(&self) -> usize {
        self.free() / 8
    }
}

/// Scores of held-out rows that l2 and temperature are chosen by; more tell no more.
const MOST_HELD: usize = 100_000;
/// Texts whose tone was learnt, remembered at a time.
const MOST_TONED: usize = 1 << 20;
/// Rows of which features are counted by themselves, whatever the number of threads.
const COUNTED_GROUP: usize = 256;

/// Trains as [`train`](super::train) does, in bounded memory.
///
/// Of the folds that `params` names one is held out, and not each in turn. Everything else is as there.
///
/// # Errors
/// As there; also [`Error::Io`] if there is no room for what does not fit into memory, and [`Error::Data`] if the rows are not the same
/// when they are read again; [`Error::Param`] if there are vectors, which need all rows at once.
pub fn train_on_disk(
    rows: &mut dyn Labelled,
    gazetteer: Arc<Gazetteer>,
    lexicon: Arc<Lexicon>,
    params: &TrainParams,
    disk: DiskParams,
    from: Option<&Pipeline>,
    report: &Report,
) -> Result<Trained> {
    if params.vectors.is_some() {
        return Err(Error::Param("vectors of words cannot be used in bounded memory".to_owned()));
    }
    if disk.memory < DiskParams::LEAST || disk.passes == 0 {
        let least = DiskParams::LEAST >> 20;
        return Err(Error::Param(format!(
            "training takes {least} MB of memory or more, and at least one pass"
        )));
    }
    let grid = match (params.l2, from) {
        (Some(l2), _) => vec![l2],
        (None, Some(_)) => L2_GRID_FROM.to_vec(),
        (None, None) => L2_GRID.to_vec(),
    };
    let grid = if params.folds == 0 { grid[..1].to_vec() } else { grid };
    let reading = Reading { gazetteer: &gazetteer, params };
    told(report, "counting features")?;
    let mut counter = FeatureCounter::new(params.names);
    let mut n_of_head = [0u64; HeadKind::ALL.len()];
    reading.again(rows, &mut |part| {
        part.lessons.iter().for_each(|lesson| n_of_head[lesson.head as usize] += 1);
        for counted in count_features(&lexicon, &part.cases(), COUNTED_GROUP, params.names) {
            counter.merge_within(counted, params.min_rows, disk.most_counted());
        }
        told(report, "")
    })?;
    let n_all: u64 = n_of_head.iter().sum();
    if n_all == 0 {
        return Err(Error::Data("no row can be used for training".to_owned()));
    }
    let forgotten = match counter.least_kept() {
        0 => String::new(),
        n => format!(" (those met in fewer than {n} rows were forgotten now and then)"),
    };
    let (n_features, n_values) = (counter.n_features(), counter.n_values());
    let space = counter.into_space_within(params.min_rows, disk.most_columns(grid.len()));
    let columns = space.len();
    told(report, &format!("{n_all} candidates, {n_features} features{forgotten}, {columns} columns"))?;
    let space = match from {
        Some(pipeline) => pipeline.featurizer().space().and(&space),
        None => space,
    };
    let space = if params.without.is_empty() { space } else { space.without(&params.without) };
    let featurizer = Featurizer::new(lexicon, space);

    told(report, "writing rows to the disk")?;
    let spill = |kind: HeadKind| {
        let n = n_of_head[kind as usize];
        // rows of all heads are about as long
        let n_values = (n_values as f64 * n as f64 / n_all as f64) as u64;
        let seed = mix(params.seed, kind as u64);
        Spill::new(
            &|| rows.scratch(),
            featurizer.space().len(),
            Spill::bytes(n, n_values),
            disk.part_bytes(),
            seed,
        )
    };
    let mut spills = [spill(HeadKind::Target)?, spill(HeadKind::Directed)?, spill(HeadKind::Tone)?];
    let mut n_again = 0;
    reading.again(rows, &mut |part| {
        n_again += part.lessons.len() as u64;
        let x = feature_matrix(&featurizer, &part.cases());
        for (row, lesson) in x.rows().zip(&part.lessons) {
            let held = params.folds > 0 && mix(lesson.text, params.seed).is_multiple_of(params.folds as u64);
            spills[lesson.head as usize].push(row, lesson.class, held)?;
        }
        told(report, "")
    })?;
    if n_again != n_all {
        return Err(Error::Data(format!(
            "{n_all} rows could be used at first, and {n_again} when read again"
        )));
    }
    let bench = DiskBench { params, disk, grid: &grid, report };
    let old = match from {
        Some(pipeline) => widened(pipeline, featurizer.space())?,
        None => Heads::default(),
    };
    let mut reports = Vec::new();
    let [target, directed, tone] = spills;
    let heads = Heads {
        target: bench.head(HeadKind::Target, target, old.target, &mut reports)?,
        directed: bench.head(HeadKind::Directed, directed, old.directed, &mut reports)?,
        tone: bench.head(HeadKind::Tone, tone, old.tone, &mut reports)?,
    };
    let (space, heads) = slim(featurizer.space(), &heads, params.max_columns)?;
    let featurizer = featurizer.with_space(space);
    Ok(Trained { pipeline: Pipeline::new(gazetteer, featurizer, heads), reports, unused: Vec::new() })
}

/// How rows are read.
struct Reading<'a> {
    gazetteer: &'a Gazetteer,
    params: &'a TrainParams,
}

/// What a row teaches a head.
struct Lesson {
    head: HeadKind,
    /// Index of the row in its part.
    row: usize,
    cast: Cast,
    class: usize,
    /// Identity of the text.
    text: u64,
}

/// Rows read together, and what they teach.
struct ReadPart<'a> {
    examples: &'a [Example],
    staged: Vec<Result<Staged, String>>,
    lessons: Vec<Lesson>,
}

impl Reading<'_> {
    /// Reads all rows from the beginning.
    fn again(&self, rows: &mut dyn Labelled, part: &mut dyn FnMut(ReadPart<'_>) -> Result<()>) -> Result<()> {
        let mut toned = HashSet::new();
        rows.read(&mut |examples| {
            let staged: Vec<Result<Staged, String>> =
                examples.par_iter().map(|example| example.stage(self.gazetteer)).collect();
            let mut lessons = Vec::new();
            let mut unusable = Vec::new();
            for (row, (example, staged)) in examples.iter().zip(&staged).enumerate() {
                let text = example.text_key();
                let mut learn = |head: HeadKind, cast: Cast, class: usize| {
                    if self.params.heads.contains(&head) {
                        lessons.push(Lesson { head, row, cast, class, text });
                    }
                };
                match staged {
                    Ok(Staged { cast, .. }) => {
                        if let Some(stance) = example.stance {
                            learn(HeadKind::of(*cast), *cast, stance.index());
                        }
                        if toned.len() == MOST_TONED {
                            toned.clear();
                        }
                        if let (Some(tone), true) =
                            (example.tone, example.tone.is_some() && toned.insert(text))
                        {
                            learn(HeadKind::Tone, Cast::Whole, tone.index());
                        }
                    }
                    Err(why) => unusable.push((row, why.clone())),
                }
            }
            part(ReadPart { examples, staged, lessons })?;
            Ok(unusable)
        })
    }
}

impl ReadPart<'_> {
    fn cases(&self) -> Vec<Case<'_>> {
        let case = |lesson: &Lesson| Case {
            text: &self.examples[lesson.row].text,
            parties: self.staged[lesson.row].as_ref().map_or(&[][..], |s| &s.parties),
            cast: lesson.cast,
        };
        self.lessons.iter().map(case).collect()
    }
}

/// What all heads are fitted with.
struct DiskBench<'a> {
    params: &'a TrainParams,
    disk: DiskParams,
    grid: &'a [f64],
    report: &'a Report<'a>,
}

/// Scores of rows, one after the other, and their classes.
struct Scored<L> {
    scores: Vec<[f64; N_CLASSES]>,
    gold: Vec<L>,
}

/// A strength of regularisation, the macro-F1 of each that was tried, and the scores by the one chosen.
struct Chosen<L> {
    l2: f64,
    search: Vec<(f64, f64)>,
    scored: Scored<L>,
}

impl<L> Scored<L> {
    fn none() -> Scored<L> {
        Scored { scores: Vec::new(), gold: Vec::new() }
    }
}

impl DiskBench<'_> {
    /// The head that these rows and the one before, `old`, make: that one itself where there are no rows.
    fn head<L: Class + Send + Sync>(
        &self,
        kind: HeadKind,
        spill: Spill,
        old: Option<Head<L>>,
        reports: &mut Vec<HeadReport>,
    ) -> Result<Option<Head<L>>> {
        let (rows, trained, held) = spill.finish()?;
        let n_held: usize = held.rows.iter().sum();
        let n_rows = n_held + trained.rows.iter().sum::<usize>();
        if n_rows == 0 {
            return Ok(old);
        }
        told(self.report, &format!("{}: {n_rows} rows in {} parts", kind.as_str(), rows.n_parts()))?;
        let old = old.as_ref();
        let prior = old.map(|old| &old.model);
        let n_classes = trained.rows.iter().filter(|n| **n > 0).count();
        let Chosen { l2, search, scored } = match n_held > 0 && n_classes > 1 {
            true => self.choose(kind, &rows, &trained, prior)?,
            false => Chosen { l2: self.grid[0], search: Vec::new(), scored: Scored::none() },
        };
        let calibration = match scored.gold.is_empty() {
            true => old.map(|old| old.calibration).unwrap_or_default(),
            false => Calibration::fit_temperature(&scored.scores, &scored.gold)?,
        };
        let all = trained.and(&held);
        let penalties = penalties(&all);
        let mut fits =
            [OnlineFit::new(&self.params_of(l2)?, rows.n_columns, all.rows, Some(&penalties), prior)?];
        self.learn(&rows, &mut fits, |_| true)?;
        let [fit] = fits;
        reports.push(HeadReport {
            head: kind,
            n_rows,
            counts: all.rows,
            l2,
            macro_f1: search.iter().find(|(x, _)| *x == l2).map(|(_, f1)| *f1),
            search,
            ece_before: ece(&Calibration::default(), &scored.scores, &scored.gold),
            ece_after: ece(&calibration, &scored.scores, &scored.gold),
            iterations: 0,
            converged: false,
            passes: self.disk.passes,
        });
        Ok(Some(Head { model: fit.model()?, calibration }))
    }

    fn params_of(&self, l2: f64) -> Result<StanceModelValidParams> {
        StanceModelParams::default().l2(l2).class_weight(self.params.class_weight).check()
    }

    /// Fits each strength of regularisation to the rows that are not held out, and tells which does best on the others.
    fn choose<L: Class + Send + Sync>(
        &self,
        kind: HeadKind,
        rows: &Spilled,
        trained: &Count,
        prior: Option<&StanceModel<L>>,
    ) -> Result<Chosen<L>> {
        let penalties = penalties(trained);
        let fit = |l2: &f64| {
            OnlineFit::new(&self.params_of(*l2)?, rows.n_columns, trained.rows, Some(&penalties), prior)
        };
        let mut fits = self.grid.iter().map(fit).collect::<Result<Vec<_>>>()?;
        self.learn(rows, &mut fits, |held| !held)?;
        let mut best = Chosen { l2: self.grid[0], search: Vec::new(), scored: Scored::none() };
        for (fit, &l2) in fits.into_iter().zip(self.grid) {
            let model = fit.model()?;
            drop(fit);
            let scored = self.held(rows, &model)?;
            let f1 = macro_f1(&scored.gold, &scored.scores);
            let name = kind.as_str();
            told(self.report, &format!("{name}: l2 {l2}: macro-F1 {:.1} of the rows held out", 100.0 * f1))?;
            if best.search.iter().all(|(_, other)| f1 > *other) {
                (best.l2, best.scored) = (l2, scored);
            }
            best.search.push((l2, f1));
        }
        Ok(best)
    }

    /// Shows the rows that are wanted to all fits, in passes; a part is read while the one before is learnt.
    fn learn<L: Class + Send + Sync>(
        &self,
        rows: &Spilled,
        fits: &mut [OnlineFit<'_, L>],
        wanted: impl Fn(bool) -> bool + Sync,
    ) -> Result<()> {
        let n = rows.n_parts();
        let (mut at_hand, mut next): (Part<L>, Part<L>) = (rows.room(), rows.room());
        rows.read(0, &mut at_hand)?;
        for step in 0..n * self.disk.passes {
            told(self.report, "")?;
            let learn = |fit: &mut OnlineFit<'_, L>| {
                for &i in &at_hand.order {
                    let i = i as usize;
                    if wanted(at_hand.held[i]) {
                        fit.learn(at_hand.x.row(i), at_hand.gold[i]);
                    }
                }
            };
            // a single part stays where it is
            let read = || if n > 1 { rows.read((step + 1) % n, &mut next) } else { Ok(()) };
            rayon::join(read, || fits.par_iter_mut().for_each(learn)).0?;
            if n > 1 {
                std::mem::swap(&mut at_hand, &mut next);
            }
        }
        Ok(())
    }

    /// Scores of the rows held out.
    fn held<L: Class>(&self, rows: &Spilled, model: &StanceModel<L>) -> Result<Scored<L>> {
        let mut scored = Scored::none();
        let mut part: Part<L> = rows.room();
        for number in 0..rows.n_parts() {
            rows.read(number, &mut part)?;
            for i in (0..part.x.n_rows()).filter(|&i| part.held[i]) {
                if scored.gold.len() < MOST_HELD {
                    scored.scores.push(model.scores(part.x.row(i)));
                    scored.gold.push(part.gold[i]);
                }
            }
        }
        Ok(scored)
    }
}

/// 1 / s² of each weight, s being its scale.
fn penalties(count: &Count) -> Vec<[f32; N_CLASSES]> {
    count.values.scale().into_iter().map(|s| s.map(|s| (1.0 / (s * s)) as f32)).collect()
}
