//! Features of many candidates → space: in how many rows each occurs.

use std::collections::HashMap;

use super::sink::{Atom, Block, Sink};
use super::space::{FeatureKey, FeatureSpace, KeyMap};
use super::{Cast, Workspace};

/// Counts in how many rows each feature occurs, to make a [`FeatureSpace`].
#[derive(Default)]
pub struct FeatureCounter {
    counts: KeyMap<Count>,
    n_rows: u32,
    names: bool,
    least_kept: u32,
}

struct Count {
    /// Empty where a counter of many rows does not need it yet.
    name: Box<str>,
    rows: u32,
    last_row: u32,
}

impl FeatureCounter {
    /// A counter that also counts the words by which actors are named, where `names`.
    pub fn new(names: bool) -> FeatureCounter {
        FeatureCounter { names, ..FeatureCounter::default() }
    }

    /// Counts the features of a candidate in the sentence that `work` read last.
    pub fn count(&mut self, work: &mut Workspace, cast: Cast) {
        self.n_rows += 1;
        let mut counting = Counting { counter: self, block: None };
        if !work.reading.emit(cast, &mut counting) {
            self.n_rows -= 1;
        }
    }

    /// Adds the counts of another counter; the order of merging does not matter.
    #[expect(clippy::iter_over_hash_type, reason = "sums and least names are the same in any order")]
    pub fn merge(&mut self, other: FeatureCounter) {
        self.n_rows += other.n_rows;
        let mut theirs: HashMap<_, _, _> = other.counts;
        for (key, count) in theirs.drain() {
            self.counts
                .entry(key)
                .and_modify(|own| {
                    own.rows += count.rows;
                    if count.name < own.name {
                        own.name = count.name.clone();
                    }
                })
                .or_insert(count);
        }
    }

    /// Adds the counts of another counter, in bounded memory: a feature has no name here until it was met in `min_rows`
    /// rows, and where there are more than `most` features the rarest are forgotten, until half of `most` are left.
    ///
    /// A forgotten feature that comes again begins at nothing (lossy counting, Manku and Motwani 2002, "Approximate
    /// frequency counts over data streams"). Unlike [`merge`](FeatureCounter::merge) the order matters.
    #[expect(
        clippy::iter_over_hash_type,
        reason = "each count is added by itself, and all of one number are forgotten"
    )]
    pub fn merge_within(&mut self, other: FeatureCounter, min_rows: u32, most: usize) {
        self.n_rows += other.n_rows;
        for (key, count) in other.counts {
            let own = self.counts.entry(key).or_insert(Count { name: Box::default(), rows: 0, last_row: 0 });
            own.rows += count.rows;
            if own.rows >= min_rows && own.name.is_empty() {
                own.name = count.name;
            }
        }
        while self.counts.len() > most {
            let mut sizes: Vec<u32> = self.counts.values().map(|count| count.rows).collect();
            let middle = sizes.len() - most / 2;
            let (_, least, _) = sizes.select_nth_unstable(middle);
            self.least_kept = self.least_kept.max(*least + 1);
            self.counts.retain(|_, count| count.rows >= self.least_kept);
        }
    }

    /// The number of rows from which on no feature was forgotten; 0 where none was.
    pub fn least_kept(&self) -> u32 {
        self.least_kept
    }

    /// Number of features that are held.
    pub fn n_features(&self) -> usize {
        self.counts.len()
    }

    /// In how many rows the features occur, summed up: the values that their rows will have.
    pub fn n_values(&self) -> u64 {
        self.counts.values().map(|count| u64::from(count.rows)).sum()
    }

    /// The space of the features that occur in the most rows, in `min_rows` rows or more: at most `most`, and of those
    /// in as few rows as the last all or none.
    pub fn into_space_within(mut self, min_rows: u32, most: usize) -> FeatureSpace {
        let mut sizes: Vec<u32> = self.counts.values().map(|c| c.rows).filter(|&n| n >= min_rows).collect();
        let least = match sizes.len() > most {
            true => *sizes.select_nth_unstable_by_key(most, |&n| std::cmp::Reverse(n)).1 + 1,
            false => min_rows,
        };
        self.counts.retain(|_, count| count.rows >= least);
        self.into_space(least)
    }

    /// The space of all features that occur in `min_rows` rows or more.
    ///
    /// Inverse document frequency: ln((1 + n) / (1 + rows)) + 1, n being the number of rows.
    pub fn into_space(self, min_rows: u32) -> FeatureSpace {
        let n = f64::from(self.n_rows);
        let kept = self.counts.into_iter().filter(|(_, count)| count.rows >= min_rows);
        let feature = |(key, count): (u64, Count)| {
            let idf = ((1.0 + n) / (1.0 + f64::from(count.rows))).ln() + 1.0;
            (FeatureKey(key), String::from(count.name).replace('\n', " "), idf as f32)
        };
        FeatureSpace::new(kept.map(feature).collect())
    }
}

struct Counting<'a> {
    counter: &'a mut FeatureCounter,
    block: Option<&'static Block>,
}

impl Sink for Counting<'_> {
    fn knows_names(&self) -> bool {
        self.counter.names
    }

    fn block(&mut self, block: &'static Block) {
        self.block = Some(block);
    }

    fn add(&mut self, parts: &[Atom<'_>], _value: f32, _word: usize) {
        let Some(block) = self.block else { return };
        let row = self.counter.n_rows;
        let count = self.counter.counts.entry(block.key(parts)).or_insert_with(|| Count {
            name: block.feature_name(parts).into(),
            rows: 0,
            last_row: 0,
        });
        if count.last_row != row {
            count.last_row = row;
            count.rows += 1;
        }
    }
}
