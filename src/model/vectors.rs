//! Word → vector: which words are alike, for columns that are to have like weights.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use rust_stemmers::{Algorithm, Stemmer};

use super::shared::{ColumnVectors, Place};
use crate::feature::space::FeatureSpace;
use crate::fingerprint::Fingerprint;

/// Blocks of single words whose columns have vectors: the others have hardly a word that these have not.
const BLOCKS: [&str; 4] = ["word", "sided", "nearest", "window"];

/// Length of a vector: how much words alike share beside what each is by itself.
const LENGTH: f32 = 0.5;

/// Vectors of stems, such as GloVe's (Pennington, Socher and Manning 2014) become.
///
/// # Example
/// ```
/// use geostance::model::vectors::WordVectors;
/// let words = [("attack", vec![1.0, 0.0]), ("attacks", vec![0.5, 0.0]), ("aid", vec![-1.0, 1.0])];
/// let vectors = WordVectors::new(2, words.iter().map(|(word, v)| (*word, v.as_slice())));
/// assert_eq!(vectors.len(), 2); // stems
/// ```
#[derive(Debug, Clone)]
pub struct WordVectors {
    n_dims: usize,
    /// n_stems × n_dims.
    values: Arc<[f32]>,
    by_stem: HashMap<Box<str>, u32, RandomState>,
    fingerprint: String,
}

impl WordVectors {
    /// Vectors of `n_dims` numbers of words, the commonest word first.
    ///
    /// A stem has the mean of its words' vectors, a word counting by 1 / (10 + its rank); the mean of all stems is
    /// taken away, and each is brought to one length.
    ///
    /// # Panics
    /// If a vector has another length.
    pub fn new<'a>(n_dims: usize, words: impl Iterator<Item = (&'a str, &'a [f32])>) -> WordVectors {
        let stemmer = Stemmer::create(Algorithm::English);
        let mut by_stem: HashMap<Box<str>, u32, RandomState> = HashMap::default();
        let (mut sums, mut totals) = (Vec::<f64>::new(), Vec::<f64>::new());
        let mut print = Fingerprint::default();
        for (rank, (word, vector)) in words.enumerate() {
            assert_eq!(vector.len(), n_dims, "numbers of `{word}`");
            print.add(word);
            vector.iter().for_each(|v| print.add(v.to_le_bytes()));
            let next = by_stem.len() as u32;
            let row = *by_stem.entry(stemmer.stem(word).into()).or_insert(next) as usize;
            if row == totals.len() {
                totals.push(0.0);
                sums.resize(sums.len() + n_dims, 0.0);
            }
            let weight = 1.0 / (10.0 + rank as f64);
            totals[row] += weight;
            let sum = &mut sums[row * n_dims..];
            sum.iter_mut().zip(vector).for_each(|(sum, v)| *sum += weight * f64::from(*v));
        }
        let mut mean = vec![0.0; n_dims];
        for (vector, total) in sums.chunks_exact_mut(n_dims.max(1)).zip(&totals) {
            vector.iter_mut().for_each(|v| *v /= total);
            mean.iter_mut().zip(vector).for_each(|(mean, v)| *mean += *v / totals.len() as f64);
        }
        let mut values = Vec::with_capacity(sums.len());
        for vector in sums.chunks_exact_mut(n_dims.max(1)) {
            vector.iter_mut().zip(&mean).for_each(|(v, mean)| *v -= mean);
            let length = vector.iter().map(|v| v * v).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            values.extend(vector.iter().map(|v| LENGTH * (v / length) as f32));
        }
        WordVectors { n_dims, values: values.into(), by_stem, fingerprint: print.finish() }
    }

    /// Number of stems.
    pub fn len(&self) -> usize {
        self.by_stem.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.by_stem.is_empty()
    }

    /// Identity of words and numbers: SHA-256 in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The vectors of some columns of a space: those of a single word, a negated one turned about. Columns of one block
    /// and one side share weights.
    pub fn of_columns(&self, space: &FeatureSpace, columns: &[u32]) -> ColumnVectors {
        let mut groups: BTreeMap<String, u32> = BTreeMap::new();
        let place = |&column: &u32| {
            let (block, parts) = space.name(column).split_once(':')?;
            if !BLOCKS.contains(&block) {
                return None;
            }
            let (marks, stem) = parts.rsplit_once('_').unwrap_or(("", parts));
            let vector = *self.by_stem.get(stem)?;
            let (side, negative) = match marks.strip_suffix("NOT") {
                Some(side) => (side.trim_end_matches('_'), true),
                None => (marks, false),
            };
            let next = groups.len() as u32;
            let group = *groups.entry(format!("{block} {side}")).or_insert(next);
            Some(Place { group, vector, negative })
        };
        let places = columns.iter().map(place).collect();
        ColumnVectors::new(self.n_dims.max(1), self.values.clone(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::space::{FeatureKey, hash_str};

    #[test]
    fn columns_of_one_side_share_weights_and_negated_ones_are_turned() {
        let words = [("attack", [1.0, 0.0]), ("aid", [0.0, 1.0]), ("raid", [1.0, 0.5])];
        let vectors = WordVectors::new(2, words.iter().map(|(word, v)| (*word, &v[..])));
        let names = [
            "sided:L_attack",
            "sided:L_NOT_aid",
            "sided:R_raid",
            "nearest:NOT_attack",
            "pattern:aid",
            "word:x",
        ];
        let features = names.iter().map(|name| (FeatureKey(hash_str(name)), (*name).to_owned(), 1.0));
        let space = FeatureSpace::new(features.collect());
        let columns: Vec<u32> =
            names.iter().filter_map(|name| space.column(FeatureKey(hash_str(name)))).collect();
        let found = vectors.of_columns(&space, &columns);
        // left of the target, right of it, nearest
        assert_eq!((found.n_columns(), found.n_shared()), (6, 3 * 2));
        let shared = [[1.0], [0.0], [10.0], [0.0], [100.0], [0.0]];
        let mut weights = vec![[0.0]; 6];
        found.spread(&shared, &mut weights);
        assert!(
            weights[0][0] > 0.0 && weights[1][0] > 0.0,
            "aid is far from attack, and negated: {weights:?}"
        );
        assert!(weights[2][0] > 1.0 && weights[3][0] < -10.0, "{weights:?}");
        assert_eq!((weights[4][0], weights[5][0]), (0.0, 0.0));
    }
}
