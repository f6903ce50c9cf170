//! Columns alike → weights alike: vectors of columns, whose weights they share.
//!
//! The weight of a column is its own part and a linear function of its vector:
//!
//! ```text
//! w_jk = own_jk + Σ_d v_jd u_g(j)dk        penalty ½ (l2 / s²) |own|² + ½ l2 |u|²
//! ```
//!
//! In other words the weights have a Gaussian prior with the covariance I + V Vᵀ within each group of columns
//! instead of I: what is learnt of `assail` is believed, in part, of `attack`. The prior is folded into `w` when the fit
//! ends, so a model that was fitted with it predicts like any other.

use std::sync::Arc;

/// A vector for some of the columns, and the groups in which they share weights.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnVectors {
    n_dims: usize,
    n_groups: usize,
    /// n_vectors × n_dims.
    vectors: Arc<[f32]>,
    /// For each column its group, its vector and the vector's sign; `None` for one that stands alone.
    places: Vec<Option<Place>>,
}

/// Where a column's vector is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// Group of columns that share weights.
    pub group: u32,
    /// Row of the vectors.
    pub vector: u32,
    /// Whether the column means the contrary of its vector.
    pub negative: bool,
}

impl ColumnVectors {
    /// Vectors of `n_dims` numbers one behind the other, and where each column's is.
    ///
    /// # Panics
    /// If `n_dims` is 0 or a place names a vector that is not there.
    pub fn new(n_dims: usize, vectors: Arc<[f32]>, places: Vec<Option<Place>>) -> ColumnVectors {
        let n_vectors = vectors.len() / n_dims;
        let known = places.iter().flatten();
        assert!(known.clone().all(|p| (p.vector as usize) < n_vectors), "a vector for each place");
        let n_groups = known.map(|p| p.group as usize + 1).max().unwrap_or(0);
        ColumnVectors { n_dims, n_groups, vectors, places }
    }

    /// Number of columns, with a vector or without.
    pub fn n_columns(&self) -> usize {
        self.places.len()
    }

    /// Number of shared weights of each class.
    pub fn n_shared(&self) -> usize {
        self.n_groups * self.n_dims
    }

    /// Column, first shared weight and vector of each column that has one.
    fn iter(&self) -> impl Iterator<Item = (usize, usize, f64, &[f32])> {
        self.places.iter().enumerate().filter_map(|(column, place)| {
            let place = place.as_ref()?;
            let start = place.vector as usize * self.n_dims;
            let sign = if place.negative { -1.0 } else { 1.0 };
            let vector = &self.vectors[start..start + self.n_dims];
            Some((column, place.group as usize * self.n_dims, sign, vector))
        })
    }

    /// Adds to the weight of each column what its vector makes of the shared weights.
    pub(crate) fn spread<const K: usize>(&self, shared: &[[f64; K]], weights: &mut [[f64; K]]) {
        for (column, first, sign, vector) in self.iter() {
            let mut sum = [0.0; K];
            for (&v, u) in vector.iter().zip(&shared[first..]) {
                (0..K).for_each(|k| sum[k] += f64::from(v) * u[k]);
            }
            (0..K).for_each(|k| weights[column][k] += sign * sum[k]);
        }
    }

    /// The transpose: Σ_j v_jd of what each column holds, for each shared weight.
    pub(crate) fn gather<const K: usize>(&self, columns: &[[f64; K]], shared: &mut [[f64; K]]) {
        shared.fill([0.0; K]);
        for (column, first, sign, vector) in self.iter() {
            let held = columns[column].map(|held| sign * held);
            for (&v, u) in vector.iter().zip(&mut shared[first..]) {
                (0..K).for_each(|k| u[k] += f64::from(v) * held[k]);
            }
        }
    }

    /// As [`gather`](ColumnVectors::gather), of squares: what a diagonal becomes.
    pub(crate) fn gather_squares<const K: usize>(&self, columns: &[[f64; K]], shared: &mut [[f64; K]]) {
        shared.fill([0.0; K]);
        for (column, first, _, vector) in self.iter() {
            for (&v, u) in vector.iter().zip(&mut shared[first..]) {
                (0..K).for_each(|k| u[k] += f64::from(v) * f64::from(v) * columns[column][k]);
            }
        }
    }
}
