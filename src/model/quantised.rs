//! Weights in a byte each, as model files hold them.
//!
//! Each class has a step; a weight is a whole number of steps from -127 to 127. Rounding to 8 bits changes no
//! score that can be measured (docs/DESIGN.md).

use super::{Class, N_CLASSES, StanceModel};

/// Weights of a model as whole numbers of steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    /// Size of a step for each class.
    pub step: [f32; N_CLASSES],
    /// n_features × 3 whole numbers of steps.
    pub steps: Vec<[i8; N_CLASSES]>,
}

impl Quantised {
    /// The weights of one column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn weight(&self, column: usize) -> [f32; N_CLASSES] {
        std::array::from_fn(|k| f32::from(self.steps[column][k]) * self.step[k])
    }
}

/// Rounds the weights of a model. Rounding what was rounded before changes nothing.
pub fn quantise<L: Class>(model: &StanceModel<L>) -> Quantised {
    let mut greatest = [0.0f32; N_CLASSES];
    for weights in model.weights() {
        greatest.iter_mut().zip(weights).for_each(|(g, w)| *g = g.max(w.abs()));
    }
    let step = greatest.map(|g| if g > 0.0 { g / 127.0 } else { 1.0 });
    let round = |w: &[f32; N_CLASSES]| std::array::from_fn(|k| (w[k] / step[k]).round() as i8);
    Quantised { step, steps: model.weights().iter().map(round).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stance;

    #[test]
    fn rounding_twice_is_rounding_once() {
        let weights = vec![[0.5, -1.25, 0.0], [1.0, 0.003, -2.0], [-0.77, 0.31, 0.9]];
        let model: StanceModel<Stance> = StanceModel::from_parts(weights.clone(), [0.0; 3]).unwrap();
        let once = quantise(&model);
        for (column, weights) in weights.iter().enumerate() {
            for (w, q) in weights.iter().zip(once.weight(column)) {
                assert!((w - q).abs() <= 2.0 / 254.0);
            }
        }
        let rounded = (0..3).map(|c| once.weight(c)).collect();
        let twice = quantise(&StanceModel::<Stance>::from_parts(rounded, [0.0; 3]).unwrap());
        assert_eq!(once.steps, twice.steps);
    }
}
