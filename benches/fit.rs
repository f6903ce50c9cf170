//! Time of one fit at the size of the main corpus: 8,700 rows × 137,000 columns, 290 values a row.

#[path = "synthetic/mod.rs"]
mod synthetic;

use std::ops::ControlFlow;

use geostance::model::{ClassWeight, Known, StanceModel};
use geostance::{FeatureMatrix, Stance};
use linfa::traits::{Fit, Predict};
use linfa::{DatasetBase, ParamGuard};
use ndarray::Array1;

type Dataset = DatasetBase<FeatureMatrix, Array1<Stance>>;

fn main() {
    divan::main();
}

fn dataset() -> Dataset {
    let (x, gold) = synthetic::news(8_700, 137_000, 290);
    DatasetBase::new(x, gold)
}

/// Asserts that the fit ends where a far stricter one does.
fn assert_minimum(data: &Dataset, l2: f64, nb_scaling: bool) {
    let params = StanceModel::params().l2(l2).nb_scaling(nb_scaling);
    let objective = |tolerance| {
        let params = params.tolerance(tolerance).check().expect("valid parameters");
        let model = params.fit_reporting(data, Known::default(), &mut |_| ControlFlow::Continue(()));
        model.expect("a fit").summary().expect("fitted").objective
    };
    let (found, least) = (objective(1e-4), objective(1e-8));
    assert!((found - least) / least < 1e-5, "{found} {least}");
}

#[divan::bench(args = [0.1, 1.0, 10.0], sample_count = 5)]
fn fit(bencher: divan::Bencher, l2: f64) {
    let data = dataset();
    assert_minimum(&data, l2, false);
    let params = StanceModel::params().l2(l2);
    bencher.bench(|| params.fit(&data).expect("a fit"));
}

#[divan::bench(sample_count = 5)]
fn fit_nb_balanced(bencher: divan::Bencher) {
    let data = dataset();
    assert_minimum(&data, 1.0, true);
    let params = StanceModel::params().nb_scaling(true).class_weight(ClassWeight::Balanced);
    bencher.bench(|| params.fit(&data).expect("a fit"));
}

#[divan::bench(sample_count = 20)]
fn predict(bencher: divan::Bencher) {
    let data = dataset();
    let model = StanceModel::params().l2(0.1).fit(&data).expect("a fit");
    let right = model.predict(&data).iter().zip(&data.targets).filter(|(a, b)| a == b).count();
    assert!(right > 8_000, "{right} of 8,700 training rows");
    bencher.bench(|| model.probabilities(&data.records));
}
