//! Row → loss: the weighted multinomial log loss, its gradient and its curvature.
//!
//! ```text
//! f(w, b) = Σ_i c_i (ln Σ_k exp z_ik − z_i,gold(i))  +  ½ Σ_jk (l2 / s_jk²) w_jk²
//! z_ik    = b_k + Σ_j x_ij w_jk
//! ```
//!
//! With every `s_jk` = 1 this is scikit-learn's multinomial `LogisticRegression` at C = 1 / `l2`,
//! divided by C. The intercepts `b_k` carry no penalty.
//!
//! `s_jk` is the scaling of NB-SVM (Wang and Manning 2012, "Baselines and Bigrams", section 2):
//! logits Σ x s v with |v|² penalised. We put w = s v and penalise w² / s² instead. It is the same
//! problem, and under the solver's diagonal preconditioner the conjugate gradients
//! take the same steps in both forms; this one costs no multiplication in the
//! loops over the data, and a fitted `w` needs no scaling before it predicts.
//!
//! Offsets o_ik, where there are any, are added to z_ik: what another model says of the row. Then b_k, too, is penalised,
//! with l2: it tells how far the rows move that model's intercept.
//!
//! Hessian: Σ_i c_i x_ij x_il p_ik ([k = m] − p_im), so its product with a direction takes one pass
//! over rows and one over columns (Lin, Weng and Keerthi 2008, section 2.1).

use std::borrow::Cow;

use super::shared::ColumnVectors;
use crate::feature::matrix::FeatureMatrix;

/// Something smooth and convex that a solver can minimise.
///
/// It remembers the point it was last moved to; curvature and products are taken there.
pub(crate) trait Objective {
    /// Number of weights.
    fn n_weights(&self) -> usize;
    /// Moves to `w` and returns the value there.
    fn move_to(&mut self, w: &[f64]) -> f64;
    /// Writes the gradient at the present point, which is `w`.
    fn gradient(&mut self, w: &[f64], gradient: &mut [f64]);
    /// Writes a diagonal that stands for the Hessian where its inverse is wanted cheaply.
    fn preconditioner(&mut self, diagonal: &mut [f64]);
    /// Writes the product of the Hessian and `direction`.
    fn hessian_product(&mut self, direction: &[f64], product: &mut [f64]);
    /// Takes up the line `w` + t `direction` from the present point, which is `w`.
    fn aim(&mut self, w: &[f64], direction: &[f64]);
    /// The value on that line.
    fn value_along(&self, t: f64) -> f64;
    /// Moves along that line.
    fn advance(&mut self, t: f64);
}

/// How much of the data's curvature the preconditioner adds to the penalty.
///
/// There are far more weights than rows, so in most directions only the penalty bends the objective. With the
/// whole diagonal those directions would seem as different as their columns are, with this share they are
/// nearly alike, which conjugate gradients are quick with: on NewsMTSC 98 products instead of 158. The value is
/// the α of Hsia, Chiang and Lin (2018), who mix α of the diagonal with 1 − α of the penalty.
const DATA_SHARE: f64 = 0.01;

/// The transposed matrix: for each column its rows, ascending, and their values.
///
/// A gradient read off columns writes each weight once, and reads only as many numbers as there
/// are rows, which a cache holds; scattered from rows it would touch all weights again and again.
#[derive(Debug)]
struct Columns {
    starts: Vec<usize>,
    rows: Vec<u32>,
    values: Vec<f32>,
}

impl Columns {
    fn of(x: &FeatureMatrix) -> Columns {
        let mut starts = vec![0usize; x.n_columns() + 1];
        for row in x.rows() {
            for &column in row.columns {
                starts[column as usize + 1] += 1;
            }
        }
        for j in 0..x.n_columns() {
            starts[j + 1] += starts[j];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; x.n_values()];
        let mut values = vec![0f32; x.n_values()];
        for (i, row) in x.rows().enumerate() {
            for (column, value) in row.iter() {
                rows[next[column]] = i as u32;
                values[next[column]] = value;
                next[column] += 1;
            }
        }
        Columns { starts, rows, values }
    }

    fn iter(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        self.starts.windows(2).map(|w| (&self.rows[w[0]..w[1]], &self.values[w[0]..w[1]]))
    }
}

/// The weighted multinomial log loss of `K` classes over the rows of a matrix, with its penalty.
///
/// Weights are laid out `[column][class]`, then, where intercepts are fitted, one for each class, then, where columns
/// have vectors, the shared ones `[group][dimension][class]`.
///
/// # Example
/// ```
/// use geostance::FeatureMatrix;
/// use geostance::model::objective::LogLoss;
/// let mut x = FeatureMatrix::new(1);
/// x.push_row(&[(0, 1.0)]);
/// let loss = LogLoss::<3>::new(&x, &[2], &[1.0], 1.0, true);
/// let at_zero = vec![0.0; loss.len()];
/// assert!((loss.value(&at_zero) - 3f64.ln()).abs() < 1e-12);
/// ```
#[derive(Debug)]
pub struct LogLoss<'a, const K: usize> {
    x: &'a FeatureMatrix,
    columns: Columns,
    gold: Vec<u32>,
    row_weights: Vec<f64>,
    l2: f64,
    /// l2 / s² of each weight, where there is a scaling.
    penalties: Option<Vec<[f64; K]>>,
    intercept: bool,
    vectors: Option<&'a ColumnVectors>,
    /// What each row's logits are before any weight.
    offsets: Option<Vec<[f64; K]>>,
    /// n_rows × K at the present point.
    logits: Vec<[f64; K]>,
    probabilities: Vec<[f64; K]>,
    /// What the rows say of a direction, and work space for what goes back to the columns.
    along: Vec<[f64; K]>,
    back: Vec<[f64; K]>,
    /// Penalty on the line: value, slope, half curvature.
    penalty_along: [f64; 3],
}

impl<'a, const K: usize> LogLoss<'a, K> {
    /// The loss of the rows of `x`, of class `gold[i]` and weight `row_weights[i]`.
    ///
    /// # Panics
    /// If `gold` or `row_weights` has another length than `x` has rows, or a class is not below `K`.
    pub fn new(
        x: &'a FeatureMatrix,
        gold: &[usize],
        row_weights: &[f64],
        l2: f64,
        intercept: bool,
    ) -> LogLoss<'a, K> {
        let n = x.n_rows();
        assert_eq!(gold.len(), n, "one class for each row");
        assert_eq!(row_weights.len(), n, "one weight for each row");
        assert!(gold.iter().all(|&k| k < K), "classes are below {K}");
        LogLoss {
            x,
            columns: Columns::of(x),
            gold: gold.iter().map(|&k| k as u32).collect(),
            row_weights: row_weights.to_vec(),
            l2,
            penalties: None,
            intercept,
            vectors: None,
            offsets: None,
            logits: vec![[0.0; K]; n],
            probabilities: vec![[0.0; K]; n],
            along: vec![[0.0; K]; n],
            back: vec![[0.0; K]; n],
            penalty_along: [0.0; 3],
        }
    }

    /// The same loss with the penalty `l2 / s²` on each weight, `scale` holding s by `[column][class]`.
    ///
    /// # Panics
    /// If `scale` has another length than the matrix has columns.
    #[must_use]
    pub fn with_scale(mut self, scale: &[[f64; K]]) -> Self {
        assert_eq!(scale.len(), self.x.n_columns(), "one scale for each column");
        self.penalties = Some(scale.iter().map(|s| s.map(|s| self.l2 / (s * s))).collect());
        self
    }

    /// The same loss of columns that share weights by their vectors.
    ///
    /// # Panics
    /// If `vectors` is of another number of columns than the matrix has.
    #[must_use]
    pub fn with_vectors(mut self, vectors: &'a ColumnVectors) -> Self {
        assert_eq!(vectors.n_columns(), self.x.n_columns(), "a place for each column");
        self.vectors = Some(vectors);
        self
    }

    /// The same loss of rows whose logits begin at these.
    ///
    /// # Panics
    /// If there is not one for each row.
    #[must_use]
    pub fn with_offsets(mut self, offsets: Vec<[f64; K]>) -> Self {
        assert_eq!(offsets.len(), self.x.n_rows(), "an offset for each row");
        self.offsets = Some(offsets);
        self
    }

    /// Number of weights, intercepts and shared ones among them.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        (self.first_shared() + self.vectors.map_or(0, ColumnVectors::n_shared)) * K
    }

    /// Columns and intercepts come before the shared weights.
    fn first_shared(&self) -> usize {
        self.x.n_columns() + usize::from(self.intercept)
    }

    /// Weight of each column, its part of the shared ones within, then the intercepts.
    pub fn folded<'w>(&self, w: &'w [f64]) -> Cow<'w, [[f64; K]]> {
        let (w, _) = w.as_chunks::<K>();
        let (own, shared) = w.split_at(self.first_shared());
        match self.vectors {
            None => Cow::Borrowed(own),
            Some(vectors) => {
                let mut own = own.to_vec();
                vectors.spread(shared, &mut own);
                Cow::Owned(own)
            }
        }
    }

    /// The loss at `w`.
    ///
    /// # Panics
    /// If `w` has another length than [`LogLoss::len`].
    pub fn value(&self, w: &[f64]) -> f64 {
        let mut logits = vec![[0.0; K]; self.x.n_rows()];
        self.forward(w, &mut logits);
        self.offset(&mut logits);
        self.data_loss(|i| logits[i]) + 0.5 * self.penalty_product(w, w)
    }

    /// The gradient at `w`, laid out as `w` is.
    ///
    /// # Panics
    /// If `w` has another length than [`LogLoss::len`].
    pub fn gradient(&mut self, w: &[f64]) -> Vec<f64> {
        let mut gradient = vec![0.0; self.len()];
        self.move_to(w);
        Objective::gradient(self, w, &mut gradient);
        gradient
    }

    /// Intercepts are free where they begin at nothing, and held to what offsets already say.
    fn intercept_penalty(&self) -> f64 {
        if self.offsets.is_some() { self.l2 } else { 0.0 }
    }

    fn offset(&self, logits: &mut [[f64; K]]) {
        for (z, offset) in logits.iter_mut().zip(self.offsets.iter().flatten()) {
            *z = add(*z, *offset);
        }
    }

    /// Logits of each row, offsets aside: `out[i]` = b + Σ_j x_ij w_j.
    fn forward(&self, w: &[f64], out: &mut [[f64; K]]) {
        assert_eq!(w.len(), self.len(), "weights");
        let w = &*self.folded(w);
        let bias = if self.intercept { w[self.x.n_columns()] } else { [0.0; K] };
        for (row, out) in self.x.rows().zip(out) {
            *out = add(bias, dot_row(row.columns, row.values, w));
        }
    }

    /// `out[j]` = Σ_i x_ij back_i for each column, Σ_i back_i for the intercepts, what vectors make of the columns'
    /// for the shared weights, plus the penalty at `w`.
    fn backward(&self, w: &[f64], out: &mut [f64]) {
        let (out, _) = out.as_chunks_mut::<K>();
        let (w, _) = w.as_chunks::<K>();
        let n_columns = self.x.n_columns();
        let (own, shared) = out.split_at_mut(self.first_shared());
        for ((rows, values), out) in self.columns.iter().zip(&mut *own) {
            *out = dot_row(rows, values, &self.back);
        }
        if let Some(vectors) = self.vectors {
            vectors.gather(own, shared);
            let w = &w[own.len()..];
            shared.iter_mut().zip(w).for_each(|(out, w)| (0..K).for_each(|k| out[k] += self.l2 * w[k]));
        }
        for (j, (out, w)) in own[..n_columns].iter_mut().zip(w).enumerate() {
            let penalty = self.penalties.as_ref().map_or([self.l2; K], |penalties| penalties[j]);
            (0..K).for_each(|k| out[k] += penalty[k] * w[k]);
        }
        if self.intercept {
            let sum = self.back.iter().fold([0.0; K], |sum, back| add(sum, *back));
            let penalty = self.intercept_penalty();
            own[n_columns] = std::array::from_fn(|k| sum[k] + penalty * w[n_columns][k]);
        }
    }

    /// Σ_i c_i (log Σ exp z − z_gold), the rows' logits given by `logits`.
    fn data_loss(&self, logits: impl Fn(usize) -> [f64; K]) -> f64 {
        let rows = self.gold.iter().zip(&self.row_weights).enumerate();
        rows.map(|(i, (&gold, &weight))| {
            let z = logits(i);
            weight * (log_sum_exp(&z) - z[gold as usize])
        })
        .sum()
    }

    /// Σ_jk penalty_jk u_jk v_jk.
    fn penalty_product(&self, u: &[f64], v: &[f64]) -> f64 {
        let n = self.x.n_columns() * K;
        let own = match &self.penalties {
            None => self.l2 * dot(&u[..n], &v[..n]),
            Some(penalties) => {
                let terms = penalties.as_flattened().iter().zip(&u[..n]).zip(&v[..n]);
                terms.map(|((p, u), v)| p * u * v).sum()
            }
        };
        let first = self.first_shared() * K;
        let own = own + self.intercept_penalty() * dot(&u[n..first], &v[n..first]);
        own + self.l2 * dot(&u[first..], &v[first..])
    }

    fn set_probabilities(&mut self) {
        for (p, z) in self.probabilities.iter_mut().zip(&self.logits) {
            *p = softmax(z);
        }
    }
}

impl<const K: usize> Objective for LogLoss<'_, K> {
    fn n_weights(&self) -> usize {
        self.len()
    }

    fn move_to(&mut self, w: &[f64]) -> f64 {
        let mut logits = std::mem::take(&mut self.logits);
        self.forward(w, &mut logits);
        self.offset(&mut logits);
        self.logits = logits;
        self.set_probabilities();
        self.data_loss(|i| self.logits[i]) + 0.5 * self.penalty_product(w, w)
    }

    fn gradient(&mut self, w: &[f64], gradient: &mut [f64]) {
        for (i, back) in self.back.iter_mut().enumerate() {
            *back = self.probabilities[i];
            back[self.gold[i] as usize] -= 1.0;
            back.iter_mut().for_each(|b| *b *= self.row_weights[i]);
        }
        self.backward(w, gradient);
    }

    fn preconditioner(&mut self, diagonal: &mut [f64]) {
        for (i, back) in self.back.iter_mut().enumerate() {
            *back = self.probabilities[i].map(|p| self.row_weights[i] * p * (1.0 - p));
        }
        let (diagonal, _) = diagonal.as_chunks_mut::<K>();
        let (own, shared) = diagonal.split_at_mut(self.first_shared());
        for ((rows, values), sum) in self.columns.iter().zip(&mut *own) {
            *sum = [0.0; K];
            for (&i, &value) in rows.iter().zip(values) {
                let square = f64::from(value) * f64::from(value);
                let back = &self.back[i as usize];
                (0..K).for_each(|k| sum[k] += square * back[k]);
            }
        }
        if let Some(vectors) = self.vectors {
            // as if no two columns of a group stood in one row
            vectors.gather_squares(own, shared);
            shared.iter_mut().flatten().for_each(|sum| *sum += self.l2);
        }
        let n_columns = self.x.n_columns();
        for (j, sum) in own[..n_columns].iter_mut().enumerate() {
            let penalty = self.penalties.as_ref().map_or([self.l2; K], |penalties| penalties[j]);
            *sum = std::array::from_fn(|k| penalty[k] + DATA_SHARE * sum[k]);
        }
        if self.intercept {
            let sum = self.back.iter().fold([0.0; K], |sum, back| add(sum, *back));
            let penalty = self.intercept_penalty();
            own[n_columns] = sum.map(|sum| penalty + DATA_SHARE * sum);
        }
    }

    fn hessian_product(&mut self, direction: &[f64], product: &mut [f64]) {
        let mut back = std::mem::take(&mut self.back);
        self.forward(direction, &mut back);
        for (i, u) in back.iter_mut().enumerate() {
            let p = &self.probabilities[i];
            let mean: f64 = (0..K).map(|k| p[k] * u[k]).sum();
            (0..K).for_each(|k| u[k] = self.row_weights[i] * p[k] * (u[k] - mean));
        }
        self.back = back;
        self.backward(direction, product);
    }

    fn aim(&mut self, w: &[f64], direction: &[f64]) {
        let mut along = std::mem::take(&mut self.along);
        self.forward(direction, &mut along);
        self.along = along;
        self.penalty_along = [
            0.5 * self.penalty_product(w, w),
            self.penalty_product(w, direction),
            0.5 * self.penalty_product(direction, direction),
        ];
    }

    fn value_along(&self, t: f64) -> f64 {
        let [value, slope, curve] = self.penalty_along;
        self.data_loss(|i| step(&self.logits[i], t, &self.along[i])) + value + t * (slope + t * curve)
    }

    fn advance(&mut self, t: f64) {
        for (z, along) in self.logits.iter_mut().zip(&self.along) {
            *z = step(z, t, along);
        }
        self.set_probabilities();
    }
}

/// Probabilities of logits, none of them overflowing.
pub(crate) fn softmax<const K: usize>(z: &[f64; K]) -> [f64; K] {
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let e = z.map(|z| (z - most).exp());
    let sum: f64 = e.iter().sum();
    e.map(|e| e / sum)
}

/// ln Σ exp z, not overflowing.
pub(crate) fn log_sum_exp<const K: usize>(z: &[f64; K]) -> f64 {
    let most = z.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + z.iter().map(|z| (z - most).exp()).sum::<f64>().ln()
}

/// Σ value × weights of its index.
fn dot_row<const K: usize>(indices: &[u32], values: &[f32], weights: &[[f64; K]]) -> [f64; K] {
    let mut sum = [0.0; K];
    for (&index, &value) in indices.iter().zip(values) {
        let (value, weight) = (f64::from(value), &weights[index as usize]);
        (0..K).for_each(|k| sum[k] += value * weight[k]);
    }
    sum
}

fn add<const K: usize>(a: [f64; K], b: [f64; K]) -> [f64; K] {
    std::array::from_fn(|k| a[k] + b[k])
}

fn step<const K: usize>(z: &[f64; K], t: f64, along: &[f64; K]) -> [f64; K] {
    std::array::from_fn(|k| z[k] + t * along[k])
}

/// Inner product, in an order that is always the same and that vector units can follow.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let mut sums = [0.0; 8];
    for (a, b) in a.iter().zip(b) {
        (0..8).for_each(|k| sums[k] += a[k] * b[k]);
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scale::nb_scale;
    use crate::model::shared::Place;

    fn matrix() -> FeatureMatrix {
        let mut x = FeatureMatrix::new(5);
        x.push_row(&[(0, 1.0), (2, -0.5)]);
        x.push_row(&[(1, 2.0), (2, 0.25), (4, 1.0)]);
        x.push_row(&[]);
        x.push_row(&[(0, 0.5), (4, -1.5)]);
        x
    }

    const GOLD: [usize; 4] = [2, 0, 1, 2];
    const WEIGHTS: [f64; 4] = [1.0, 0.5, 2.0, 0.25];

    fn point(n: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * 7 % 11) as f64 - 5.0) / 6.0).collect()
    }

    fn losses<'a>(x: &'a FeatureMatrix, vectors: &'a ColumnVectors) -> Vec<LogLoss<'a, 3>> {
        let scale = nb_scale::<3>(x, &GOLD);
        vec![
            LogLoss::new(x, &GOLD, &WEIGHTS, 0.3, true),
            LogLoss::new(x, &GOLD, &WEIGHTS, 0.3, false),
            LogLoss::new(x, &GOLD, &WEIGHTS, 0.3, true).with_scale(&scale),
            LogLoss::new(x, &GOLD, &WEIGHTS, 0.3, true).with_scale(&scale).with_vectors(vectors),
            LogLoss::new(x, &GOLD, &WEIGHTS, 0.3, true).with_offsets(vec![[0.5, -1.0, 0.25]; 4]),
        ]
    }

    fn vectors() -> ColumnVectors {
        let place = |group, vector, negative| Some(Place { group, vector, negative });
        let places =
            vec![place(0, 1, false), place(1, 0, false), place(1, 2, true), None, place(0, 2, false)];
        ColumnVectors::new(2, [0.5, -0.25, 1.0, 0.0, 0.75, 0.5].into(), places)
    }

    #[test]
    fn gradient_equals_finite_differences() {
        let (x, vectors) = (matrix(), vectors());
        for mut loss in losses(&x, &vectors) {
            let w = point(loss.len());
            let gradient = loss.gradient(&w);
            for j in 0..w.len() {
                let at = |h: f64| {
                    let mut w = w.clone();
                    w[j] += h;
                    loss.value(&w)
                };
                let difference = (at(1e-5) - at(-1e-5)) / 2e-5;
                assert!((gradient[j] - difference).abs() < 1e-8, "{j}: {} {difference}", gradient[j]);
            }
        }
    }

    #[test]
    fn products_and_preconditioner_equal_differences_of_gradients() {
        let (x, vectors) = (matrix(), vectors());
        for mut loss in losses(&x, &vectors) {
            let w = point(loss.len());
            let mut diagonal = vec![0.0; w.len()];
            loss.move_to(&w);
            loss.preconditioner(&mut diagonal);
            for j in 0..w.len() {
                let mut unit = vec![0.0; w.len()];
                unit[j] = 1.0;
                let mut column = vec![0.0; w.len()];
                loss.move_to(&w);
                loss.hessian_product(&unit, &mut column);
                let penalty = loss.penalty_product(&unit, &unit);
                // of shared weights the diagonal is only near
                if j < loss.first_shared() * 3 {
                    assert!((penalty + DATA_SHARE * (column[j] - penalty) - diagonal[j]).abs() < 1e-12);
                }
                let mut at = |h: f64| {
                    let mut w = w.clone();
                    w[j] += h;
                    loss.gradient(&w)
                };
                let (up, down) = (at(1e-5), at(-1e-5));
                for l in 0..w.len() {
                    assert!((column[l] - (up[l] - down[l]) / 2e-5).abs() < 1e-7, "{l},{j}");
                }
            }
        }
    }

    #[test]
    fn values_on_a_line_are_values_at_its_points() {
        let (x, vectors) = (matrix(), vectors());
        for mut loss in losses(&x, &vectors) {
            let (w, d) = (point(loss.len()), vec![0.5; loss.len()]);
            loss.move_to(&w);
            loss.aim(&w, &d);
            let there: Vec<f64> = w.iter().zip(&d).map(|(w, d)| w + 0.7 * d).collect();
            assert!((loss.value_along(0.7) - loss.value(&there)).abs() < 1e-12);
            loss.advance(0.7);
            let moved = loss.probabilities.clone();
            loss.move_to(&there);
            for (a, b) in moved.as_flattened().iter().zip(loss.probabilities.as_flattened()) {
                assert!((a - b).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn great_logits_do_not_overflow() {
        assert_eq!(softmax(&[1e6, 0.0, -1e6]), [1.0, 0.0, 0.0]);
        assert_eq!(log_sum_exp(&[1e6, 0.0, -1e6]), 1e6);
    }
}
