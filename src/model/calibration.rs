//! Scores → probabilities that come true as often as they say.
//!
//! Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural
//! networks", section 4.2): p = softmax(z / T). With a bias of each class, p = softmax(z / T + b),
//! it also corrects class shares that training changed, as class weights do. Both are fitted on
//! held-out scores; the log loss is convex in (1 / T, b), so there is one minimum.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::class::{Class, N_CLASSES};
use super::objective::{Objective, log_sum_exp, softmax};
use super::solver::newton::{Stop, minimise};
use crate::error::{Error, Result};

/// How scores become probabilities: softmax(score / temperature + bias).
///
/// # Example
/// ```
/// use geostance::model::calibration::Calibration;
/// let none = Calibration::default();
/// assert_eq!(none.probabilities_of([0.0; 3]), [1.0 / 3.0; 3]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Scores are divided by it; above 1 it makes probabilities milder.
    pub temperature: f64,
    /// Added for each class, in [`Class::ALL`] order.
    pub bias: [f64; N_CLASSES],
}

impl Default for Calibration {
    /// Probabilities as the model gives them.
    fn default() -> Self {
        Calibration { temperature: 1.0, bias: [0.0; N_CLASSES] }
    }
}

/// Least and greatest 1 / temperature.
const SHARPNESS: (f64, f64) = (0.01, 100.0);

/// Pull toward no calibration, as a share of the rows: it keeps the minimum finite where every row
/// is judged right or a class is missing, and is otherwise too weak to be seen.
const PULL: f64 = 1e-6;

impl Calibration {
    /// Fits the temperature alone, which changes no prediction. `scores` are those of held-out rows
    /// of class `gold`.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no rows, if the two differ in number, or if a score is not finite.
    pub fn fit_temperature<L: Class>(scores: &[[f64; N_CLASSES]], gold: &[L]) -> Result<Calibration> {
        let mut fit = CalibrationLoss::new(scores, gold)?;
        fit.free = [1.0, 0.0, 0.0, 0.0];
        fit.calibrate()
    }

    /// Fits temperature and biases. `scores` are those of held-out rows of class `gold`.
    ///
    /// # Errors
    /// [`Error::Data`] if there are no rows, if the two differ in number, or if a score is not finite.
    pub fn fit_bias<L: Class>(scores: &[[f64; N_CLASSES]], gold: &[L]) -> Result<Calibration> {
        CalibrationLoss::new(scores, gold)?.calibrate()
    }

    /// Scores as they are after calibration.
    pub fn calibrate(&self, scores: [f64; N_CLASSES]) -> [f64; N_CLASSES] {
        std::array::from_fn(|k| scores[k] / self.temperature + self.bias[k])
    }

    /// Calibrated probability of each class.
    pub fn probabilities_of(&self, scores: [f64; N_CLASSES]) -> [f64; N_CLASSES] {
        softmax(&self.calibrate(scores))
    }
}

/// Mean log loss over the weights (1 / T − 1, b).
struct CalibrationLoss {
    scores: Vec<[f64; N_CLASSES]>,
    gold: Vec<usize>,
    /// 1 for a weight that is fitted, 0 for one that stays.
    free: [f64; 4],
    at: [f64; 4],
    along: [f64; 4],
}

impl CalibrationLoss {
    fn new<L: Class>(scores: &[[f64; N_CLASSES]], gold: &[L]) -> Result<Self> {
        if scores.len() != gold.len() || scores.is_empty() {
            let (n, m) = (scores.len(), gold.len());
            return Err(Error::Data(format!(
                "calibration needs scores and labels of the same rows, got {n} and {m}"
            )));
        }
        if let Some(i) = scores.iter().position(|z| z.iter().any(|z| !z.is_finite())) {
            return Err(Error::Data(format!("scores must be finite, got {:?} in row {i}", scores[i])));
        }
        let gold = gold.iter().map(|label| label.index()).collect();
        Ok(CalibrationLoss { scores: scores.to_vec(), gold, free: [1.0; 4], at: [0.0; 4], along: [0.0; 4] })
    }

    fn calibrate(mut self) -> Result<Calibration> {
        let mut w = [0.0; 4];
        let stop = Stop { tolerance: 1e-9, max_iterations: 200 };
        let mut quiet = |_| ControlFlow::Continue(());
        minimise(&mut self, &mut w, stop, &mut quiet)?;
        let sharpness = (1.0 + w[0]).clamp(SHARPNESS.0, SHARPNESS.1);
        if sharpness != 1.0 + w[0] {
            // by convexity the best lies on the bound: the biases are fitted there
            w = [sharpness - 1.0, 0.0, 0.0, 0.0];
            self.scores.iter_mut().for_each(|z| *z = z.map(|z| z * sharpness));
            self.free[0] = 0.0;
            let mut bias = [0.0; 4];
            minimise(&mut self, &mut bias, stop, &mut quiet)?;
            w[1..].copy_from_slice(&bias[1..]);
        }
        let mean = (w[1] + w[2] + w[3]) / 3.0;
        Ok(Calibration { temperature: 1.0 / sharpness, bias: [w[1] - mean, w[2] - mean, w[3] - mean] })
    }

    /// Calibrated scores of a row.
    fn scores_at(w: &[f64], z: &[f64; N_CLASSES]) -> [f64; N_CLASSES] {
        std::array::from_fn(|k| z[k] * (1.0 + w[0]) + w[k + 1])
    }

    fn value(&self, w: &[f64]) -> f64 {
        let rows = self.scores.iter().zip(&self.gold);
        let loss: f64 = rows
            .map(|(z, &gold)| {
                let z = Self::scores_at(w, z);
                log_sum_exp(&z) - z[gold]
            })
            .sum();
        loss / self.scores.len() as f64 + 0.5 * PULL * w.iter().map(|w| w * w).sum::<f64>()
    }

    /// Σ over rows of what a row adds, divided by their number; only to free weights.
    fn mean(&self, out: &mut [f64], row: impl Fn(&[f64; N_CLASSES], usize) -> [f64; 4]) {
        out.fill(0.0);
        for (z, &gold) in self.scores.iter().zip(&self.gold) {
            let terms = row(z, gold);
            (0..4).for_each(|j| out[j] += terms[j]);
        }
        (0..4).for_each(|j| out[j] *= self.free[j] / self.scores.len() as f64);
    }
}

impl Objective for CalibrationLoss {
    fn n_weights(&self) -> usize {
        4
    }

    fn move_to(&mut self, w: &[f64]) -> f64 {
        self.at.copy_from_slice(w);
        self.value(w)
    }

    fn gradient(&mut self, w: &[f64], gradient: &mut [f64]) {
        self.mean(gradient, |z, gold| {
            let mut d = softmax(&Self::scores_at(w, z));
            d[gold] -= 1.0;
            [(0..3).map(|k| d[k] * z[k]).sum(), d[0], d[1], d[2]]
        });
        (0..4).for_each(|j| gradient[j] += self.free[j] * PULL * w[j]);
    }

    fn preconditioner(&mut self, diagonal: &mut [f64]) {
        self.mean(diagonal, |z, _| {
            let p = softmax(&Self::scores_at(&self.at, z));
            let mean: f64 = (0..3).map(|k| p[k] * z[k]).sum();
            let variance = (0..3).map(|k| p[k] * (z[k] - mean) * (z[k] - mean)).sum();
            [variance, p[0] * (1.0 - p[0]), p[1] * (1.0 - p[1]), p[2] * (1.0 - p[2])]
        });
        (0..4).for_each(|j| diagonal[j] += PULL);
    }

    fn hessian_product(&mut self, direction: &[f64], product: &mut [f64]) {
        self.mean(product, |z, _| {
            let p = softmax(&Self::scores_at(&self.at, z));
            let u: [f64; 3] = std::array::from_fn(|k| z[k] * direction[0] + direction[k + 1]);
            let mean: f64 = (0..3).map(|k| p[k] * u[k]).sum();
            let d: [f64; 3] = std::array::from_fn(|k| p[k] * (u[k] - mean));
            [(0..3).map(|k| d[k] * z[k]).sum(), d[0], d[1], d[2]]
        });
        (0..4).for_each(|j| product[j] += PULL * direction[j]);
    }

    fn aim(&mut self, _: &[f64], direction: &[f64]) {
        self.along.copy_from_slice(direction);
    }

    fn value_along(&self, t: f64) -> f64 {
        let there: [f64; 4] = std::array::from_fn(|j| self.at[j] + t * self.along[j]);
        self.value(&there)
    }

    fn advance(&mut self, t: f64) {
        (0..4).for_each(|j| self.at[j] += t * self.along[j]);
    }
}

/// How far confidence and truth lie apart: Σ over bins of share × |mean confidence − accuracy|.
///
/// `confidence` is the probability of the chosen class, `correct` whether the choice was right; bins
/// are equally wide (15 in the literature; Guo et al. 2017, section 2). 0 is perfect; no rows give 0.
///
/// # Panics
/// If the two differ in length or `n_bins` is 0.
pub fn expected_calibration_error(confidence: &[f64], correct: &[bool], n_bins: usize) -> f64 {
    assert_eq!(confidence.len(), correct.len(), "one truth for each confidence");
    assert!(n_bins > 0, "at least one bin");
    // Σ of confidence − correct in each bin: its share and count cancel
    let mut gaps = vec![0.0; n_bins];
    for (&confidence, &correct) in confidence.iter().zip(correct) {
        // a bin holds its upper edge, not its lower one
        let bin = ((confidence * n_bins as f64).ceil() as usize).clamp(1, n_bins) - 1;
        gaps[bin] += confidence - f64::from(u8::from(correct));
    }
    gaps.iter().map(|gap: &f64| gap.abs()).sum::<f64>() / confidence.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stance::Stance;

    /// Rows whose labels follow softmax(z) as exactly as whole numbers can.
    fn rows() -> (Vec<[f64; 3]>, Vec<Stance>) {
        let (mut scores, mut gold) = (Vec::new(), Vec::new());
        for z in [[1.0, 0.0, -0.5], [-1.0, 0.3, 0.8], [0.0, 2.0, 0.0], [0.4, -0.2, 0.1]] {
            for (k, p) in softmax(&z).into_iter().enumerate() {
                for _ in 0..(p * 2_000.0).round() as usize {
                    scores.push(z);
                    gold.push(Stance::ALL[k]);
                }
            }
        }
        (scores, gold)
    }

    #[test]
    fn a_known_temperature_is_found() {
        let (scores, gold) = rows();
        for temperature in [0.5, 1.0, 3.0] {
            let scaled: Vec<_> = scores.iter().map(|z| z.map(|z| z * temperature)).collect();
            let found = Calibration::fit_temperature(&scaled, &gold).unwrap();
            assert!((found.temperature - temperature).abs() < 2e-3 * temperature, "{found:?}");
            assert_eq!(found.bias, [0.0; 3]);
        }
    }

    #[test]
    fn a_known_bias_is_found() {
        let (scores, gold) = rows();
        let shifted: Vec<_> =
            scores.iter().map(|z| [2.0 * z[0] - 1.0, 2.0 * z[1], 2.0 * z[2] + 1.0]).collect();
        let found = Calibration::fit_bias(&shifted, &gold).unwrap();
        assert!((found.temperature - 2.0).abs() < 5e-3, "{found:?}");
        for (found, expected) in found.bias.iter().zip([0.5, 0.0, -0.5]) {
            assert!((found - expected).abs() < 2e-3);
        }
    }

    #[test]
    fn all_right_and_all_wrong_stay_finite() {
        let scores = vec![[2.0, 0.0, 0.0]; 5];
        let right = Calibration::fit_bias(&scores, &[Stance::Against; 5]).unwrap();
        assert!(right.probabilities_of(scores[0])[0] > 0.99 && right.temperature > 0.0);
        let wrong = Calibration::fit_temperature(&scores, &[Stance::Favor; 5]).unwrap();
        assert_eq!(wrong.temperature, 100.0);
        let wrong = Calibration::fit_bias(&scores, &[Stance::Favor; 5]).unwrap();
        assert!(wrong.probabilities_of(scores[0])[2] > 0.99, "{wrong:?}");
        assert!(Calibration::fit_bias::<Stance>(&[], &[]).is_err());
    }

    #[test]
    fn the_error_is_that_worked_out_by_hand() {
        // 0.4 and 0.5 share a bin of two: |0.9 - 1| ; 0.9 alone: |0.9 - 1|
        let error = expected_calibration_error(&[0.4, 0.5, 0.9], &[true, false, true], 2);
        assert!((error - 0.2 / 3.0).abs() < 1e-12, "{error}");
        assert_eq!(expected_calibration_error(&[1.0, 0.0], &[true, false], 15), 0.0);
    }
}
