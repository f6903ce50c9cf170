//! Parameters of [`StanceModel`](super::StanceModel) and their check.

use linfa::ParamGuard;
use serde::{Deserialize, Serialize};

use super::class::N_CLASSES;
use crate::error::{Error, Result};

/// How much the rows of each class count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeight {
    /// Every row counts the same.
    #[default]
    Uniform,
    /// Every class counts the same: n / (number of classes present × n of the class), n being the
    /// total of the row weights.
    Balanced,
    /// Square roots of [`ClassWeight::Balanced`]: half way between the two.
    Sqrt,
    /// These, in [`Class::ALL`](super::Class::ALL) order.
    Custom([f64; N_CLASSES]),
}

impl ClassWeight {
    /// Weight of each class, `totals` being the total of the row weights of each.
    pub fn of(self, totals: [f64; N_CLASSES]) -> [f64; N_CLASSES] {
        let n_present = totals.iter().filter(|&&t| t > 0.0).count() as f64;
        let all: f64 = totals.iter().sum();
        let balanced = totals.map(|t| if t > 0.0 { all / (n_present * t) } else { 0.0 });
        match self {
            ClassWeight::Uniform => [1.0; N_CLASSES],
            ClassWeight::Balanced => balanced,
            ClassWeight::Sqrt => balanced.map(f64::sqrt),
            ClassWeight::Custom(weights) => weights,
        }
    }
}

/// Parameters whose values were found good. Made by `check` of [`StanceModelParams`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StanceModelValidParams {
    l2: f64,
    class_weight: ClassWeight,
    nb_scaling: bool,
    fit_intercept: bool,
    tolerance: f64,
    max_iterations: usize,
}

impl StanceModelValidParams {
    /// Strength of the penalty.
    pub fn l2(&self) -> f64 {
        self.l2
    }

    /// How much the rows of each class count.
    pub fn class_weight(&self) -> ClassWeight {
        self.class_weight
    }

    /// Whether columns are scaled by how unevenly they fall on the classes.
    pub fn nb_scaling(&self) -> bool {
        self.nb_scaling
    }

    /// Whether each class has an intercept.
    pub fn fit_intercept(&self) -> bool {
        self.fit_intercept
    }

    /// Relative gradient at which the fit ends.
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Newton steps after which the fit ends in any case.
    pub fn max_iterations(&self) -> usize {
        self.max_iterations
    }
}

/// Parameters of a [`StanceModel`](super::StanceModel), not yet checked.
///
/// # Example
/// ```
/// use geostance::model::StanceModel;
/// use linfa::ParamGuard;
/// let error = StanceModel::params().l2(-1.0).check().unwrap_err();
/// assert_eq!(error.to_string(), "`l2` must be finite and not negative, got -1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StanceModelParams(StanceModelValidParams);

impl Default for StanceModelParams {
    fn default() -> Self {
        StanceModelParams(StanceModelValidParams {
            l2: 1.0,
            class_weight: ClassWeight::Uniform,
            nb_scaling: false,
            fit_intercept: true,
            tolerance: 1e-4,
            max_iterations: 100,
        })
    }
}

impl From<StanceModelValidParams> for StanceModelParams {
    fn from(valid: StanceModelValidParams) -> Self {
        StanceModelParams(valid)
    }
}

impl StanceModelParams {
    /// Strength of the penalty on the weights, 1 / C of scikit-learn. Default 1; finite and not
    /// negative. More makes weights smaller and probabilities milder.
    #[must_use]
    pub fn l2(mut self, l2: f64) -> Self {
        self.0.l2 = l2;
        self
    }

    /// How much the rows of each class count, on top of the weights of the dataset. Default
    /// [`ClassWeight::Uniform`]; custom weights are finite and not negative. Balanced weights find
    /// more of the rare classes and err more on the common one.
    #[must_use]
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.0.class_weight = class_weight;
        self
    }

    /// Whether to scale columns as NB-SVM does. Default no. Columns that fall unevenly on the
    /// classes are then penalised less, see [`nb_scale`](super::nb_scale).
    #[must_use]
    pub fn nb_scaling(mut self, nb_scaling: bool) -> Self {
        self.0.nb_scaling = nb_scaling;
        self
    }

    /// Whether each class has an intercept, which is not penalised. Default yes.
    #[must_use]
    pub fn fit_intercept(mut self, fit_intercept: bool) -> Self {
        self.0.fit_intercept = fit_intercept;
        self
    }

    /// The fit ends when the norm of the gradient is this share of its norm at zero weights.
    /// Default 0.0001; between 0 and 1, both excluded. Less takes longer and moves the
    /// probabilities less and less.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// Newton steps after which the fit ends in any case. Default 100; at least 1. Four
    /// to eight are common.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: usize) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }
}

impl ParamGuard for StanceModelParams {
    type Checked = StanceModelValidParams;
    type Error = Error;

    fn check_ref(&self) -> Result<&StanceModelValidParams> {
        let StanceModelValidParams { l2, class_weight, tolerance, max_iterations, .. } = &self.0;
        let not_negative = |name: &str, value: f64| {
            if value.is_finite() && value >= 0.0 {
                return Ok(());
            }
            Err(Error::Param(format!("`{name}` must be finite and not negative, got {value}")))
        };
        not_negative("l2", *l2)?;
        if let ClassWeight::Custom(weights) = class_weight {
            weights.iter().try_for_each(|&weight| not_negative("class_weight", weight))?;
        }
        if !(*tolerance > 0.0 && *tolerance < 1.0) {
            let message = format!("`tolerance` must lie between 0 and 1, both excluded, got {tolerance}");
            return Err(Error::Param(message));
        }
        if *max_iterations == 0 {
            return Err(Error::Param("`max_iterations` must be at least 1, got 0".to_owned()));
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<StanceModelValidParams> {
        self.check_ref()?;
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_range_is_enforced_and_named() {
        let refused = |params: StanceModelParams| params.check().unwrap_err().to_string();
        let params = StanceModelParams::default;
        assert!(params().check().is_ok());
        assert!(params().l2(0.0).check().is_ok());
        assert_eq!(refused(params().l2(f64::NAN)), "`l2` must be finite and not negative, got NaN");
        assert_eq!(
            refused(params().class_weight(ClassWeight::Custom([1.0, -2.0, 1.0]))),
            "`class_weight` must be finite and not negative, got -2"
        );
        assert_eq!(
            refused(params().tolerance(0.0)),
            "`tolerance` must lie between 0 and 1, both excluded, got 0"
        );
        assert_eq!(refused(params().max_iterations(0)), "`max_iterations` must be at least 1, got 0");
    }

    #[test]
    fn balanced_weights_give_every_class_present_the_same_total() {
        assert_eq!(ClassWeight::Balanced.of([1.0, 0.0, 3.0]), [2.0, 0.0, 2.0 / 3.0]);
        assert_eq!(ClassWeight::Sqrt.of([1.0, 4.0, 4.0]), [3f64.sqrt(), 0.75f64.sqrt(), 0.75f64.sqrt()]);
        assert_eq!(ClassWeight::Uniform.of([1.0, 9.0, 3.0]), [1.0; 3]);
    }

    #[test]
    fn parameters_survive_json_unless_a_name_is_unknown() {
        let params = StanceModelParams::default().class_weight(ClassWeight::Custom([1.0, 2.0, 3.0]));
        let json = serde_json::to_string(&params).unwrap();
        assert_eq!(serde_json::from_str::<StanceModelParams>(&json).unwrap(), params);
        assert!(serde_json::from_str::<StanceModelParams>(&json.replace("l2", "l1")).is_err());
    }
}
