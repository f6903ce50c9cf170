//! Classes of rows → how much each column may weigh.

use crate::feature::matrix::{FeatureMatrix, Row};

/// In how many rows of each class each column holds a value other than 0, counted row by row.
///
/// # Example
/// ```
/// use geostance::FeatureMatrix;
/// use geostance::model::ClassCounts;
/// let mut x = FeatureMatrix::new(1);
/// x.push_row(&[(0, 1.0)]);
/// let mut counts = ClassCounts::<2>::new(1);
/// counts.add(x.row(0), 1);
/// assert_eq!(counts.scale(), [[0.5, 0.5]]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassCounts<const K: usize>(Vec<[u32; K]>);

impl<const K: usize> ClassCounts<K> {
    /// No rows yet, `n_columns` columns.
    pub fn new(n_columns: usize) -> Self {
        ClassCounts(vec![[0; K]; n_columns])
    }

    /// A row of a class.
    ///
    /// # Panics
    /// If a column is not below the number of columns, or the class not below `K`.
    pub fn add(&mut self, row: Row<'_>, class: usize) {
        for (column, value) in row.iter() {
            self.0[column][class] += u32::from(value != 0.0);
        }
    }

    /// The rows of another count as well.
    ///
    /// # Panics
    /// If it is of another number of columns.
    pub fn merge(&mut self, other: &ClassCounts<K>) {
        assert_eq!(self.0.len(), other.0.len(), "as many columns");
        let counts = self.0.as_flattened_mut().iter_mut().zip(other.0.as_flattened());
        counts.for_each(|(own, other)| *own += other);
    }

    /// Scaling of NB-SVM for each column and class: s = ½ + ½ |r|, r the log ratio of how often the
    /// column occurs in rows of the class and in other rows (Wang and Manning 2012, section 2.1).
    ///
    /// Counts are rows in which the column holds a value other than 0, plus one; each of the two is
    /// divided by its sum over columns. The half keeps a column that tells nothing from being shut out,
    /// like the paper's interpolation. Returns n_columns × `K`.
    pub fn scale(&self) -> Vec<[f64; K]> {
        let inside = |column: &[u32; K], k: usize| 1.0 + f64::from(column[k]);
        let outside = |column: &[u32; K], k: usize| 1.0 + f64::from(column.iter().sum::<u32>() - column[k]);
        let norm: [f64; K] = std::array::from_fn(|k| {
            let inside: f64 = self.0.iter().map(|c| inside(c, k)).sum();
            let outside: f64 = self.0.iter().map(|c| outside(c, k)).sum();
            (inside / outside).ln()
        });
        let scale = |column: &[u32; K]| {
            std::array::from_fn(|k| {
                let ratio = (inside(column, k) / outside(column, k)).ln() - norm[k];
                0.5 + 0.5 * ratio.abs()
            })
        };
        self.0.iter().map(scale).collect()
    }
}

/// The scaling of a matrix whose rows are of the classes `gold`, see [`ClassCounts::scale`].
///
/// # Panics
/// If `gold` has another length than `x` has rows, or a class is not below `K`.
pub fn nb_scale<const K: usize>(x: &FeatureMatrix, gold: &[usize]) -> Vec<[f64; K]> {
    assert_eq!(gold.len(), x.n_rows(), "one class for each row");
    let mut counts = ClassCounts::new(x.n_columns());
    x.rows().zip(gold).for_each(|(row, &class)| counts.add(row, class));
    counts.scale()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_one_class_is_scaled_up() {
        let mut x = FeatureMatrix::new(2);
        for _ in 0..8 {
            x.push_row(&[(0, 1.0), (1, 1.0)]);
            x.push_row(&[(1, 1.0)]);
            x.push_row(&[(1, 1.0)]);
        }
        let gold: Vec<usize> = (0..24).map(|i| i % 3).collect();
        let s = nb_scale::<3>(&x, &gold);
        assert!(s[0][0] > 1.2 && s[0][0] > s[1][0], "{s:?}");
        // by hand: inside 9 and 9 of 18, outside 1 and 17 of 18
        assert!((s[0][0] - (0.5 + 0.5 * (9.0f64 / 18.0 / (1.0 / 18.0)).ln())).abs() < 1e-12);
    }
}
