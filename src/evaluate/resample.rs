//! Bootstrap and randomisation over texts.

use std::collections::BTreeMap;

use super::Scored;

/// Rows of each text, in order of the texts' first rows.
pub(super) fn by_text(texts: &[u64]) -> Vec<Vec<usize>> {
    let mut place: BTreeMap<u64, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (i, &text) in texts.iter().enumerate() {
        let at = *place.entry(text).or_insert_with(|| {
            rows.push(Vec::new());
            rows.len() - 1
        });
        rows[at].push(i);
    }
    rows
}

/// SplitMix64 (Steele, Lea and Flood 2014).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

/// Bootstrap samples of texts.
pub(super) struct Draws {
    n_texts: usize,
    samples: Vec<Vec<u32>>,
}

type Table<const K: usize> = [[usize; K]; K];

fn add<const K: usize>(sum: &mut Table<K>, table: &Table<K>) {
    sum.iter_mut().flatten().zip(table.iter().flatten()).for_each(|(s, t)| *s += t);
}

fn total<'a, const K: usize>(tables: impl Iterator<Item = &'a Table<K>>) -> Table<K> {
    let mut sum = [[0; K]; K];
    tables.for_each(|table| add(&mut sum, table));
    sum
}

/// The middle 95 % of the values.
fn middle(value: f64, mut values: Vec<f64>) -> Scored {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    Scored { value, low: at(0.025), high: at(0.975) }
}

impl Draws {
    pub fn new(n_texts: usize, n_samples: usize, seed: u64) -> Draws {
        let mut random = Random(seed);
        let mut sample = || (0..n_texts).map(|_| random.below(n_texts) as u32).collect();
        Draws { n_texts, samples: (0..n_samples).map(|_| sample()).collect() }
    }

    pub fn n_texts(&self) -> usize {
        self.n_texts
    }

    /// A score of all texts with its interval; `tables` are the confusions of the texts.
    pub fn interval<const K: usize>(&self, tables: &[Table<K>], score: impl Fn(&Table<K>) -> f64) -> Scored {
        let of = |sample: &Vec<u32>| score(&total(sample.iter().map(|&i| &tables[i as usize])));
        middle(score(&total(tables.iter())), self.samples.iter().map(of).collect())
    }

    /// The difference of two models' scores with its interval.
    pub fn paired_interval<const K: usize>(
        &self,
        tables: &[[Table<K>; 2]],
        score: impl Fn(&Table<K>) -> f64,
    ) -> Scored {
        let difference = |of: &dyn Fn(usize) -> Table<K>| score(&of(0)) - score(&of(1));
        let whole = difference(&|m| total(tables.iter().map(|t| &t[m])));
        let of = |sample: &Vec<u32>| difference(&|m| total(sample.iter().map(|&i| &tables[i as usize][m])));
        middle(whole, self.samples.iter().map(of).collect())
    }

    /// Share of random exchanges of the two models, text by text, that give at least the difference found.
    pub fn randomisation<const K: usize>(
        &self,
        tables: &[[Table<K>; 2]],
        score: impl Fn(&Table<K>) -> f64,
        seed: u64,
    ) -> f64 {
        let mut random = Random(seed ^ 0x5eed);
        let found = {
            let of = |m: usize| score(&total(tables.iter().map(|t| &t[m])));
            (of(0) - of(1)).abs()
        };
        let n = self.samples.len();
        let as_great = (0..n).filter(|_| {
            let mut sums = [[[0; K]; K]; 2];
            for pair in tables {
                let turn = usize::from(random.next() >> 63 == 1);
                add(&mut sums[turn], &pair[0]);
                add(&mut sums[1 - turn], &pair[1]);
            }
            (score(&sums[0]) - score(&sums[1])).abs() >= found - 1e-12
        });
        (as_great.count() + 1) as f64 / (n + 1) as f64
    }
}
