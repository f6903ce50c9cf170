//! Counts per holder and target; merging gives the same result in any order.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Stance;

use super::Judgement;

/// Opinions of one holder toward one target, added up.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Number of opinions.
    pub n: u64,
    /// How many are FAVOR.
    pub n_favor: u64,
    /// How many are NEUTRAL.
    pub n_neutral: u64,
    /// How many are AGAINST.
    pub n_against: u64,
    /// Mean of p_favor less p_against, from -1 to 1.
    pub score: f64,
    /// The most telling sentence.
    pub telling: String,
}

/// Counts in whole millionths, so that the order of adding changes no bit.
#[derive(Debug, Clone, Default, PartialEq)]
struct Sums {
    counts: [u64; 3],
    score: i64,
    telling: (u32, String),
}

const UNIT: f64 = 1e6;

/// Opinions added up by a key, for example (document, holder, target).
#[derive(Debug, Clone, PartialEq)]
pub struct Tally<K: Ord> {
    sums: BTreeMap<K, Sums>,
}

impl<K: Ord> Default for Tally<K> {
    fn default() -> Self {
        Tally { sums: BTreeMap::new() }
    }
}

impl<K: Ord> Tally<K> {
    /// Adds one opinion and the sentence it stands in.
    pub fn add(&mut self, key: K, judgement: &Judgement, sentence: &str) {
        let sums = self.sums.entry(key).or_default();
        sums.counts[judgement.stance().index()] += 1;
        sums.score += (f64::from(judgement.score()) * UNIT).round() as i64;
        let weight = (f64::from(judgement.score().abs()) * UNIT).round() as u32;
        sums.offer(weight, sentence);
    }

    /// Adds another tally; the order of merging does not matter.
    pub fn merge(&mut self, other: Tally<K>) {
        for (key, theirs) in other.sums {
            let own = self.sums.entry(key).or_default();
            for (a, b) in own.counts.iter_mut().zip(theirs.counts) {
                *a += b;
            }
            own.score += theirs.score;
            own.offer(theirs.telling.0, &theirs.telling.1);
        }
    }

    /// The sums in ascending order of the key.
    pub fn summaries(&self) -> impl Iterator<Item = (&K, Summary)> {
        self.sums.iter().map(|(key, sums)| (key, sums.summary()))
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.sums.len()
    }

    /// Whether nothing was added.
    pub fn is_empty(&self) -> bool {
        self.sums.is_empty()
    }
}

impl Sums {
    /// Keeps the weightier sentence, of equals the one first in the alphabet.
    fn offer(&mut self, weight: u32, sentence: &str) {
        let (held, text) = &self.telling;
        if text.is_empty() || weight > *held || (weight == *held && sentence < text.as_str()) {
            self.telling = (weight, sentence.to_owned());
        }
    }

    fn summary(&self) -> Summary {
        let n: u64 = self.counts.iter().sum();
        Summary {
            n,
            n_favor: self.counts[Stance::Favor.index()],
            n_neutral: self.counts[Stance::Neutral.index()],
            n_against: self.counts[Stance::Against.index()],
            score: if n == 0 { 0.0 } else { self.score as f64 / UNIT / n as f64 },
            telling: self.telling.1.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_ignores_the_order() {
        let rows = [
            (("RUS", "ICC"), Judgement([0.7, 0.2, 0.1]), "called it politicised"),
            (("RUS", "ICC"), Judgement([0.1, 0.8, 0.1]), "took note"),
            (("PHL", "RUS"), Judgement([0.0, 0.1, 0.9]), "thanked Moscow"),
        ];
        let tally = |rows: &[(_, Judgement, &str)]| {
            let mut tally = Tally::default();
            rows.iter().for_each(|(key, judgement, text)| tally.add(*key, judgement, text));
            tally
        };
        let mut forward = tally(&rows[..1]);
        forward.merge(tally(&rows[1..]));
        let mut backward = tally(&rows[1..]);
        backward.merge(tally(&rows[..1]));
        assert_eq!(forward, backward);
        let (_, summary) = forward.summaries().nth(1).unwrap();
        assert_eq!((summary.n, summary.n_against, summary.n_neutral), (2, 1, 1));
        assert!((summary.score + 0.3).abs() < 1e-6);
        assert_eq!(summary.telling, "called it politicised");
    }
}
