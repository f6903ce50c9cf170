//! Rows like those of news sentences: column frequencies after Zipf, unit length, labels that
//! follow planted weights with noise. Whole-number arithmetic drives it: the same rows everywhere.

use geostance::{FeatureMatrix, Stance};
use ndarray::Array1;

/// `n_rows` rows over `n_columns` columns, about `per_row` values in each.
pub fn news(n_rows: usize, n_columns: usize, per_row: usize) -> (FeatureMatrix, Array1<Stance>) {
    let mut state = 1u64;
    let mut uniform = move || {
        // the linear congruential generator of Knuth's MMIX, upper 53 bits
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let planted: Vec<[f64; 3]> =
        (0..n_columns).map(|_| std::array::from_fn(|_| 6.0 * (uniform() - 0.5))).collect();
    // columns are scattered over ranks, as names in alphabetical order are
    let column_of = |rank: usize| (rank * 7_919) % n_columns;

    let mut x = FeatureMatrix::new(n_columns);
    let mut gold = Vec::with_capacity(n_rows);
    for _ in 0..n_rows {
        let mut row: Vec<(u32, f32)> = Vec::with_capacity(per_row);
        while row.len() < per_row {
            while row.len() < per_row {
                // density proportional to 1 / (rank + 20): ranks are powers of the range
                let rank = 20.0 * (n_columns as f64 / 20.0 + 1.0).powf(uniform()) - 20.0;
                let column = column_of((rank as usize).min(n_columns - 1));
                row.push((column as u32, (0.2 + (1.0 + rank).ln() / 12.0) as f32));
            }
            row.sort_by_key(|entry| entry.0);
            row.dedup_by_key(|entry| entry.0);
        }
        let norm = row.iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
        row.iter_mut().for_each(|(_, v)| *v /= norm);
        x.push_row(&row);

        let score =
            |k: usize| -> f64 { row.iter().map(|&(c, v)| f64::from(v) * planted[c as usize][k]).sum() };
        let noisy: [f64; 3] = std::array::from_fn(|k| score(k) + 0.8 * uniform() + [0.0, 0.6, -0.3][k]);
        gold.push(Stance::ALL[(0..3).fold(0, |best, k| if noisy[k] > noisy[best] { k } else { best })]);
    }
    (x, Array1::from(gold))
}
