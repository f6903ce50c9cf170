//! The rows linfa sees: a sparse matrix in compressed rows.

use linfa::dataset::Records;

/// n_candidates × n_features, compressed rows (CSR): `u32` columns, `f32` values.
///
/// Our own type because linfa's [`Records`] cannot be implemented for a foreign matrix.
///
/// # Example
/// ```
/// use geostance::FeatureMatrix;
/// let mut x = FeatureMatrix::new(3);
/// x.push_row(&[(0, 1.0), (2, 0.5)]);
/// x.push_row(&[]);
/// assert_eq!((x.n_rows(), x.n_columns(), x.n_values()), (2, 3, 2));
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureMatrix {
    n_columns: usize,
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

/// One row: its columns, ascending, and their values.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    /// Column of each value.
    pub columns: &'a [u32],
    /// Values, as many as columns.
    pub values: &'a [f32],
}

impl Row<'_> {
    /// Column and value of each entry.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.columns.iter().zip(self.values).map(|(&c, &v)| (c as usize, v))
    }
}

impl FeatureMatrix {
    /// No rows yet, `n_columns` columns.
    pub fn new(n_columns: usize) -> Self {
        FeatureMatrix { n_columns, starts: vec![0], columns: Vec::new(), values: Vec::new() }
    }

    /// As [`new`](FeatureMatrix::new), with room for so many rows and values.
    pub fn with_capacity(n_columns: usize, n_rows: usize, n_values: usize) -> Self {
        let mut starts = Vec::with_capacity(n_rows + 1);
        starts.push(0);
        FeatureMatrix {
            n_columns,
            starts,
            columns: Vec::with_capacity(n_values),
            values: Vec::with_capacity(n_values),
        }
    }

    /// Takes all rows out and keeps their room.
    pub fn clear(&mut self) {
        self.starts.truncate(1);
        self.columns.clear();
        self.values.clear();
    }

    /// Adds a row given as (column, value), columns ascending and distinct.
    ///
    /// # Panics
    /// If a column is not below [`FeatureMatrix::n_columns`].
    pub fn push_row(&mut self, entries: &[(u32, f32)]) {
        debug_assert!(entries.windows(2).all(|w| w[0].0 < w[1].0), "columns ascend");
        for &(column, value) in entries {
            assert!((column as usize) < self.n_columns, "column {column} of {}", self.n_columns);
            self.columns.push(column);
            self.values.push(value);
        }
        self.starts.push(self.columns.len());
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns.
    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// Number of stored values.
    pub fn n_values(&self) -> usize {
        self.values.len()
    }

    /// Row `i`.
    ///
    /// # Panics
    /// If there is no row `i`.
    pub fn row(&self, i: usize) -> Row<'_> {
        let range = self.starts[i]..self.starts[i + 1];
        Row { columns: &self.columns[range.clone()], values: &self.values[range] }
    }

    /// All rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        (0..self.n_rows()).map(|i| self.row(i))
    }

    /// The rows named by `indices`, in that order, as a matrix of their own.
    ///
    /// # Panics
    /// If an index is not below [`FeatureMatrix::n_rows`].
    pub fn select(&self, indices: &[usize]) -> FeatureMatrix {
        let mut out = FeatureMatrix::new(self.n_columns);
        for &i in indices {
            let row = self.row(i);
            out.columns.extend_from_slice(row.columns);
            out.values.extend_from_slice(row.values);
            out.starts.push(out.columns.len());
        }
        out
    }
}

impl Records for FeatureMatrix {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.n_rows()
    }

    fn nfeatures(&self) -> usize {
        self.n_columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selected_rows_keep_their_values() {
        let mut x = FeatureMatrix::new(4);
        x.push_row(&[(1, 1.0)]);
        x.push_row(&[(0, 2.0), (3, 4.0)]);
        let y = x.select(&[1, 0, 1]);
        assert_eq!(y.n_rows(), 3);
        assert_eq!(y.row(0).iter().collect::<Vec<_>>(), [(0, 2.0), (3, 4.0)]);
        assert_eq!(y.row(1).iter().collect::<Vec<_>>(), [(1, 1.0)]);
    }
}
