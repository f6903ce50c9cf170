//! Who is named, against texts whose mentions a reader has marked: `[Moscow](RUS)`.
//!
//! `cargo test --test mentions -- --nocapture` prints the table; `MENTIONS_TELL=1` also tells what is wrong in the
//! texts for tuning. Nothing is told of those held back. Marks that begin with a small letter, after `The` at the start
//! of a sentence, are descriptions, which only a whole article makes clear: they count neither way.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::print_stdout, reason = "it prints the table that it is for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use geostance::Span;
use geostance::actor::gazetteer::Gazetteer;
use geostance::io::gazetteer::built_in;

/// A text without its marks, and the marks: span and actor, `None` for a description.
fn parse(marked: &str) -> (String, Vec<(Span, Option<String>)>) {
    let (mut text, mut marks, mut rest) = (String::new(), Vec::new(), marked);
    while let Some(open) = rest.find('[') {
        let middle = open + rest[open..].find("](").unwrap();
        let close = middle + rest[middle..].find(')').unwrap();
        text.push_str(&rest[..open]);
        let (name, actor) = (&rest[open + 1..middle], &rest[middle + 2..close]);
        let span = Span::new(text.len(), text.len() + name.len());
        let noun = name.strip_prefix("The ").unwrap_or(name);
        let described = noun.starts_with(char::is_lowercase) || actor.contains('|');
        marks.push((span, (!described).then(|| actor.to_owned())));
        text.push_str(name);
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    (text, marks)
}

#[derive(Default, Clone, Copy)]
struct Counts {
    texts: usize,
    exact: usize,
    right: usize,
    missing: usize,
    spurious: usize,
}

impl Counts {
    fn line(&self, name: &str) -> String {
        let share = |a: usize, b: usize| 100.0 * a as f64 / b.max(1) as f64;
        let precision = share(self.right, self.right + self.spurious);
        let recall = share(self.right, self.right + self.missing);
        let f1 = share(2 * self.right, 2 * self.right + self.missing + self.spurious);
        let exact = share(self.exact, self.texts);
        format!("{name:<24} {:>4} {precision:>6.1} {recall:>6.1} {f1:>6.1} {exact:>6.1}", self.texts)
    }
}

/// Exact sets in percent, over all texts of a file.
fn measure(split: &str) -> f64 {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/mentions").join(split).with_extension("csv");
    let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
    let tell = split == "tune" && std::env::var_os("MENTIONS_TELL").is_some();
    let mut groups: BTreeMap<String, Counts> = BTreeMap::new();
    for row in csv::Reader::from_path(path).unwrap().deserialize::<BTreeMap<String, String>>() {
        let row = row.unwrap();
        let (text, marks) = parse(&row["text"]);
        let wanted: BTreeSet<(Span, String)> =
            marks.iter().filter_map(|(span, actor)| Some((*span, actor.clone()?))).collect();
        let described = |span: Span| marks.iter().any(|(m, actor)| actor.is_none() && m.contains(span));
        let found: BTreeSet<(Span, String)> = gazetteer
            .find_mentions(&text)
            .into_iter()
            .filter(|m| !described(m.span))
            .map(|m| (m.span, gazetteer.actor(m.actor).id.clone()))
            .collect();
        let one = Counts {
            texts: 1,
            exact: usize::from(found == wanted),
            right: found.intersection(&wanted).count(),
            missing: wanted.difference(&found).count(),
            spurious: found.difference(&wanted).count(),
        };
        if tell && found != wanted {
            let show = |set: BTreeSet<&(Span, String)>| {
                set.iter()
                    .map(|(span, id)| format!("{}={id}", span.slice(&text)))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let (missing, spurious) =
                (show(wanted.difference(&found).collect()), show(found.difference(&wanted).collect()));
            println!("{}: missing [{missing}] spurious [{spurious}]\n    {text}", row["category"]);
        }
        for group in ["all".to_owned(), row["difficulty"].clone(), format!("  {}", row["category"])] {
            let counts = groups.entry(group).or_default();
            counts.texts += one.texts;
            counts.exact += one.exact;
            counts.right += one.right;
            counts.missing += one.missing;
            counts.spurious += one.spurious;
        }
    }
    println!("{split:<24} {:>4} {:>6} {:>6} {:>6} {:>6}", "n", "prec", "recall", "F1", "exact");
    groups.iter().for_each(|(name, counts)| println!("{}", counts.line(name)));
    100.0 * groups["all"].exact as f64 / groups["all"].texts as f64
}

#[test]
fn texts_for_tuning() {
    let exact = measure("tune");
    assert!(exact >= 98.0, "{exact}");
}

#[test]
fn texts_held_back() {
    let exact = measure("held");
    assert!(exact >= 87.0, "{exact}");
}
