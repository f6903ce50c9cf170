//! What is wrong with labelled data: rows that contradict, repeat, or leak from one split into another.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rayon::prelude::*;

use crate::actor::gazetteer::Gazetteer;
use crate::corpus::{Example, Held, Split};
use crate::error::shown;
use crate::{Location, Span, Stance, Tone};

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

/// A text by its key, a holder and a target, both in lower case.
type Pair = (u64, String, String);

/// Where target and holder of a row stand: how many letters and digits of the text come before them, so that
/// texts that share a key share places. Mentions of one name at two places are two targets; `None` is any place.
#[derive(Clone, Copy)]
struct Places {
    target: Option<usize>,
    holder: Option<usize>,
}

impl Places {
    fn of(example: &Example) -> Places {
        let place = |span: Option<Span>| {
            let before = &example.text[..span?.start];
            Some(before.chars().filter(|c| c.is_alphanumeric()).count())
        };
        let holder = match &example.holder {
            Held::By(named) => named.span,
            _ => None,
        };
        Places { target: place(example.target.span), holder: place(holder) }
    }

    /// Whether nothing tells the two apart.
    fn may_be(self, other: Places) -> bool {
        let may_be = |a: Option<usize>, b: Option<usize>| a.is_none() || b.is_none() || a == b;
        may_be(self.target, other.target) && may_be(self.holder, other.holder)
    }
}

/// Checks rows against their texts and against each other.
///
/// Finds targets and holders that are not in the text, duplicate rows, contradicting labels, texts of two
/// tones, texts or near-duplicates of them that stand in two splits, and identifiers that one file gives to two
/// texts.
pub fn check(rows: &[Placed], gazetteer: &Gazetteer) -> Vec<Finding> {
    let mut findings = Vec::new();
    let absent: Vec<Option<String>> = rows.par_iter().map(|row| row.example.stage(gazetteer).err()).collect();
    for (row, why) in rows.iter().zip(absent) {
        if let Some(message) = why {
            findings.push(Finding { location: row.location.clone(), message, unusable: true });
        }
    }
    let mut judged: BTreeMap<Pair, Vec<(Places, &Placed)>> = BTreeMap::new();
    let mut tones: BTreeMap<u64, (Tone, &Location)> = BTreeMap::new();
    let mut splits: BTreeMap<u64, (Split, &Location)> = BTreeMap::new();
    let mut ids: BTreeMap<(Option<&Path>, &str), (u64, &Location)> = BTreeMap::new();
    // as in training, rows that name no split are `train`, but only where others name one
    let any_split = rows.iter().any(|row| row.example.split.is_some());
    let split_of = |example: &Example| example.split.or(any_split.then_some(Split::Train));
    for row in rows {
        let example = &row.example;
        let text = example.text_key();
        let mut find = |message: String| {
            findings.push(Finding { location: row.location.clone(), message, unusable: false });
        };
        let places = Places::of(example);
        let holder = match &example.holder {
            Held::Anyone => String::new(),
            Held::Author => "author".to_owned(),
            Held::By(named) => named.name.to_lowercase(),
        };
        let known = judged.entry((text, holder, example.target.name.to_lowercase())).or_default();
        match known.iter().find(|(others, _)| others.may_be(places)) {
            Some((_, other)) if other.example.stance == example.stance => {
                find(format!("repeats {}", other.location));
            }
            Some((_, other)) => {
                let word = |s: Option<Stance>| s.map_or("nothing", Stance::as_str);
                let (stance, known) = (word(example.stance), word(other.example.stance));
                find(format!("is labelled {stance}, but {known} at {}", other.location));
            }
            None => {}
        }
        known.push((places, row));
        if let Some(tone) = example.tone {
            let (known, at) = *tones.entry(text).or_insert((tone, &row.location));
            if known != tone {
                find(format!("has the tone {tone}, but the same text {known} at {at}"));
            }
        }
        if let Some(id) = &example.id {
            let (known, at) = *ids.entry((row.location.path.as_deref(), id)).or_insert((text, &row.location));
            if known != text {
                find(format!("has the id `{}` of another text at {at}", shown(id)));
            }
        }
        if let Some(split) = split_of(example) {
            let (known, at) = *splits.entry(text).or_insert((split, &row.location));
            if known != split {
                find(format!("is in {}, but the same text in {} at {at}", split.as_str(), known.as_str()));
            }
        }
    }
    findings.extend(near_leaks(rows, split_of));
    findings
}

/// Near-duplicates that stand in different splits, told once for each text; identical texts are told elsewhere.
fn near_leaks(rows: &[Placed], split_of: impl Fn(&Example) -> Option<Split>) -> Vec<Finding> {
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    // the first row of each text in each split
    let mut firsts: Vec<Vec<(Split, &Placed)>> = Vec::new();
    for row in rows {
        let Some(split) = split_of(&row.example) else { continue };
        let number = *numbers.entry(row.example.text_key()).or_insert(firsts.len());
        if number == firsts.len() {
            firsts.push(Vec::new());
        }
        if firsts[number].iter().all(|(other, _)| *other != split) {
            firsts[number].push((split, row));
        }
    }
    let texts: Vec<&str> = firsts.iter().map(|rows| rows[0].1.example.text.as_str()).collect();
    let mut findings: Vec<Option<Finding>> = vec![None; texts.len()];
    visit_candidates(&texts, |a, b, are_near| {
        let apart = |y: &(Split, &Placed)| firsts[a].iter().find(|x| x.0 != y.0).copied();
        let Some((x, y)) = firsts[b].iter().find_map(|y| Some((apart(y)?, *y))) else { return };
        if findings[b].is_none() && are_near() {
            findings[b] = Some(Finding {
                location: y.1.location.clone(),
                message: format!(
                    "is in {}, but nearly the same text in {} at {}",
                    y.0.as_str(),
                    x.0.as_str(),
                    x.1.location
                ),
                unusable: false,
            });
        }
    });
    findings.into_iter().flatten().collect()
}

/// Hashes of the 4-grams of words of a text, ascending; of the whole text where it is shorter.
fn shingles(text: &str) -> Vec<u64> {
    let words: Vec<String> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect();
    if words.len() < 4 {
        return vec![crate::corpus::text_key(text)];
    }
    let mut set: Vec<u64> = words.windows(4).map(|w| crate::feature::space::hash_str(&w.join(" "))).collect();
    set.sort_unstable();
    set.dedup();
    set
}

/// Calls `visit(a, b, are_near)` once for each pair a < b that may be near-duplicates; `are_near` tells
/// whether their 4-grams of words overlap by more than a half (Jaccard).
///
/// Such two share a 4-gram among the rarer half of each, so only those are looked up and no pair is missed.
/// The work grows with the square only of the number of texts that are nearly one.
fn visit_candidates(texts: &[&str], mut visit: impl FnMut(usize, usize, &dyn Fn() -> bool)) {
    let sets: Vec<Vec<u64>> = texts.par_iter().map(|text| shingles(text)).collect();
    let mut n_texts: HashMap<u64, u32> = HashMap::new();
    sets.iter().flatten().for_each(|shingle| *n_texts.entry(*shingle).or_default() += 1);
    let mut index: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut seen_by = vec![usize::MAX; texts.len()];
    for (b, set) in sets.iter().enumerate() {
        let mut by_rarity = set.clone();
        by_rarity.sort_unstable_by_key(|shingle| (n_texts[shingle], *shingle));
        // more than half of the set is shared, so one of its rarest ⌈n / 2⌉ is
        for shingle in by_rarity[..set.len().div_ceil(2)].iter().filter(|s| n_texts[*s] > 1) {
            let holders = index.entry(*shingle).or_default();
            for &a in holders.iter() {
                if seen_by[a] != b {
                    seen_by[a] = b;
                    visit(a, b, &|| are_near(&sets[a], set));
                }
            }
            holders.push(b);
        }
    }
}

/// Whether the Jaccard index of two ascending sets is above a half.
fn are_near(a: &[u64], b: &[u64]) -> bool {
    let (mut i, mut j, mut n_shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => (i, j, n_shared) = (i + 1, j + 1, n_shared + 1),
        }
    }
    3 * n_shared > a.len() + b.len()
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
    fn join(root: &mut [usize], a: usize, b: usize) {
        let (a, b) = (find(root, a), find(root, b));
        root[a.max(b)] = a.min(b);
    }
    let mut by_text: BTreeMap<u64, usize> = BTreeMap::new();
    let mut by_document: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, example) in examples.iter().enumerate() {
        join(&mut root, i, *by_text.entry(example.text_key()).or_insert(i));
        if let Some(document) = &example.document {
            join(&mut root, i, *by_document.entry(document).or_insert(i));
        }
    }
    let firsts: Vec<usize> = by_text.into_values().collect();
    let texts: Vec<&str> = firsts.iter().map(|&i| examples[i].text.as_str()).collect();
    visit_candidates(&texts, |a, b, are_near| {
        let (a, b) = (firsts[a], firsts[b]);
        if find(&mut root, a) != find(&mut root, b) && are_near() {
            join(&mut root, a, b);
        }
    });
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for i in 0..examples.len() {
        groups.entry(find(&mut root, i)).or_default().push(i);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    // an order by hash of text and seed is a shuffle that new rows leave as it is
    let order = |rows: &Vec<usize>| crate::feature::space::mix(seed, examples[rows[0]].text_key());
    groups.sort_by_key(order);
    // dev is filled first, then test; a group too large for the room left is trained on, so that a long
    // document neither swells a split nor starves the next
    let wanted = |share: f64| (share * examples.len() as f64).round() as usize;
    let mut room = [(Split::Dev, wanted(dev)), (Split::Test, wanted(test))];
    let mut splits = vec![Split::Train; examples.len()];
    for rows in &groups {
        if let Some((split, n)) = room.iter_mut().find(|(_, n)| *n >= rows.len()) {
            *n -= rows.len();
            rows.iter().for_each(|&i| splits[i] = *split);
        }
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
    fn an_id_is_of_one_text() {
        let of = |line, text: &str, id: &str| {
            let mut row = row(line, text, Stance::Favor, Split::Train);
            row.example.id = Some(id.into());
            row
        };
        let rows =
            [of(2, "Oslo was thanked.", "a"), of(3, "They thanked Oslo.", "b"), of(4, "Oslo won.", "a")];
        let found = check(&rows, &Gazetteer::new(Vec::new()).unwrap());
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].location.line, &*found[0].message),
            (Some(4), "has the id `a` of another text at x.csv:2")
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
        assert!(count(Split::Dev) == 40 && count(Split::Test) == 40);
        assert_eq!(splits, split(&examples, 0.2, 0.2, 7));
    }

    #[test]
    fn however_many_near_duplicates_stand_together() {
        let long = "the minister told reporters in the old capital that Oslo would send no more ships";
        let mut examples: Vec<Example> =
            (0..150).map(|i| row(i, &format!("{long} {i}"), Stance::Favor, Split::Train).example).collect();
        examples.extend(
            (0..850)
                .map(|i| row(i, &format!("Oslo a{i} b{i} c{i} d{i}"), Stance::Favor, Split::Train).example),
        );
        let splits = split(&examples, 0.1, 0.1, 1);
        assert!(splits[..150].iter().all(|s| *s == splits[0]));
    }

    #[test]
    fn a_long_document_neither_swells_a_split_nor_starves_another() {
        let examples: Vec<Example> = (0..100)
            .map(|i| Example {
                document: Some(if i < 60 { "long".to_owned() } else { i.to_string() }),
                ..row(i, &format!("Oslo a{i} b{i} c{i} d{i}"), Stance::Favor, Split::Train).example
            })
            .collect();
        for seed in 0..20 {
            let splits = split(&examples, 0.15, 0.15, seed);
            let count = |split| splits.iter().filter(|s| **s == split).count();
            assert_eq!((count(Split::Dev), count(Split::Test)), (15, 15), "seed {seed}");
        }
    }

    #[test]
    fn rows_without_a_split_leak_as_the_training_rows_they_are() {
        let none = |line| {
            let mut row = row(line, "Oslo was thanked.", Stance::Favor, Split::Train);
            row.example.split = None;
            row
        };
        let gazetteer = Gazetteer::new(Vec::new()).unwrap();
        let found = check(&[none(2), row(3, "Oslo was thanked!", Stance::Favor, Split::Test)], &gazetteer);
        assert!(found.iter().any(|f| f.message.starts_with("is in test, but the same text in train")));
        let found = check(&[none(2), none(3)], &gazetteer);
        assert!(found.iter().all(|f| f.message.starts_with("repeats")));
    }

    #[test]
    fn no_near_pair_is_missed() {
        let words: Vec<String> = (0..60).map(|i| format!("w{}", i * i % 23)).collect();
        let texts: Vec<String> = (0..40).map(|i| words[i % 17..i % 17 + 6 + i % 13].join(" ")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut found = Vec::new();
        visit_candidates(&texts, |a, b, are_near| found.extend(are_near().then_some((a, b))));
        found.sort_unstable();
        let sets: Vec<std::collections::BTreeSet<u64>> =
            texts.iter().map(|text| shingles(text).into_iter().collect()).collect();
        let near =
            |a: usize, b: usize| sets[a].intersection(&sets[b]).count() * 2 > sets[a].union(&sets[b]).count();
        let pairs = (0..texts.len()).flat_map(|a| (a + 1..texts.len()).map(move |b| (a, b)));
        let expected: Vec<(usize, usize)> = pairs.filter(|&(a, b)| near(a, b)).collect();
        assert!(expected.len() > 20, "too unlike to test anything: {}", expected.len());
        assert_eq!(found, expected);
    }
}
