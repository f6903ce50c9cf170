//! Judged rows + gold stances → scores with intervals, baselines and comparisons.
//!
//! Intervals are percentiles of a bootstrap that draws texts, not rows (Efron and Tibshirani 1993, chapter 13):
//! the rows of one text hang together.

pub mod agreement;
mod resample;
pub mod swap;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::calibration::expected_calibration_error;
use crate::opinion::Judgement;
use crate::{Error, Result, Stance, Tone};

use resample::{Draws, by_text};

/// One evaluated row.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The gold stance.
    pub gold: Stance,
    /// What the model says.
    pub judgement: Judgement,
    /// What the lexicon baseline says.
    pub lexicon: Stance,
    /// The target as the row names it.
    pub target: String,
    /// The holder as the row names it; empty: anyone.
    pub holder: String,
    /// Identity of the text.
    pub text_key: u64,
    /// Index of the row of the same text with holder and target exchanged.
    pub reverse: Option<usize>,
    /// Gold tone of the text and the tone that the model says, where the row gives one.
    pub tone: Option<(Tone, Tone)>,
}

/// A score and its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scored {
    /// The score on all rows.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Scores of one stance; 0 where one is not defined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StanceScores {
    /// Which stance.
    pub stance: Stance,
    /// Share of the rows called so that are so.
    pub precision: f64,
    /// Share of the rows that are so that are called so.
    pub recall: f64,
    /// Harmonic mean of the two.
    pub f1: f64,
    /// Rows whose gold stance it is.
    pub support: usize,
}

/// The scores that are quoted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Headline {
    /// Mean F1 of the three stances.
    pub macro_f1: Scored,
    /// Mean F1 of FAVOR and AGAINST (SemEval-2016 Task 6, Mohammad et al. 2016).
    pub favor_against_f1: Scored,
    /// Share of rows judged right.
    pub accuracy: Scored,
}

/// Scores of the rows of one target or holder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// Its name as the rows have it.
    pub name: String,
    /// Number of rows.
    pub support: usize,
    /// Mean F1 of the stances that occur there, in gold or prediction.
    pub macro_f1: f64,
    /// Share of rows judged right.
    pub accuracy: f64,
}

/// What is left and how good it is, where rows below a confidence are not answered.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coverage {
    /// Least confidence that is answered.
    pub min_confidence: f64,
    /// Share of rows answered.
    pub coverage: f64,
    /// Accuracy of those; 0 where there is none.
    pub accuracy: f64,
    /// Macro-F1 of those; 0 where there is none.
    pub macro_f1: f64,
}

/// Names of the five classes of a directed pair (Park, Pan and Joo 2021).
pub const PAIR_CLASSES: [&str; 5] =
    ["neither", "first favors second", "second favors first", "first against second", "second against first"];

/// Pairs of reciprocal rows judged together as one of five classes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairScores {
    /// Number of pairs.
    pub n: usize,
    /// Pairs left out, as both sides take a stance.
    pub n_both: usize,
    /// Mean F1 of the five classes.
    pub macro_f1: Scored,
    /// Share of pairs judged right.
    pub accuracy: f64,
    /// `confusion[gold][predicted]` in the order of [`PAIR_CLASSES`].
    pub confusion: [[usize; 5]; 5],
}

/// How well the tone of texts is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToneScores {
    /// Number of texts.
    pub n: usize,
    /// Mean F1 of the three tones.
    pub macro_f1: Scored,
    /// Share of texts whose tone is right.
    pub accuracy: Scored,
    /// `confusion[gold][predicted]` in [`Tone::ALL`] order.
    pub confusion: [[usize; 3]; 3],
}

/// All that is known of a model on some rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Number of rows.
    pub n: usize,
    /// Number of texts.
    pub n_texts: usize,
    /// The scores that are quoted.
    #[serde(flatten)]
    pub headline: Headline,
    /// Scores of each stance.
    pub stances: Vec<StanceScores>,
    /// `confusion[gold][predicted]` in [`Stance::ALL`] order.
    pub confusion: [[usize; 3]; 3],
    /// Expected calibration error of the chosen stance's confidence, 15 bins.
    pub ece: f64,
    /// Coverage against accuracy when abstaining below a confidence.
    pub coverage: Vec<Coverage>,
    /// The same of the 20, 40, 60 and 80 % of the rows that the model is surest of.
    pub surest: Vec<Coverage>,
    /// The commonest gold stance for every row.
    pub majority: Headline,
    /// The sign of the words' polarity near the target.
    pub lexicon: Headline,
    /// By target, the one with most rows first.
    pub targets: Vec<GroupScores>,
    /// By holder, the one with most rows first; rows without one are under an empty name.
    pub holders: Vec<GroupScores>,
    /// Five-class scores, where at least half of the rows have a reciprocal row.
    pub pairs: Option<PairScores>,
    /// Scores of the tone, over the texts that have one.
    pub tone: Option<ToneScores>,
}

/// Number of bootstrap samples.
const N_SAMPLES: usize = 1000;

impl Evaluation {
    /// Evaluates judged rows; `seed` is that of the bootstrap.
    ///
    /// # Errors
    /// [`Error::Data`] if there is no row.
    ///
    /// # Example
    /// ```
    /// use geostance::Stance::{Against, Favor, Neutral};
    /// use geostance::evaluate::{Evaluation, Judged};
    /// use geostance::opinion::Judgement;
    /// let row = |gold, p, text_key| Judged {
    ///     gold, judgement: Judgement(p), lexicon: Neutral, target: "RUS".into(), holder: String::new(), text_key, reverse: None, tone: None,
    /// };
    /// let rows = [row(Against, [0.8, 0.1, 0.1], 1), row(Favor, [0.2, 0.7, 0.1], 2)];
    /// let evaluation = Evaluation::of(&rows, 1)?;
    /// assert_eq!(evaluation.headline.accuracy.value, 0.5);
    /// # Ok::<(), geostance::Error>(())
    /// ```
    pub fn of(rows: &[Judged], seed: u64) -> Result<Evaluation> {
        if rows.is_empty() {
            return Err(Error::Data("there is no row to evaluate".to_owned()));
        }
        let gold: Vec<usize> = rows.iter().map(|r| r.gold.index()).collect();
        let predicted: Vec<usize> = rows.iter().map(|r| r.judgement.stance().index()).collect();
        let lexicon: Vec<usize> = rows.iter().map(|r| r.lexicon.index()).collect();
        let mut counts = [0usize; 3];
        gold.iter().for_each(|&k| counts[k] += 1);
        let commonest = (0..3).max_by_key(|&k| (counts[k], std::cmp::Reverse(k))).unwrap_or(1);
        let texts: Vec<u64> = rows.iter().map(|r| r.text_key).collect();
        let draws = Draws::new(by_text(&texts).len(), N_SAMPLES, seed);
        let headline = |predicted: &[usize]| Headline::of(&gold, predicted, &texts, &draws);
        let confusion = confusion::<3>(&gold, &predicted);
        let confidence: Vec<f64> = rows.iter().map(|r| f64::from(r.judgement.confidence())).collect();
        let correct: Vec<bool> = gold.iter().zip(&predicted).map(|(g, p)| g == p).collect();
        Ok(Evaluation {
            n: rows.len(),
            n_texts: draws.n_texts(),
            headline: headline(&predicted),
            stances: Stance::ALL.iter().rev().map(|&s| stance_scores(&confusion, s)).collect(),
            confusion,
            ece: expected_calibration_error(&confidence, &correct, 15),
            coverage: coverage(&gold, &predicted, &confidence),
            surest: surest(&gold, &predicted, &confidence),
            majority: headline(&vec![commonest; rows.len()]),
            lexicon: headline(&lexicon),
            targets: groups(rows.iter().map(|r| r.target.as_str()), &gold, &predicted),
            holders: groups(rows.iter().map(|r| r.holder.as_str()), &gold, &predicted),
            pairs: pairs(rows, seed),
            tone: tone(rows, seed),
        })
    }
}

fn confusion<const K: usize>(gold: &[usize], predicted: &[usize]) -> [[usize; K]; K] {
    let mut table = [[0; K]; K];
    gold.iter().zip(predicted).for_each(|(&g, &p)| table[g][p] += 1);
    table
}

fn f1<const K: usize>(table: &[[usize; K]; K], k: usize) -> f64 {
    let found: usize = table.iter().map(|row| row[k]).sum();
    let total = found + table[k].iter().sum::<usize>();
    if total == 0 { 0.0 } else { 2.0 * table[k][k] as f64 / total as f64 }
}

/// Mean F1 of all classes; a class that never occurs counts as 0.
fn macro_f1<const K: usize>(table: &[[usize; K]; K]) -> f64 {
    (0..K).map(|k| f1(table, k)).sum::<f64>() / K as f64
}

fn accuracy<const K: usize>(table: &[[usize; K]; K]) -> f64 {
    let n: usize = table.iter().flatten().sum();
    let right: usize = (0..K).map(|k| table[k][k]).sum();
    if n == 0 { 0.0 } else { right as f64 / n as f64 }
}

fn favor_against_f1(table: &[[usize; 3]; 3]) -> f64 {
    (f1(table, Stance::Favor.index()) + f1(table, Stance::Against.index())) / 2.0
}

impl Headline {
    fn of(gold: &[usize], predicted: &[usize], texts: &[u64], draws: &Draws) -> Headline {
        let tables = text_tables::<3>(gold, predicted, texts);
        let scored = |score: fn(&[[usize; 3]; 3]) -> f64| draws.interval(&tables, score);
        Headline {
            macro_f1: scored(macro_f1),
            favor_against_f1: scored(favor_against_f1),
            accuracy: scored(accuracy),
        }
    }
}

/// The confusion of each text.
fn text_tables<const K: usize>(gold: &[usize], predicted: &[usize], texts: &[u64]) -> Vec<[[usize; K]; K]> {
    let pick = |values: &[usize], rows: &[usize]| rows.iter().map(|&i| values[i]).collect::<Vec<_>>();
    by_text(texts).iter().map(|rows| confusion(&pick(gold, rows), &pick(predicted, rows))).collect()
}

fn stance_scores(table: &[[usize; 3]; 3], stance: Stance) -> StanceScores {
    let k = stance.index();
    let support: usize = table[k].iter().sum();
    let found: usize = table.iter().map(|row| row[k]).sum();
    let share = |n: usize| if n == 0 { 0.0 } else { table[k][k] as f64 / n as f64 };
    StanceScores { stance, precision: share(found), recall: share(support), f1: f1(table, k), support }
}

fn coverage(gold: &[usize], predicted: &[usize], confidence: &[f64]) -> Vec<Coverage> {
    let at = |min_confidence: f64| covered(gold, predicted, confidence, min_confidence);
    [0.0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95].map(at).to_vec()
}

fn surest(gold: &[usize], predicted: &[usize], confidence: &[f64]) -> Vec<Coverage> {
    let mut descending = confidence.to_vec();
    descending.sort_by(|a, b| b.total_cmp(a));
    let last =
        |share: f64| ((share * descending.len() as f64).round() as usize).clamp(1, descending.len()) - 1;
    [0.2, 0.4, 0.6, 0.8].map(|share| covered(gold, predicted, confidence, descending[last(share)])).to_vec()
}

fn covered(gold: &[usize], predicted: &[usize], confidence: &[f64], min_confidence: f64) -> Coverage {
    let kept: Vec<usize> = (0..gold.len()).filter(|&i| confidence[i] >= min_confidence).collect();
    let pick = |values: &[usize]| kept.iter().map(|&i| values[i]).collect::<Vec<_>>();
    let table = confusion::<3>(&pick(gold), &pick(predicted));
    let coverage = kept.len() as f64 / gold.len() as f64;
    Coverage { min_confidence, coverage, accuracy: accuracy(&table), macro_f1: macro_f1(&table) }
}

/// The tone of each text, told once; `None` where no row gives one.
fn tone(rows: &[Judged], seed: u64) -> Option<ToneScores> {
    let texts: BTreeMap<u64, (Tone, Tone)> =
        rows.iter().rev().filter_map(|row| Some((row.text_key, row.tone?))).collect();
    if texts.is_empty() {
        return None;
    }
    let gold: Vec<usize> = texts.values().map(|(gold, _)| gold.index()).collect();
    let predicted: Vec<usize> = texts.values().map(|(_, said)| said.index()).collect();
    let keys: Vec<u64> = texts.keys().copied().collect();
    let tables = text_tables::<3>(&gold, &predicted, &keys);
    let draws = Draws::new(tables.len(), N_SAMPLES, seed);
    Some(ToneScores {
        n: texts.len(),
        macro_f1: draws.interval(&tables, macro_f1),
        accuracy: draws.interval(&tables, accuracy),
        confusion: confusion::<3>(&gold, &predicted),
    })
}

fn groups<'a>(names: impl Iterator<Item = &'a str>, gold: &[usize], predicted: &[usize]) -> Vec<GroupScores> {
    let mut tables: BTreeMap<&str, [[usize; 3]; 3]> = BTreeMap::new();
    for (i, name) in names.enumerate() {
        tables.entry(name).or_default()[gold[i]][predicted[i]] += 1;
    }
    let mut groups: Vec<GroupScores> = tables
        .into_iter()
        .map(|(name, table)| {
            let occurs =
                |k: &usize| table[*k].iter().sum::<usize>() + table.iter().map(|r| r[*k]).sum::<usize>() > 0;
            let classes: Vec<usize> = (0..3).filter(occurs).collect();
            let macro_f1 = classes.iter().map(|&k| f1(&table, k)).sum::<f64>() / classes.len().max(1) as f64;
            let support = table.iter().flatten().sum();
            GroupScores { name: name.to_owned(), support, macro_f1, accuracy: accuracy(&table) }
        })
        .collect();
    groups.sort_by(|a, b| b.support.cmp(&a.support).then_with(|| a.name.cmp(&b.name)));
    groups
}

/// The likeliest of the five classes by the joint probability of both directions.
fn pair_class(forth: &Judgement, back: &Judgement) -> usize {
    let p = |judgement: &Judgement, stance| f64::from(judgement.probability(stance));
    let (n1, n2) = (p(forth, Stance::Neutral), p(back, Stance::Neutral));
    let joint = [
        n1 * n2,
        p(forth, Stance::Favor) * n2,
        n1 * p(back, Stance::Favor),
        p(forth, Stance::Against) * n2,
        n1 * p(back, Stance::Against),
    ];
    (0..5).max_by(|&a, &b| joint[a].total_cmp(&joint[b]).then(b.cmp(&a))).unwrap_or(0)
}

fn pairs(rows: &[Judged], seed: u64) -> Option<PairScores> {
    let (mut gold, mut predicted, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut n_linked, mut n_both) = (0, 0);
    for (i, row) in rows.iter().enumerate() {
        let Some(j) = row.reverse else { continue };
        n_linked += 1;
        if j <= i {
            continue;
        }
        let class = match (row.gold, rows[j].gold) {
            (Stance::Neutral, Stance::Neutral) => 0,
            (Stance::Favor, Stance::Neutral) => 1,
            (Stance::Neutral, Stance::Favor) => 2,
            (Stance::Against, Stance::Neutral) => 3,
            (Stance::Neutral, Stance::Against) => 4,
            _ => {
                n_both += 1;
                continue;
            }
        };
        gold.push(class);
        predicted.push(pair_class(&row.judgement, &rows[j].judgement));
        texts.push(row.text_key);
    }
    if 2 * n_linked < rows.len() || gold.is_empty() {
        return None;
    }
    let tables = text_tables::<5>(&gold, &predicted, &texts);
    let draws = Draws::new(tables.len(), N_SAMPLES, seed);
    let table = confusion::<5>(&gold, &predicted);
    Some(PairScores {
        n: gold.len(),
        n_both,
        macro_f1: draws.interval(&tables, macro_f1),
        accuracy: accuracy(&table),
        confusion: table,
    })
}

/// Two models on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Macro-F1 of the first.
    pub macro_f1: f64,
    /// Macro-F1 of the other.
    pub other_macro_f1: f64,
    /// First less other, with a paired bootstrap interval over texts.
    pub difference: Scored,
    /// Probability of so great a difference if the two were alike: approximate randomisation over texts
    /// (Noreen 1989), 1,000 rounds.
    pub p_value: f64,
    /// Rows that only the first has right.
    pub only_first_right: usize,
    /// Rows that only the other has right.
    pub only_other_right: usize,
}

/// Compares two models that judged the same rows.
///
/// # Errors
/// [`Error::Data`] if the rows differ in number or there is none.
pub fn compare(first: &[Judged], other: &[Judged], seed: u64) -> Result<Comparison> {
    if first.is_empty() || first.len() != other.len() {
        return Err(Error::Data(format!("cannot compare {} rows with {}", first.len(), other.len())));
    }
    let gold: Vec<usize> = first.iter().map(|r| r.gold.index()).collect();
    let stances = |rows: &[Judged]| rows.iter().map(|r| r.judgement.stance().index()).collect::<Vec<_>>();
    let (a, b) = (stances(first), stances(other));
    let texts: Vec<u64> = first.iter().map(|r| r.text_key).collect();
    let (table_a, table_b) = (text_tables::<3>(&gold, &a, &texts), text_tables::<3>(&gold, &b, &texts));
    let paired: Vec<[[[usize; 3]; 3]; 2]> = table_a.iter().zip(&table_b).map(|(a, b)| [*a, *b]).collect();
    let draws = Draws::new(paired.len(), N_SAMPLES, seed);
    let right = |predicted: &[usize], i: usize| predicted[i] == gold[i];
    Ok(Comparison {
        macro_f1: macro_f1(&confusion::<3>(&gold, &a)),
        other_macro_f1: macro_f1(&confusion::<3>(&gold, &b)),
        difference: draws.paired_interval(&paired, macro_f1),
        p_value: draws.randomisation(&paired, macro_f1, seed),
        only_first_right: (0..gold.len()).filter(|&i| right(&a, i) && !right(&b, i)).count(),
        only_other_right: (0..gold.len()).filter(|&i| right(&b, i) && !right(&a, i)).count(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stance::{Against, Favor, Neutral};

    fn judged(gold: Stance, said: Stance, p: f32, text_key: u64) -> Judged {
        let mut probabilities = [(1.0 - p) / 2.0; 3];
        probabilities[said.index()] = p;
        Judged {
            gold,
            judgement: Judgement(probabilities),
            lexicon: Neutral,
            target: if text_key.is_multiple_of(2) { "RUS" } else { "ICC" }.to_owned(),
            holder: String::new(),
            text_key,
            reverse: None,
            tone: None,
        }
    }

    /// gold A A A N N F F F F A, said A N A N F F F A F N; scikit-learn 1.9:
    /// `f1_score(average="macro")` 0.5888888…, accuracy 0.6.
    fn ten() -> Vec<Judged> {
        let gold = [Against, Against, Against, Neutral, Neutral, Favor, Favor, Favor, Favor, Against];
        let said = [Against, Neutral, Against, Neutral, Favor, Favor, Favor, Against, Favor, Neutral];
        (0..10).map(|i| judged(gold[i], said[i], 0.5 + i as f32 / 40.0, i as u64 / 2)).collect()
    }

    #[test]
    fn scores_are_those_of_scikit_learn() {
        let evaluation = Evaluation::of(&ten(), 1).unwrap();
        let f = |k: usize| evaluation.stances[k].f1;
        assert!((f(0) - 0.75).abs() < 1e-9 && (f(1) - 0.4).abs() < 1e-9);
        assert!((f(2) - 4.0 / 7.0).abs() < 1e-9);
        let macro_f1 = evaluation.headline.macro_f1;
        assert!((macro_f1.value - (0.75 + 0.4 + 4.0 / 7.0) / 3.0).abs() < 1e-9);
        assert!(macro_f1.low <= macro_f1.value && macro_f1.value <= macro_f1.high);
        assert_eq!(evaluation.headline.accuracy.value, 0.6);
        assert_eq!(evaluation.n_texts, 5);
        assert_eq!(evaluation.confusion[Against.index()], [2, 2, 0]);
        assert_eq!(evaluation.targets.iter().map(|t| t.support).sum::<usize>(), 10);
        assert_eq!(evaluation.coverage[0].coverage, 1.0);
    }

    #[test]
    fn a_class_never_predicted_is_no_nan() {
        let rows = [judged(Favor, Neutral, 0.9, 1), judged(Neutral, Neutral, 0.9, 2)];
        let evaluation = Evaluation::of(&rows, 1).unwrap();
        assert_eq!(evaluation.stances[0].f1, 0.0);
        assert!(evaluation.headline.macro_f1.value.is_finite());
        assert!(Evaluation::of(&[], 1).is_err());
    }

    #[test]
    fn reciprocal_rows_are_one_of_five_classes() {
        let mut rows = vec![judged(Against, Against, 0.8, 1), judged(Neutral, Neutral, 0.8, 1)];
        rows[0].reverse = Some(1);
        rows[1].reverse = Some(0);
        let pairs = Evaluation::of(&rows, 1).unwrap().pairs.unwrap();
        assert_eq!((pairs.n, pairs.confusion[3][3]), (1, 1));
    }

    #[test]
    fn a_model_does_not_differ_from_itself() {
        let comparison = compare(&ten(), &ten(), 3).unwrap();
        assert_eq!((comparison.difference.value, comparison.p_value), (0.0, 1.0));
        let mut better = ten();
        better.iter_mut().for_each(|r| *r = judged(r.gold, r.gold, 0.9, r.text_key));
        let comparison = compare(&better, &ten(), 3).unwrap();
        assert!(comparison.difference.value > 0.3);
        assert_eq!((comparison.only_first_right, comparison.only_other_right), (4, 0));
    }
}
