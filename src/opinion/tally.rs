//! Counts per holder and target; merging gives the same result in any order.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::Stance;
use crate::corpus::text_key;

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
    /// 95 % interval of that mean, by Student's t; the whole range where there is one opinion.
    pub interval: (f64, f64),
    /// The most telling sentence.
    pub telling: String,
}

/// What one sentence adds: its score in whole millionths, its stance, and the sentence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    weight: u32,
    score: i32,
    stance: u8,
}

/// The opinions under one key; a sentence that stands there twice counts once.
#[derive(Debug, Clone, Default, PartialEq)]
struct Sums {
    lines: BTreeMap<u64, Line>,
    telling: (u32, String),
}

const UNIT: f64 = 1e6;

/// Opinions added up by a key, for example (document, holder, target).
///
/// A sentence that is printed twice, as agency copy and pull quotes are, counts once under its key. Sums are of
/// whole millionths, so that the order of adding changes no bit.
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
        let score = (f64::from(judgement.score()) * UNIT).round() as i32;
        let line = Line { weight: score.unsigned_abs(), score, stance: judgement.stance().index() as u8 };
        let sums = self.sums.entry(key).or_default();
        sums.offer(line.weight, sentence);
        sums.take(text_key(sentence), line);
    }

    /// Adds another tally; the order of merging does not matter.
    pub fn merge(&mut self, other: Tally<K>) {
        for (key, theirs) in other.sums {
            let own = self.sums.entry(key).or_default();
            own.offer(theirs.telling.0, &theirs.telling.1);
            for (sentence, line) in theirs.lines {
                own.take(sentence, line);
            }
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
    /// Of two judgements of one sentence the weightier stays.
    fn take(&mut self, sentence: u64, line: Line) {
        let held = self.lines.entry(sentence).or_insert_with(|| line.clone());
        if line > *held {
            *held = line;
        }
    }

    /// Keeps the weightier sentence, of equals the one first in the alphabet.
    fn offer(&mut self, weight: u32, sentence: &str) {
        let (held, text) = &self.telling;
        if text.is_empty() || weight > *held || (weight == *held && sentence < text.as_str()) {
            self.telling = (weight, sentence.to_owned());
        }
    }

    fn summary(&self) -> Summary {
        let count = |stance: Stance| {
            self.lines.values().filter(|l| usize::from(l.stance) == stance.index()).count() as u64
        };
        let n = self.lines.len() as f64;
        let sum: i64 = self.lines.values().map(|line| i64::from(line.score)).sum();
        let mean = if n == 0.0 { 0.0 } else { sum as f64 / UNIT / n };
        let squares: f64 =
            self.lines.values().map(|line| (f64::from(line.score) / UNIT - mean).powi(2)).sum();
        let half =
            if n < 2.0 { 2.0 } else { student_95(self.lines.len() - 1) * (squares / (n - 1.0) / n).sqrt() };
        Summary {
            n: self.lines.len() as u64,
            n_favor: count(Stance::Favor),
            n_neutral: count(Stance::Neutral),
            n_against: count(Stance::Against),
            score: mean,
            interval: ((mean - half).max(-1.0), (mean + half).min(1.0)),
            telling: self.telling.1.clone(),
        }
    }
}

/// The 97.5 % point of Student's t; beyond the table by the expansion of Fisher and Cornish (1960).
fn student_95(freedom: usize) -> f64 {
    const TABLE: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    match TABLE.get(freedom - 1) {
        Some(&t) => t,
        None => {
            let (z, v) = (1.959_964_f64, freedom as f64);
            z + (z.powi(3) + z) / (4.0 * v) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * v * v)
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
        // scores -0.6 and 0: mean -0.3, standard error 0.3, one degree of freedom
        assert_eq!(summary.interval, (-1.0, 1.0));
    }

    #[test]
    fn a_sentence_printed_twice_counts_once() {
        let mut tally = Tally::default();
        for (against, sentence) in
            [(0.9, "It broke its word."), (0.9, "It broke its word."), (0.7, "It cheats.")]
        {
            tally.add("PHL", &Judgement([against, 1.0 - against, 0.0]), sentence);
        }
        let (_, summary) = tally.summaries().next().unwrap();
        assert_eq!((summary.n, summary.n_against), (2, 2));
        assert!((summary.score + 0.8).abs() < 1e-6);
    }

    #[test]
    fn the_interval_narrows_with_the_number_of_opinions() {
        let width = |n: usize| {
            let mut tally = Tally::default();
            for i in 0..n {
                let favor = if i % 2 == 0 { 0.9 } else { 0.7 };
                tally.add((), &Judgement([0.0, 1.0 - favor, favor]), &i.to_string());
            }
            let (_, summary) = tally.summaries().next().unwrap();
            summary.interval.1 - summary.interval.0
        };
        assert!(width(2) > width(4) && width(4) > width(40) && width(40) < 0.07, "{}", width(40));
        assert!((student_95(11) - 2.201).abs() < 3e-3 && (student_95(30) - 2.042).abs() < 1e-3);
    }
}
