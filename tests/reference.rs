//! Loss, gradient and fitted probabilities pinned to scikit-learn; `reference/make.py` made the
//! numbers, `reference/expected.json` names the version.

use geostance::model::objective::LogLoss;
use geostance::model::{ClassWeight, StanceModel};
use geostance::{FeatureMatrix, Stance};
use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;
use serde::Deserialize;

const N_ROWS: usize = 60;
const N_COLUMNS: usize = 25;

#[derive(Deserialize)]
struct Expected {
    scikit_learn: String,
    loss: f64,
    gradient: Vec<f64>,
    fits: Vec<ExpectedFit>,
}

#[derive(Deserialize)]
struct ExpectedFit {
    l2: f64,
    balanced: bool,
    weighted: bool,
    probabilities: Vec<[f64; 3]>,
}

fn expected() -> Expected {
    serde_json::from_str(include_str!("reference/expected.json")).expect("numbers of make.py")
}

/// The matrix, classes and row weights; the same integers as `fixed` in `reference/make.py`.
fn fixed() -> (FeatureMatrix, Vec<usize>, Vec<f32>) {
    let mut state = 1u64;
    let mut below = |n: u64| {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 16) % n
    };
    let mut x = FeatureMatrix::new(N_COLUMNS);
    let (mut gold, mut weights) = (Vec::new(), Vec::new());
    for _ in 0..N_ROWS {
        let mut row = Vec::new();
        for j in 0..N_COLUMNS as u32 {
            if below(4) == 0 {
                row.push((j, (below(9) as f32 - 4.0) / 4.0));
            }
        }
        x.push_row(&row);
        gold.push(match below(10) {
            0 | 1 => 0,
            2..7 => 1,
            _ => 2,
        });
        weights.push((1.0 + below(8) as f32) / 4.0);
    }
    (x, gold, weights)
}

#[test]
fn loss_and_gradient_are_scikit_learns() {
    let expected = expected();
    let (x, gold, weights) = fixed();
    let weights: Vec<f64> = weights.into_iter().map(f64::from).collect();
    let mut loss = LogLoss::<3>::new(&x, &gold, &weights, 0.7, true);
    let point: Vec<f64> = (0..loss.len()).map(|i| ((i * 37 % 101) as f64 - 50.0) / 100.0).collect();

    assert!((loss.value(&point) - expected.loss).abs() < 1e-10 * expected.loss);
    let gradient = loss.gradient(&point);
    assert_eq!(gradient.len(), expected.gradient.len());
    for (j, (ours, theirs)) in gradient.iter().zip(&expected.gradient).enumerate() {
        assert!((ours - theirs).abs() < 1e-10, "{j}: {ours} {theirs}");
    }
}

#[test]
fn fitted_probabilities_are_scikit_learns() {
    let expected = expected();
    assert_eq!(expected.fits.len(), 12);
    for fit in expected.fits {
        let (x, gold, weights) = fixed();
        let labels: Array1<Stance> = gold.iter().map(|&k| Stance::ALL[k]).collect();
        let dataset = DatasetBase::new(x, labels);
        let dataset = if fit.weighted { dataset.with_weights(Array1::from(weights)) } else { dataset };
        let class_weight = if fit.balanced { ClassWeight::Balanced } else { ClassWeight::Uniform };
        let params = StanceModel::params().l2(fit.l2).class_weight(class_weight).tolerance(1e-10);
        let model = params.fit(&dataset).unwrap();
        assert!(model.summary().unwrap().converged);

        let ours = model.probabilities(&dataset.records);
        for (i, (ours, theirs)) in ours.rows().into_iter().zip(&fit.probabilities).enumerate() {
            for (ours, theirs) in ours.iter().zip(theirs) {
                let difference = (f64::from(*ours) - theirs).abs();
                let version = &expected.scikit_learn;
                assert!(
                    difference < 1e-6,
                    "row {i}: {ours} is not scikit-learn {version}'s {theirs}; l2 {}, balanced {}, weighted {}",
                    fit.l2,
                    fit.balanced,
                    fit.weighted
                );
            }
        }
    }
}
