//! Row → probabilities of the stances.
//!
//! Multinomial logistic regression on sparse rows, fitted and used through linfa's traits:
//!
//! ```
//! use geostance::model::StanceModel;
//! use geostance::{FeatureMatrix, Stance};
//! use linfa::DatasetBase;
//! use linfa::traits::{Fit, Predict};
//! use ndarray::array;
//!
//! let mut x = FeatureMatrix::new(3);
//! x.push_row(&[(0, 1.0)]);
//! x.push_row(&[(1, 1.0)]);
//! x.push_row(&[(2, 1.0)]);
//! let gold = array![Stance::Against, Stance::Neutral, Stance::Favor];
//! let dataset = DatasetBase::new(x, gold.clone());
//! let model = StanceModel::params().l2(0.1).fit(&dataset)?;
//! assert_eq!(model.predict(&dataset), gold);
//! # Ok::<(), geostance::Error>(())
//! ```

use std::marker::PhantomData;
use std::ops::ControlFlow;

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use linfa::traits::{Fit, FitWith, Predict, PredictInplace};
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::feature::matrix::{FeatureMatrix, Row};
use crate::stance::{Stance, Tone};

pub mod calibration;
mod class;
pub mod folds;
pub mod objective;
mod online;
mod params;
pub mod quantised;
mod scale;
pub mod shared;
mod solver;
pub mod vectors;

pub use class::{Class, N_CLASSES};
pub use online::OnlineFit;
pub use params::{ClassWeight, StanceModelParams, StanceModelValidParams};
pub use scale::{ClassCounts, nb_scale};
pub use solver::newton::{FitSummary, Progress};

use objective::{LogLoss, softmax};
use shared::ColumnVectors;
use solver::newton::{Stop, minimise};

/// Weights of each column for each class: one head of a pipeline.
///
/// Of stances by default; [`ToneModel`] is the same of tones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StanceModel<L = Stance> {
    weights: Vec<[f32; N_CLASSES]>,
    intercepts: [f64; N_CLASSES],
    summary: Option<FitSummary>,
    #[serde(skip)]
    classes: PhantomData<L>,
}

/// The head that tells the tone of a sentence.
pub type ToneModel = StanceModel<Tone>;

impl StanceModel {
    /// Parameters at their defaults. What is fitted follows from the labels of the dataset.
    pub fn params() -> StanceModelParams {
        StanceModelParams::default()
    }
}

impl<L: Class> StanceModel<L> {
    /// A model of known weights, n_features × 3, classes in [`Class::ALL`] order.
    ///
    /// # Errors
    /// [`Error::Data`] if a number is not finite.
    pub fn from_parts(weights: Vec<[f32; N_CLASSES]>, intercepts: [f64; N_CLASSES]) -> Result<Self> {
        if let Some(j) = weights.iter().position(|w| w.iter().any(|w| !w.is_finite())) {
            return Err(Error::Data(format!("weights must be finite, got {:?} in column {j}", weights[j])));
        }
        if intercepts.iter().any(|b| !b.is_finite()) {
            return Err(Error::Data(format!("intercepts must be finite, got {intercepts:?}")));
        }
        Ok(StanceModel { weights, intercepts, summary: None, classes: PhantomData })
    }

    /// Weights, n_features × 3, classes in [`Class::ALL`] order.
    pub fn weights(&self) -> &[[f32; N_CLASSES]] {
        &self.weights
    }

    /// Intercept of each class; their sum is 0.
    pub fn intercepts(&self) -> [f64; N_CLASSES] {
        self.intercepts
    }

    /// Number of columns the model was trained on.
    pub fn n_features(&self) -> usize {
        self.weights.len()
    }

    /// How the fit ended; `None` for a model made of parts.
    pub fn summary(&self) -> Option<&FitSummary> {
        self.summary.as_ref()
    }

    /// Score of each class for a row, logits in [`Class::ALL`] order.
    ///
    /// # Panics
    /// If a column of `row` is not below [`StanceModel::n_features`].
    pub fn scores(&self, row: Row<'_>) -> [f64; N_CLASSES] {
        let mut scores = self.intercepts;
        for (column, value) in row.iter() {
            let weights = &self.weights[column];
            (0..N_CLASSES).for_each(|k| scores[k] += f64::from(value) * f64::from(weights[k]));
        }
        scores
    }

    /// Scores of all rows, which is what [`calibration`] is fitted on.
    ///
    /// # Panics
    /// If `x` has another number of columns than the model was trained on.
    pub fn scores_of_rows(&self, x: &FeatureMatrix) -> Vec<[f64; N_CLASSES]> {
        self.check_columns(x);
        x.rows().map(|row| self.scores(row)).collect()
    }

    /// Probability of each class for each row.
    ///
    /// Returns n_rows × 3, columns in [`Class::ALL`] order; each row sums to 1.
    ///
    /// # Panics
    /// If `x` has another number of columns than the model was trained on.
    pub fn probabilities(&self, x: &FeatureMatrix) -> Array2<f32> {
        self.check_columns(x);
        let mut out = Array2::zeros((x.n_rows(), N_CLASSES));
        for (row, mut out) in x.rows().zip(out.rows_mut()) {
            for (out, p) in out.iter_mut().zip(probabilities_of(self.scores(row))) {
                *out = p as f32;
            }
        }
        out
    }

    fn check_columns(&self, x: &FeatureMatrix) {
        let (found, expected) = (x.n_columns(), self.n_features());
        assert_eq!(found, expected, "the matrix has {found} columns, the model {expected}");
    }
}

/// Probabilities of scores, both in [`Class::ALL`] order.
pub fn probabilities_of(scores: [f64; N_CLASSES]) -> [f64; N_CLASSES] {
    softmax(&scores)
}

/// The class of the highest score; the neutral one where it is among equals, else the first of them.
pub fn best_class<L: Class>(scores: [f64; N_CLASSES]) -> L {
    let better = |best: L, class: L| if scores[class.index()] > scores[best.index()] { class } else { best };
    L::ALL.into_iter().fold(L::default(), better)
}

/// What is known before a fit.
#[derive(Debug)]
pub struct Known<'a, L: Class> {
    /// Columns alike, which get like weights.
    pub vectors: Option<&'a ColumnVectors>,
    /// The model that weights are drawn to instead of to zero: few rows move it little. It has an intercept.
    pub prior: Option<&'a StanceModel<L>>,
    /// Where the search begins; it ends at the same minimum wherever it begins.
    pub warm: Option<&'a StanceModel<L>>,
}

impl<L: Class> Clone for Known<'_, L> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<L: Class> Copy for Known<'_, L> {}

impl<L: Class> Default for Known<'_, L> {
    fn default() -> Self {
        Known { vectors: None, prior: None, warm: None }
    }
}

impl<L: Class> Known<'_, L> {
    fn check_columns(&self, expected: usize) -> Result<()> {
        let models = [self.prior, self.warm].into_iter().flatten().map(StanceModel::n_features);
        match models.chain(self.vectors.map(ColumnVectors::n_columns)).find(|&found| found != expected) {
            Some(found) => Err(Error::Data(format!("the model has {found} columns, the data {expected}"))),
            None => Ok(()),
        }
    }
}

impl StanceModelValidParams {
    /// Fits a model with what is known beforehand, telling `report` of every pass over the data.
    ///
    /// Weights of the dataset are honoured, times those of the classes. One thread does the work, and
    /// the same input gives the same model to the bit; several fits are best run beside each other.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if `report` answers `Break`; [`Error::Data`] if fewer than two classes
    /// have rows of any weight, if a number is not finite, or if what is known is of another number of
    /// columns; [`Error::Linfa`] if rows, labels and weights differ in number.
    pub fn fit_reporting<L: Class, T: AsSingleTargets<Elem = L>>(
        &self,
        dataset: &DatasetBase<FeatureMatrix, T>,
        known: Known<'_, L>,
        report: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<StanceModel<L>> {
        let x = &dataset.records;
        let gold: Vec<usize> = dataset.as_single_targets().iter().map(|label| label.index()).collect();
        let row_weights = self.row_weights::<L>(x, &gold, dataset.weights())?;
        known.check_columns(x.n_columns())?;

        let mut loss = LogLoss::<N_CLASSES>::new(x, &gold, &row_weights, self.l2(), self.fit_intercept());
        if self.nb_scaling() {
            loss = loss.with_scale(&nb_scale(x, &gold));
        }
        if let Some(vectors) = known.vectors {
            loss = loss.with_vectors(vectors);
        }
        if let Some(prior) = known.prior {
            loss = loss.with_offsets(prior.scores_of_rows(x));
        }
        let mut w = vec![0.0; loss.len()];
        let flat = |model: &StanceModel<L>| {
            let weights = model.weights.as_flattened().iter().map(|&w| f64::from(w));
            weights.chain(model.intercepts).collect::<Vec<f64>>()
        };
        let base = known.prior.map(flat).unwrap_or_default();
        if let Some(warm) = known.warm {
            let base = base.iter().copied().chain(std::iter::repeat(0.0));
            w.iter_mut().zip(flat(warm)).zip(base).for_each(|((w, warm), base)| *w = warm - base);
        }
        let stop = Stop { tolerance: self.tolerance(), max_iterations: self.max_iterations() };
        let summary = minimise(&mut loss, &mut w, stop, report)?;

        let mut w = loss.folded(&w).into_owned();
        w.as_flattened_mut().iter_mut().zip(base).for_each(|(w, base)| *w += base);
        let (weights, intercepts) = w.split_at(x.n_columns());
        // only differences between intercepts matter
        let intercepts = intercepts.first().copied().unwrap_or_default();
        let mean = intercepts.iter().sum::<f64>() / N_CLASSES as f64;
        let weights = weights.iter().map(|w| w.map(|w| w as f32)).collect();
        let mut model = StanceModel::from_parts(weights, intercepts.map(|b| b - mean))?;
        model.summary = Some(summary);
        Ok(model)
    }

    /// Weight of each row: its own times that of its class.
    fn row_weights<L: Class>(
        &self,
        x: &FeatureMatrix,
        gold: &[usize],
        own: Option<&[f32]>,
    ) -> Result<Vec<f64>> {
        let n = x.n_rows();
        for found in [Some(gold.len()), own.map(<[f32]>::len)].into_iter().flatten() {
            if found != n {
                return Err(linfa::Error::MismatchedShapes(n, found).into());
            }
        }
        if let Some((i, value)) =
            x.rows().enumerate().find_map(|(i, row)| Some((i, row.values.iter().find(|v| !v.is_finite())?)))
        {
            return Err(Error::Data(format!("values must be finite, got {value} in row {i}")));
        }
        let own = own.map_or_else(|| vec![1.0; n], |own| own.iter().map(|&w| f64::from(w)).collect());
        if let Some(i) = own.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            let weight = own[i];
            return Err(Error::Data(format!(
                "row weights must be finite and not negative, got {weight} in row {i}"
            )));
        }

        let mut totals = [0.0; N_CLASSES];
        gold.iter().zip(&own).for_each(|(&k, w)| totals[k] += w);
        let class_weights = self.class_weight().of(totals);
        check_classes::<L>(std::array::from_fn(|k| totals[k] * class_weights[k]))?;
        Ok(gold.iter().zip(own).map(|(&k, w)| w * class_weights[k]).collect())
    }
}

/// Refuses rows of fewer than two classes, `totals` being their weight in each.
fn check_classes<L: Class>(totals: [f64; N_CLASSES]) -> Result<()> {
    match L::ALL.into_iter().filter(|l| totals[l.index()] > 0.0).collect::<Vec<L>>()[..] {
        [] => Err(Error::Data("there are no rows to learn from".to_owned())),
        [only] => Err(Error::Data(format!(
            "all rows are {only}: a model needs rows of at least two of {}, {} and {}",
            L::ALL[0],
            L::ALL[1],
            L::ALL[2]
        ))),
        _ => Ok(()),
    }
}

impl<L: Class, T: AsSingleTargets<Elem = L>> Fit<FeatureMatrix, T, Error> for StanceModelValidParams {
    type Object = StanceModel<L>;

    fn fit(&self, dataset: &DatasetBase<FeatureMatrix, T>) -> Result<StanceModel<L>> {
        self.fit_reporting(dataset, Known::default(), &mut |_| ControlFlow::Continue(()))
    }
}

impl<'a, L: Class + 'a, T: AsSingleTargets<Elem = L>> FitWith<'a, FeatureMatrix, T, Error>
    for StanceModelValidParams
{
    type ObjectIn = Option<StanceModel<L>>;
    type ObjectOut = StanceModel<L>;

    fn fit_with(
        &self,
        model: Option<StanceModel<L>>,
        dataset: &'a DatasetBase<FeatureMatrix, T>,
    ) -> Result<StanceModel<L>> {
        self.fit_reporting(dataset, Known { warm: model.as_ref(), ..Known::default() }, &mut |_| {
            ControlFlow::Continue(())
        })
    }
}

impl<L: Class> PredictInplace<FeatureMatrix, Array1<L>> for StanceModel<L> {
    fn predict_inplace<'a>(&'a self, x: &'a FeatureMatrix, y: &mut Array1<L>) {
        self.check_columns(x);
        assert_eq!(x.n_rows(), y.len(), "one label for each row");
        for (row, y) in x.rows().zip(y) {
            *y = best_class(self.scores(row));
        }
    }

    fn default_target(&self, x: &FeatureMatrix) -> Array1<L> {
        Array1::default(x.n_rows())
    }
}

impl<L: Class> Predict<&FeatureMatrix, Array1<L>> for StanceModel<L> {
    fn predict(&self, x: &FeatureMatrix) -> Array1<L> {
        let mut y = self.default_target(x);
        self.predict_inplace(x, &mut y);
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dataset(gold: &[Stance]) -> DatasetBase<FeatureMatrix, Array1<Stance>> {
        let mut x = FeatureMatrix::new(4);
        for (i, label) in gold.iter().enumerate() {
            x.push_row(&[(label.index() as u32, 1.0), (3, (i % 5) as f32 * 0.2)]);
        }
        DatasetBase::new(x, Array1::from(gold.to_vec()))
    }

    fn mixed() -> Vec<Stance> {
        (0..30).map(|i| Stance::ALL[[0, 1, 2, 2][i % 4]]).collect()
    }

    #[test]
    fn one_class_alone_is_refused_by_name() {
        let error = StanceModel::params().fit(&dataset(&[Stance::Favor; 3])).unwrap_err();
        assert!(matches!(error, Error::Data(_)));
        assert_eq!(
            error.to_string(),
            "all rows are FAVOR: a model needs rows of at least two of AGAINST, NEUTRAL and FAVOR"
        );
        // a weight of zero is as good as no row
        let weighted = dataset(&[Stance::Favor, Stance::Against]).with_weights(Array1::from(vec![1.0, 0.0]));
        assert!(StanceModel::params().fit(&weighted).is_err());
        assert!(StanceModel::params().fit(&dataset(&[])).is_err());
    }

    #[test]
    fn an_absent_class_is_hardly_ever_expected() {
        for class_weight in [ClassWeight::Uniform, ClassWeight::Balanced] {
            let data = dataset(&[Stance::Favor, Stance::Against].repeat(10));
            let model = StanceModel::params().class_weight(class_weight).fit(&data).unwrap();
            assert!(model.summary().unwrap().converged);
            assert!(model.probabilities(&data.records).column(1).iter().all(|&p| p < 0.01));
        }
    }

    #[test]
    fn tones_are_learnt_by_the_same_model() {
        let stances = dataset(&mixed());
        let data = stances.map_targets(|s| Tone::ALL[s.index()]);
        let model: ToneModel = StanceModel::params().l2(0.1).fit(&data).unwrap();
        assert_eq!(model.predict(&data), data.targets);
    }

    #[test]
    fn a_weight_of_two_is_a_row_twice() {
        let gold = mixed();
        let weights = Array1::from_iter((0..30).map(|i| if i < 10 { 2.0 } else { 1.0 }));
        let once = dataset(&gold).with_weights(weights);
        let rows: Vec<usize> = (0..30).chain(0..10).collect();
        let labels = Array1::from_iter(rows.iter().map(|&i| gold[i]));
        let twice = DatasetBase::new(once.records.select(&rows), labels);
        for class_weight in [ClassWeight::Uniform, ClassWeight::Balanced] {
            let params = StanceModel::params().tolerance(1e-9).class_weight(class_weight);
            let (a, b) = (params.fit(&once).unwrap(), params.fit(&twice).unwrap());
            let difference = a.probabilities(&once.records) - b.probabilities(&once.records);
            assert!(difference.iter().all(|d| d.abs() < 1e-6));
        }
    }

    #[test]
    fn a_warm_start_at_the_minimum_ends_at_once() {
        let data = dataset(&mixed());
        let params = StanceModel::params().nb_scaling(true);
        let model = params.fit(&data).unwrap();
        let again = params.fit_with(Some(model.clone()), &data).unwrap();
        assert_eq!(again.summary().unwrap().iterations, 0);
        assert_eq!(again.weights(), model.weights());
        let other = StanceModel::from_parts(vec![[0.0; 3]; 2], [0.0; 3]).unwrap();
        assert!(matches!(params.fit_with(Some(other), &data), Err(Error::Data(_))));
    }

    #[test]
    fn few_rows_move_a_prior_little() {
        use linfa::ParamGuard;
        let data = dataset(&mixed());
        let params = StanceModel::params().check().unwrap();
        let go_on = &mut |_: Progress| ControlFlow::Continue(());
        let prior = params.fit_reporting(&data, Known::default(), go_on).unwrap();
        let few = dataset(&[Stance::Favor, Stance::Against]);
        let known = Known { prior: Some(&prior), ..Known::default() };
        let moved = params.fit_reporting(&few, known, go_on).unwrap();
        let alone = params.fit_reporting(&few, Known::default(), go_on).unwrap();
        let far = |model: &StanceModel| {
            let pairs = model.weights().as_flattened().iter().zip(prior.weights().as_flattened());
            pairs.map(|(a, b)| (a - b).abs()).sum::<f32>()
        };
        assert!(far(&moved) < 0.5 * far(&alone), "{} {}", far(&moved), far(&alone));
        // a penalty beyond measure leaves the prior's weights as they are
        let stiff = StanceModel::params().l2(1e12).check().unwrap();
        assert!(far(&stiff.fit_reporting(&few, known, go_on).unwrap()) < 1e-6);
        // a warm start ends where a cold one does
        let warm = Known { warm: Some(&moved), ..known };
        let again = params.fit_reporting(&few, warm, go_on).unwrap();
        assert!(again.summary().unwrap().iterations <= 1);
        let other = StanceModel::from_parts(vec![[0.0; 3]; 2], [0.0; 3]).unwrap();
        let wrong = Known { prior: Some(&other), ..Known::default() };
        assert!(matches!(params.fit_reporting(&few, wrong, go_on), Err(Error::Data(_))));
    }

    #[test]
    fn a_fit_can_be_interrupted() {
        use linfa::ParamGuard;
        let params = StanceModel::params().check().unwrap();
        let end = params.fit_reporting(&dataset(&mixed()), Known::default(), &mut |_| ControlFlow::Break(()));
        assert!(matches!(end, Err(Error::Interrupted)));
    }

    #[test]
    fn without_a_penalty_separable_rows_still_end() {
        let data = dataset(&mixed());
        for fit_intercept in [false, true] {
            let model = StanceModel::params().l2(0.0).fit_intercept(fit_intercept).fit(&data).unwrap();
            assert!(model.summary().unwrap().converged, "{:?}", model.summary());
            assert_eq!(model.predict(&data), data.targets);
            assert_eq!(model.scores_of_rows(&data.records).len(), 30);
        }
    }

    #[test]
    fn equal_scores_are_neutral() {
        assert_eq!(best_class::<Stance>([0.0; 3]), Stance::Neutral);
        assert_eq!(best_class::<Stance>([1.0, 0.0, 1.0]), Stance::Against);
        assert_eq!(best_class::<Tone>([0.0, 0.0, 1.0]), Tone::Positive);
    }

    #[test]
    fn nonsense_in_the_data_is_named() {
        let mut x = FeatureMatrix::new(1);
        x.push_row(&[(0, 1.0)]);
        x.push_row(&[(0, f32::NAN)]);
        let data = DatasetBase::new(x, Array1::from(vec![Stance::Favor, Stance::Against]));
        let error = StanceModel::params().fit(&data).unwrap_err();
        assert_eq!(error.to_string(), "values must be finite, got NaN in row 1");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn probabilities_sum_to_one_and_survive_json(
            rows in prop::collection::vec((0usize..3, prop::collection::btree_map(0u32..8, -3f32..3.0, 0..6)), 4..20),
            l2 in 0.01f64..10.0,
            nb_scaling: bool,
        ) {
            let mut x = FeatureMatrix::new(8);
            for (_, row) in &rows {
                x.push_row(&row.iter().map(|(&c, &v)| (c, v)).collect::<Vec<_>>());
            }
            let gold: Array1<Stance> = rows.iter().map(|(class, _)| Stance::ALL[*class]).collect();
            prop_assume!(gold.iter().any(|s| *s != gold[0]));
            let data = DatasetBase::new(x, gold);
            let params = StanceModel::params().l2(l2).nb_scaling(nb_scaling);
            let model = params.fit(&data).unwrap();
            prop_assert!(model.summary().unwrap().converged);
            prop_assert_eq!(&params.fit(&data).unwrap(), &model, "the same twice");
            let probabilities = model.probabilities(&data.records);
            for row in probabilities.rows() {
                prop_assert!((row.sum() - 1.0).abs() < 1e-6);
            }
            let json = serde_json::to_string(&model).unwrap();
            let loaded: StanceModel = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(loaded.weights(), model.weights());
            prop_assert_eq!(loaded.probabilities(&data.records), probabilities);
            prop_assert_eq!(loaded.predict(&data.records), model.predict(&data));
        }
    }
}
