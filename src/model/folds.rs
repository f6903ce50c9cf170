//! Rows → folds: linfa's tools on sparse rows, and folds that part no group.
//!
//! linfa folds, shuffles and cross-validates dense arrays only. [`ByRow`] gives it an array of row
//! numbers, n × 1, and looks the rows up when a fold is fitted or predicted.

use std::collections::BTreeMap;

use linfa::DatasetBase;
use linfa::dataset::AsSingleTargets;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, Array2, ArrayBase, Data, Ix2};

use super::class::Class;
use crate::error::{Error, Result};
use crate::feature::matrix::FeatureMatrix;

/// Parameters, or a fitted model, over the rows of `x` named by number.
///
/// # Example
/// ```
/// use geostance::model::{StanceModel, folds::ByRow};
/// use geostance::{FeatureMatrix, Stance};
/// use linfa::DatasetBase;
/// use linfa::dataset::Labels;
/// let mut x = FeatureMatrix::new(2);
/// (0..20).for_each(|i| x.push_row(&[(i % 2, 1.0)]));
/// let gold: ndarray::Array1<Stance> = (0..20).map(|i| Stance::ALL[i % 2]).collect();
/// let mut dataset = DatasetBase::new(ByRow::<()>::rows(&x), gold);
/// let candidates = [0.1, 1.0].map(|l2| ByRow::new(&x, StanceModel::params().l2(l2)));
/// let accuracy = dataset.cross_validate_single(5, &candidates, |predicted, gold| {
///     let right = predicted.iter().zip(gold).filter(|(a, b)| a == b).count();
///     Ok(right as f32 / gold.len() as f32)
/// })?;
/// assert_eq!(accuracy.to_vec(), [1.0, 1.0]);
/// # Ok::<(), geostance::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ByRow<'a, P> {
    x: &'a FeatureMatrix,
    weights: Option<&'a [f32]>,
    inner: P,
}

impl<'a, P> ByRow<'a, P> {
    /// `inner`, reading the rows of `x`.
    pub fn new(x: &'a FeatureMatrix, inner: P) -> Self {
        ByRow { x, weights: None, inner }
    }

    /// The same with a weight for each row of `x`, as linfa's folds leave weights behind.
    ///
    /// # Panics
    /// When fitted, if `weights` is shorter than `x` has rows.
    #[must_use]
    pub fn with_weights(mut self, weights: &'a [f32]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// The numbers of all rows of `x`, n × 1.
    pub fn rows(x: &FeatureMatrix) -> Array2<usize> {
        Array1::from_iter(0..x.n_rows()).insert_axis(ndarray::Axis(1))
    }

    /// The parameters or the model.
    pub fn inner(&self) -> &P {
        &self.inner
    }

    fn select<D: Data<Elem = usize>>(&self, rows: &ArrayBase<D, Ix2>) -> (Vec<usize>, FeatureMatrix) {
        let rows = rows.column(0).to_vec();
        let x = self.x.select(&rows);
        (rows, x)
    }
}

impl<'a, L, P, D, T> Fit<ArrayBase<D, Ix2>, T, Error> for ByRow<'a, P>
where
    L: Class,
    D: Data<Elem = usize>,
    T: AsSingleTargets<Elem = L>,
    P: Fit<FeatureMatrix, Array1<L>, Error>,
{
    type Object = ByRow<'a, P::Object>;

    fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<ByRow<'a, P::Object>> {
        let (rows, x) = self.select(&dataset.records);
        let fold = DatasetBase::new(x, dataset.as_single_targets().to_owned());
        let fold = match self.weights {
            Some(weights) => fold.with_weights(rows.iter().map(|&i| weights[i]).collect()),
            None => fold,
        };
        Ok(ByRow { x: self.x, weights: self.weights, inner: self.inner.fit(&fold)? })
    }
}

impl<L, M, D> PredictInplace<ArrayBase<D, Ix2>, Array1<L>> for ByRow<'_, M>
where
    L: Class,
    D: Data<Elem = usize>,
    M: PredictInplace<FeatureMatrix, Array1<L>>,
{
    fn predict_inplace<'b>(&'b self, rows: &'b ArrayBase<D, Ix2>, y: &mut Array1<L>) {
        let (_, x) = self.select(rows);
        self.inner.predict_inplace(&x, y);
    }

    fn default_target(&self, rows: &ArrayBase<D, Ix2>) -> Array1<L> {
        Array1::default(rows.nrows())
    }
}

/// Row numbers to train on and row numbers to validate on, ascending.
pub type Fold = (Vec<usize>, Vec<usize>);

/// Parts rows into `k` folds, `groups[i]` being the group of row i; no group is ever parted.
///
/// Groups are shuffled by `seed`, then dealt out from the greatest to the smallest, each to the
/// fold with the fewest rows so far. The same groups and seed give the same folds for ever: the
/// shuffle is our own few lines (SplitMix64), as a crate's stream may change between versions.
///
/// # Errors
/// [`Error::Param`] if `k` is below 2 or above the number of groups.
pub fn grouped_folds<G: Ord>(groups: &[G], k: usize, seed: u64) -> Result<Vec<Fold>> {
    let mut members: BTreeMap<&G, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(row, group)| members.entry(group).or_default().push(row));
    let n_groups = members.len();
    if k < 2 || k > n_groups {
        return Err(Error::Param(format!(
            "`folds` must be at least 2 and at most the number of groups, {n_groups}, got {k}"
        )));
    }
    let mut members: Vec<Vec<usize>> = members.into_values().collect();
    shuffle(&mut members, seed);
    members.sort_by_key(|rows| std::cmp::Reverse(rows.len()));

    let mut fold_of = vec![0; groups.len()];
    let mut sizes = vec![0; k];
    for rows in &members {
        let fold = (0..k).min_by_key(|&fold| sizes[fold]).unwrap_or_default();
        sizes[fold] += rows.len();
        rows.iter().for_each(|&row| fold_of[row] = fold);
    }
    let part = |fold| (0..groups.len()).partition(|&row| fold_of[row] != fold);
    Ok((0..k).map(part).collect())
}

/// Fisher and Yates's shuffle on SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
/// pseudorandom number generators", figure 17).
fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    for i in (1..items.len()).rev() {
        // the upper half of the product is uniform below i + 1
        let j = (u128::from(next()) * (i as u128 + 1)) >> 64;
        items.swap(i, j as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StanceModel;
    use crate::stance::Stance;

    #[test]
    fn linfa_cross_validates_and_folds_sparse_rows() {
        let mut x = FeatureMatrix::new(4);
        let gold: Array1<Stance> = (0..60).map(|i| Stance::ALL[i * 7 % 3]).collect();
        for (i, stance) in gold.iter().enumerate() {
            // every fifth row lies
            let column = (stance.index() + usize::from(i % 5 == 0)) % 3;
            x.push_row(&[(column as u32, 1.0), (3, 0.1 * (i % 4) as f32)]);
        }
        let weights = vec![1.0; 60];
        let mut dataset = DatasetBase::new(ByRow::<()>::rows(&x), gold);
        let candidates =
            [0.1, 1e6].map(|l2| ByRow::new(&x, StanceModel::params().l2(l2)).with_weights(&weights));
        let accuracy = dataset
            .cross_validate_single(6, &candidates, |predicted: &Array1<Stance>, gold| {
                let right = predicted.iter().zip(gold).filter(|(a, b)| a == b).count();
                Ok(right as f64 / gold.len() as f64)
            })
            .unwrap();
        assert!((accuracy[0] - 0.8).abs() < 1e-9, "{accuracy}");
        assert!((0.0..=1.0).contains(&accuracy[1]));

        for (train, validate) in dataset.fold(6) {
            let model = candidates[0].fit(&train).unwrap();
            let predicted: Array1<Stance> = linfa::traits::Predict::predict(&model, &validate);
            assert_eq!((train.records.nrows(), predicted.len()), (50, 10));
            assert_eq!(model.inner().n_features(), 4);
        }
    }

    #[test]
    fn no_group_is_parted_and_every_row_is_validated_once() {
        let groups: Vec<usize> = (0..200).map(|i| i * i % 37).collect();
        let folds = grouped_folds(&groups, 5, 7).unwrap();
        let mut seen = vec![0; groups.len()];
        for (train, validate) in &folds {
            assert_eq!(train.len() + validate.len(), groups.len());
            assert!((30..=50).contains(&validate.len()), "{}", validate.len());
            assert!(validate.iter().all(|&v| train.iter().all(|&t| groups[t] != groups[v])));
            validate.iter().for_each(|&row| seen[row] += 1);
        }
        assert!(seen.iter().all(|&n| n == 1));
        assert_eq!(folds, grouped_folds(&groups, 5, 7).unwrap());
        assert_ne!(folds, grouped_folds(&groups, 5, 8).unwrap());
    }

    #[test]
    fn more_folds_than_groups_are_refused() {
        let error = grouped_folds(&["a", "b", "a"], 3, 0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`folds` must be at least 2 and at most the number of groups, 2, got 3"
        );
        assert!(grouped_folds(&[1, 2, 3], 1, 0).is_err());
    }
}
