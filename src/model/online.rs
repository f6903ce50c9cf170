//! Rows, one after the other → model: a fit that holds no row.

use super::class::{Class, N_CLASSES};
use super::solver::ftrl::Ftrl;
use super::{StanceModel, StanceModelValidParams};
use crate::error::{Error, Result};
use crate::feature::matrix::Row;

/// A fit under way that is shown a row at a time, in several passes over the same rows.
///
/// It comes near to the minimum that [`fit`](linfa::traits::Fit::fit) of the same parameters finds, the nearer the
/// more passes it is shown, and needs 24 bytes a column, and no row. Rows should come in an
/// order of no meaning: the last ones count a little more. The same rows in the same order give the same model to
/// the bit.
///
/// # Example
/// ```
/// use geostance::model::{OnlineFit, StanceModel};
/// use geostance::{FeatureMatrix, Stance};
/// use linfa::ParamGuard;
/// let mut x = FeatureMatrix::new(3);
/// (0..3).for_each(|k| x.push_row(&[(k, 1.0)]));
/// let params = StanceModel::params().l2(0.01).check()?;
/// let mut fit = OnlineFit::new(&params, 3, [1, 1, 1], None, None)?;
/// for _ in 0..20 {
///     x.rows().zip(Stance::ALL).for_each(|(row, stance)| fit.learn(row, stance));
/// }
/// let model = fit.model()?;
/// assert!(model.scores(x.row(0))[0] > 1.0);
/// # Ok::<(), geostance::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OnlineFit<'a, L: Class> {
    ftrl: Ftrl<'a, N_CLASSES>,
    class_weights: [f64; N_CLASSES],
    prior: Option<&'a StanceModel<L>>,
}

impl<'a, L: Class> OnlineFit<'a, L> {
    /// A fit to rows of `n_columns` columns, of which each pass shows `n_rows` of each class, in [`Class::ALL`] order.
    ///
    /// `penalties` are 1 / s² of each column and class, s being its scale (see
    /// [`ClassCounts::scale`](super::ClassCounts::scale)). Weights are drawn to those of `prior`, where there is one,
    /// instead of to zero.
    ///
    /// # Errors
    /// [`Error::Data`] if fewer than two classes have rows, or penalties or prior are of another number of columns.
    pub fn new(
        params: &StanceModelValidParams,
        n_columns: usize,
        n_rows: [usize; N_CLASSES],
        penalties: Option<&'a [[f32; N_CLASSES]]>,
        prior: Option<&'a StanceModel<L>>,
    ) -> Result<Self> {
        let class_weights = params.class_weight().of(n_rows.map(|n| n as f64));
        super::check_classes::<L>(std::array::from_fn(|k| n_rows[k] as f64 * class_weights[k]))?;
        let known = [penalties.map(<[_]>::len), prior.map(StanceModel::n_features)];
        if let Some(found) = known.into_iter().flatten().find(|&n| n != n_columns) {
            return Err(Error::Data(format!("what is known has {found} columns, the data {n_columns}")));
        }
        let n_per_pass = n_rows.iter().sum();
        let ftrl =
            Ftrl::new(n_columns, params.l2(), penalties, params.fit_intercept(), prior.is_some(), n_per_pass);
        Ok(OnlineFit { ftrl, class_weights, prior })
    }

    /// Learns a row.
    ///
    /// # Panics
    /// If a column is not below the number of columns.
    pub fn learn(&mut self, row: Row<'_>, class: L) {
        let offset = self.prior.map_or([0.0; N_CLASSES], |prior| prior.scores(row));
        let class = class.index();
        self.ftrl.learn(row, class, self.class_weights[class], offset);
    }

    /// The model as it is now.
    ///
    /// # Errors
    /// [`Error::Data`] if values were so great that a weight is no longer finite.
    pub fn model(&self) -> Result<StanceModel<L>> {
        let (intercepts, weights) = self.ftrl.weights();
        // only differences between intercepts matter
        let mean = intercepts.iter().sum::<f32>() / N_CLASSES as f32;
        let intercepts = intercepts.map(|b| f64::from(b - mean));
        let Some(prior) = self.prior else {
            return StanceModel::from_parts(weights.collect(), intercepts);
        };
        let base = prior.weights().iter();
        let weights = weights.zip(base).map(|(w, base)| std::array::from_fn(|k| w[k] + base[k])).collect();
        let base = prior.intercepts();
        StanceModel::from_parts(weights, std::array::from_fn(|k| intercepts[k] + base[k]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClassWeight, nb_scale};
    use crate::{FeatureMatrix, Stance};
    use linfa::traits::Fit;
    use linfa::{DatasetBase, ParamGuard};
    use ndarray::Array1;

    /// Rows of which some columns tell the class, some do not, and every fifth row lies.
    fn rows(n: usize) -> (FeatureMatrix, Vec<Stance>) {
        let mut x = FeatureMatrix::new(40);
        let gold: Vec<Stance> = (0..n).map(|i| Stance::ALL[i * 7 % 11 % 3]).collect();
        for (i, stance) in gold.iter().enumerate() {
            let told = (stance.index() + usize::from(i % 5 == 0)) % 3;
            let own = (3 * (i * 13 % 4) + told) as u32;
            x.push_row(&[(own, 1.0), (12 + (i * 31 % 28) as u32, 0.5)]);
        }
        (x, gold)
    }

    #[test]
    fn many_passes_come_to_the_minimum_of_the_other_fit() {
        let (x, gold) = rows(2_000);
        let classes: Vec<usize> = gold.iter().map(|s| s.index()).collect();
        let params = StanceModel::params()
            .l2(2.0)
            .nb_scaling(true)
            .class_weight(ClassWeight::Balanced)
            .tolerance(1e-6);
        let exact = params.fit(&DatasetBase::new(x.clone(), Array1::from(gold.clone()))).unwrap();
        let scale = nb_scale::<N_CLASSES>(&x, &classes);
        let penalties: Vec<[f32; 3]> = scale.iter().map(|s| s.map(|s| (1.0 / (s * s)) as f32)).collect();
        let n = std::array::from_fn(|k| classes.iter().filter(|&&c| c == k).count());
        let fit = |n_passes: usize, prior: Option<&StanceModel>| {
            let mut fit = OnlineFit::new(&params.check().unwrap(), 40, n, Some(&penalties), prior).unwrap();
            for _ in 0..n_passes {
                x.rows().zip(&gold).for_each(|(row, &stance)| fit.learn(row, stance));
            }
            fit.model().unwrap()
        };
        let far = |model: &StanceModel| {
            let apart = (model.probabilities(&x) - exact.probabilities(&x)).mapv(f32::abs);
            apart.into_iter().fold(0.0, f32::max)
        };
        let (few, many) = (far(&fit(2, None)), far(&fit(60, None)));
        assert!(many < 0.02 && many < few, "{few} {many}");
        assert_eq!(fit(3, None), fit(3, None), "the same twice");
        // what the prior says already is not learnt again
        let held = fit(5, Some(&exact));
        assert!(far(&held) < 0.06, "{}", far(&held));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let params = StanceModel::params().check().unwrap();
        assert!(OnlineFit::<Stance>::new(&params, 2, [5, 0, 0], None, None).is_err());
        let penalties = [[1.0; 3]; 3];
        let error = OnlineFit::<Stance>::new(&params, 2, [5, 1, 0], Some(&penalties), None).unwrap_err();
        assert_eq!(error.to_string(), "what is known has 3 columns, the data 2");
    }
}
