//! What is wrong with labelled data: rows that contradict, repeat, or leak from one split into another.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::actor::gazetteer::Gazetteer;
use crate::corpus::{Example, Held, Split};
use crate::{Location, Stance, Tone};

/// A labelled row and the place it was read from.
#[derive(Debug, Clone)]
pub struct Placed {
    /// The row.
    pub example: Example,
    /// Its file and line.
    pub location: Location,
}

/// Something found in labelled data.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The row it is about.
    pub location: Location,
    /// What was found.
    pub message: String,
    /// Whether the row cannot be used at all.
    pub unusable: bool,
}

/// Texts that share more than this part of their 4-grams of words are near-duplicates.
pub const NEAR: f64 = 0.5;

fn holder_of(example: &Example) -> &str {
    match &example.holder {
        Held::Anyone => "",
        Held::Author => "AUTHOR",
        Held::By(named) => &named.name,
    }
}

/// Checks rows against their texts and against each other.
///
/// Finds targets and holders that are not in the text, duplicate rows, contradicting labels, texts of two
/// tones, and texts or near-duplicates of them that stand in two splits.
pub fn check(rows: &[Placed], gazetteer: &Gazetteer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let absent: Vec<Option<String>> = rows.par_iter().map(|row| row.example.stage(gazetteer).err()).collect();
    for (row, why) in rows.iter().zip(absent) {
        if let Some(message) = why {
            findings.push(Finding { location: row.location.clone(), message, unusable: true });
        }
    }
    let mut labels: BTreeMap<(u64, String, String), (Option<Stance>, &Location)> = BTreeMap::new();
    let mut tones: BTreeMap<u64, (Tone, &Location)> = BTreeMap::new();
    let mut splits: BTreeMap<u64, (Split, &Location)> = BTreeMap::new();
    for row in rows {
        let example = &row.example;
        let text = example.text_key();
        let mut find = |message: String| {
            findings.push(Finding { location: row.location.clone(), message, unusable: false });
        };
        // mentions of one name at two places are two targets
        let place = |span: Option<crate::Span>, name: &str| match span {
            Some(span) => format!("{name}@{}", span.start),
            None => name.to_owned(),
        };
        let holder = match &example.holder {
            Held::By(named) => place(named.span, &named.name),
            _ => holder_of(example).to_owned(),
        };
        let key = (text, holder, place(example.target.span, &example.target.name));
        match labels.get(&key) {
            Some((stance, at)) if *stance == example.stance => find(format!("repeats {at}")),
            Some((stance, at)) => {
                let word = |s: &Option<Stance>| s.map_or("nothing", Stance::as_str);
                find(format!("is labelled {}, but {} at {at}", word(&example.stance), word(stance)));
            }
            None => {
                labels.insert(key, (example.stance, &row.location));
            }
        }
        if let Some(tone) = example.tone {
            let (known, at) = *tones.entry(text).or_insert((tone, &row.location));
            if known != tone {
                find(format!("has the tone {tone}, but the same text {known} at {at}"));
            }
        }
        if let Some(split) = example.split {
            let (known, at) = *splits.entry(text).or_insert((split, &row.location));
            if known != split {
                find(format!("is in {}, but the same text in {} at {at}", split.as_str(), known.as_str()));
            }
        }
    }
    findings.extend(near_leaks(rows));
    findings
}

/// Near-duplicates of one text that stand in different splits; identical texts are told elsewhere.
fn near_leaks(rows: &[Placed]) -> Vec<Finding> {
    let mut first: BTreeMap<u64, &Placed> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.example.split.is_some()) {
        first.entry(row.example.text_key()).or_insert(row);
    }
    let texts: Vec<&Placed> = first.into_values().collect();
    let words: Vec<&str> = texts.iter().map(|row| row.example.text.as_str()).collect();
    let leak = |(a, b): (usize, usize)| {
        let (a, b) = (texts[a], texts[b]);
        let (x, y) = (a.example.split?, b.example.split?);
        (x != y).then(|| Finding {
            location: b.location.clone(),
            message: format!(
                "is in {}, but nearly the same text in {} at {}",
                y.as_str(),
                x.as_str(),
                a.location
            ),
            unusable: false,
        })
    };
    near_pairs(&words).into_iter().filter_map(leak).collect()
}

/// Hashes of the 4-grams of words of a text; of the whole text where it is shorter.
fn shingles(text: &str) -> BTreeSet<u64> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    if words.len() < 4 {
        return [crate::corpus::text_key(text)].into();
    }
    words.windows(4).map(|w| crate::feature::space::hash_str(&w.join(" "))).collect()
}

/// Pairs of texts whose 4-grams of words overlap by more than [`NEAR`] (Jaccard), as indices a < b.
///
/// Texts are compared only where they share a 4-gram that not more than a hundred texts have.
pub fn near_pairs(texts: &[&str]) -> Vec<(usize, usize)> {
    const COMMON: usize = 100;
    let sets: Vec<BTreeSet<u64>> = texts.par_iter().map(|text| shingles(text)).collect();
    let mut places: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (i, set) in sets.iter().enumerate() {
        set.iter().for_each(|&shingle| places.entry(shingle).or_default().push(i));
    }
    let mut candidates: BTreeSet<(usize, usize)> = BTreeSet::new();
    for holders in places.values().filter(|h| h.len() > 1 && h.len() <= COMMON) {
        for (k, &a) in holders.iter().enumerate() {
            candidates.extend(holders[k + 1..].iter().map(|&b| (a, b)));
        }
    }
    let near = |&(a, b): &(usize, usize)| {
        let shared = sets[a].intersection(&sets[b]).count() as f64;
        shared / (sets[a].len() + sets[b].len()) as f64 > NEAR / (1.0 + NEAR)
    };
    candidates.into_iter().filter(near).collect()
}

/// Deals rows out to splits: no text, document or near-duplicate is parted.
///
/// `dev` and `test` are shares from 0 to 1. The same rows and seed give the same splits.
pub fn split(examples: &[Example], dev: f64, test: f64, seed: u64) -> Vec<Split> {
    // rows that hang together have one root
    let mut root: Vec<usize> = (0..examples.len()).collect();
    fn find(root: &mut [usize], mut i: usize) -> usize {
        while root[i] != i {
            root[i] = root[root[i]];
            i = root[i];
        }
        i
    }
    let mut join = |a: usize, b: usize| {
        let (a, b) = (find(&mut root, a), find(&mut root, b));
        root[a.max(b)] = a.min(b);
    };
    let mut by_text: BTreeMap<u64, usize> = BTreeMap::new();
    let mut by_document: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, example) in examples.iter().enumerate() {
        join(i, *by_text.entry(example.text_key()).or_insert(i));
        if let Some(document) = &example.document {
            join(i, *by_document.entry(document).or_insert(i));
        }
    }
    let firsts: Vec<usize> = by_text.into_values().collect();
    let texts: Vec<&str> = firsts.iter().map(|&i| examples[i].text.as_str()).collect();
    near_pairs(&texts).into_iter().for_each(|(a, b)| join(firsts[a], firsts[b]));
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..examples.len() {
        groups.entry(find(&mut root, i)).or_default().push(i);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    // an order by hash of text and seed is a shuffle that new rows leave as it is
    let order = |rows: &Vec<usize>| crate::feature::space::mix(seed, examples[rows[0]].text_key());
    groups.sort_by_key(order);
    let n = examples.len() as f64;
    let mut splits = vec![Split::Train; examples.len()];
    let mut dealt = 0usize;
    for rows in &groups {
        let share = dealt as f64 / n;
        let split = match share {
            s if s < dev => Split::Dev,
            s if s < dev + test => Split::Test,
            _ => Split::Train,
        };
        rows.iter().for_each(|&i| splits[i] = split);
        dealt += rows.len();
    }
    splits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Named;

    fn row(line: u64, text: &str, stance: Stance, split: Split) -> Placed {
        let target = Named { name: "Oslo".into(), span: None };
        let example = Example {
            text: text.into(),
            target,
            stance: Some(stance),
            split: Some(split),
            ..Example::default()
        };
        Placed { example, location: Location::file("x.csv").line(line) }
    }

    #[test]
    fn leaks_repeats_and_contradictions_are_found() {
        let long = "The minister said in the old harbour town that Oslo had kept its word to the fishermen";
        let rows = [
            row(2, "Oslo was thanked.", Stance::Favor, Split::Train),
            row(3, "Oslo was thanked!", Stance::Against, Split::Dev),
            row(4, "Oslo was thanked.", Stance::Favor, Split::Train),
            row(5, long, Stance::Favor, Split::Train),
            row(6, &format!("{long} yesterday"), Stance::Favor, Split::Test),
            row(7, "Lima was thanked.", Stance::Favor, Split::Train),
        ];
        let gazetteer = Gazetteer::new(Vec::new()).unwrap();
        let found: Vec<String> =
            check(&rows, &gazetteer).iter().map(|f| format!("{}: {}", f.location, f.message)).collect();
        assert_eq!(
            found,
            [
                "x.csv:7: target `Oslo` is not in the text",
                "x.csv:3: is labelled AGAINST, but FAVOR at x.csv:2",
                "x.csv:3: is in dev, but the same text in train at x.csv:2",
                "x.csv:4: repeats x.csv:2",
                "x.csv:6: is in test, but nearly the same text in train at x.csv:5",
            ]
        );
    }

    #[test]
    fn splits_part_no_text_and_no_document() {
        let mut examples: Vec<Example> = (0..200)
            .map(|i| {
                row(
                    i,
                    &format!("Oslo met envoy number {} of {}", i / 2, i / 2 * 7),
                    Stance::Favor,
                    Split::Train,
                )
                .example
            })
            .collect();
        examples.iter_mut().take(10).for_each(|e| e.document = Some("one".into()));
        let splits = split(&examples, 0.2, 0.2, 7);
        assert!((0..100).all(|i| splits[2 * i] == splits[2 * i + 1]));
        assert!(splits[..10].iter().all(|s| *s == splits[0]));
        let count = |split| splits.iter().filter(|s| **s == split).count();
        assert!(count(Split::Dev) >= 40 && count(Split::Test) >= 30 && count(Split::Train) >= 100);
        assert_eq!(splits, split(&examples, 0.2, 0.2, 7));
    }
}
