//! Leaders' names with one letter wrong.
//!
//! Tried only next to a word that leaders' names or titles contain, and only where no name fits.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::office::Bearer;
use crate::text::span::Span;

/// Shortest name word, in letters, that is recognised with an error beside a right one.
const BESIDE_NAME: usize = 5;
/// Shortest one after a mere title.
const BESIDE_TITLE: usize = 6;

const TITLES: [&str; 12] = [
    "President",
    "Minister",
    "Chancellor",
    "Mr",
    "Mrs",
    "Ms",
    "Secretary",
    "Premier",
    "Ambassador",
    "King",
    "General",
    "Chairman",
];

/// The words of leaders' names, for names with a slip in them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Misspellings {
    /// Word → what it can be.
    known: HashMap<String, Known, RandomState>,
    /// First and last word of each full name.
    full: Vec<(NameWord, NameWord, Bearer)>,
    /// Last names that stand alone in the gazetteer, by their first byte.
    alone: HashMap<u8, Vec<(NameWord, Bearer)>>,
}

#[derive(Debug, Clone, Default)]
struct Known {
    title: bool,
    first_of: Vec<u32>,
    last_of: Vec<u32>,
}

#[derive(Debug, Clone)]
struct NameWord {
    word: String,
    n_letters: usize,
    letters: u64,
}

impl NameWord {
    fn new(word: &str) -> NameWord {
        NameWord { word: word.to_owned(), n_letters: word.chars().count(), letters: letters(word) }
    }

    /// Whether `seen` is this word with one letter changed, left out, put in or swapped; never the first.
    fn is_near(&self, seen: &str, shortest: usize) -> bool {
        self.n_letters >= shortest
            && self.word.as_bytes()[0] == seen.as_bytes()[0]
            && self.word.len().abs_diff(seen.len()) <= 4
            && (self.letters ^ letters(seen)).count_ones() <= 2
            && strsim::osa_distance(&self.word, seen) == 1
    }
}

/// One bit for each letter that occurs; an edit changes two at most.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte & 63))
}

impl Misspellings {
    /// From the plain forms of leaders' names and the bearer of each.
    pub fn new<'a>(names: impl Iterator<Item = (&'a str, Bearer)>) -> Misspellings {
        let mut out = Misspellings::default();
        for title in TITLES {
            out.known.entry(title.to_owned()).or_default().title = true;
        }
        for (name, bearer) in names {
            let mut words = name.split(' ').filter(|w| w.chars().count() > 1);
            let Some(first) = words.next() else { continue };
            let Some(last) = words.next_back() else {
                out.alone.entry(first.as_bytes()[0]).or_default().push((NameWord::new(first), bearer));
                continue;
            };
            let id = out.full.len() as u32;
            out.known.entry(first.to_owned()).or_default().first_of.push(id);
            out.known.entry(last.to_owned()).or_default().last_of.push(id);
            out.full.push((NameWord::new(first), NameWord::new(last), bearer));
        }
        out
    }

    /// Calls `found` with each misspelt name in the plain `text` and its bearer; `is_alias` tells words
    /// that are right as they stand.
    pub fn find(&self, text: &str, is_alias: impl Fn(&str) -> bool, mut found: impl FnMut(Span, Bearer)) {
        let bytes = text.as_bytes();
        let mut before: Option<Span> = None;
        let mut at = 0;
        while let Some(next) = next_capitalised(bytes, at) {
            let here = word_at(text, next);
            at = here.end;
            let previous = before.filter(|b| b.end + 1 == here.start && bytes[b.end] == b' ');
            before = Some(here);
            let Some(known) = self.known.get(here.slice(text)) else { continue };
            let (found_one, span) = self.beside(text, here, previous, known, &is_alias);
            if let Some(bearer) = found_one {
                found(span, bearer);
            }
        }
    }

    /// The one bearer that a slip beside the known word `here` points to, and the whole name.
    fn beside(
        &self,
        text: &str,
        here: Span,
        previous: Option<Span>,
        known: &Known,
        is_alias: impl Fn(&str) -> bool,
    ) -> (Option<Bearer>, Span) {
        let unknown = |span: &Span| !self.known.contains_key(span.slice(text)) && !is_alias(span.slice(text));
        if let Some(next) = next_word(text, here).filter(unknown) {
            let seen = next.slice(text);
            let name = known.first_of.iter().map(|&i| &self.full[i as usize]);
            let near =
                name.filter(|(_, last, _)| last.is_near(seen, BESIDE_NAME)).map(|&(.., bearer)| bearer);
            if let Some(bearer) = only(near) {
                return (Some(bearer), Span::new(here.start, next.end));
            }
            if known.title {
                let alike = self.alone.get(&seen.as_bytes()[0]).into_iter().flatten();
                let near = alike.filter(|(name, _)| name.is_near(seen, BESIDE_TITLE));
                if let Some(bearer) = only(near.map(|&(_, bearer)| bearer)) {
                    return (Some(bearer), next);
                }
            }
        }
        if let Some(previous) = previous.filter(unknown) {
            let seen = previous.slice(text);
            let name = known.last_of.iter().map(|&i| &self.full[i as usize]);
            let near =
                name.filter(|(first, ..)| first.is_near(seen, BESIDE_NAME)).map(|&(.., bearer)| bearer);
            return (only(near), Span::new(previous.start, here.end));
        }
        (None, here)
    }
}

/// The first place from `at` on, which is no middle of a word, where a word begins with a capital.
fn next_capitalised(bytes: &[u8], at: usize) -> Option<usize> {
    let mut inside = false;
    let begins = |&byte: &u8| {
        let capital = byte.is_ascii_uppercase() & !inside;
        inside = byte.is_ascii_alphanumeric();
        capital
    };
    bytes[at..].iter().position(begins).map(|skip| at + skip)
}

/// The bearer that all agree on.
fn only(mut bearers: impl Iterator<Item = Bearer>) -> Option<Bearer> {
    let first = bearers.next()?;
    bearers.all(|other| other == first).then_some(first)
}

/// The letters and digits from `at` on.
pub(crate) fn word_at(text: &str, at: usize) -> Span {
    let ascii = text.as_bytes()[at..].iter().take_while(|b| b.is_ascii_alphanumeric()).count();
    let end = at + ascii;
    match text.as_bytes().get(end) {
        Some(0x80..) => {
            let rest = &text[end..];
            Span::new(at, end + rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len()))
        }
        _ => Span::new(at, end),
    }
}

/// The capitalised word after `here` and one blank or a title's stop.
fn next_word(text: &str, here: Span) -> Option<Span> {
    let rest = &text[here.end..];
    let gap = if rest.starts_with(". ") { 2 } else { 1 };
    let start = here.end + gap;
    let fits =
        (gap == 2 || rest.starts_with(' ')) && text.as_bytes().get(start).is_some_and(u8::is_ascii_uppercase);
    fits.then(|| word_at(text, start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ActorIndex;

    fn find(text: &str) -> Vec<(&str, u32)> {
        let names =
            [("Vladimir Putin", 0), ("Putin", 0), ("Rodrigo Duterte", 1), ("Duterte", 1), ("John Kerry", 2)];
        let slips = Misspellings::new(names.iter().map(|&(name, i)| (name, Bearer::Of(ActorIndex(i)))));
        let mut out = Vec::new();
        slips.find(
            text,
            |word| word == "Dutert",
            |span, bearer| {
                let Bearer::Of(actor) = bearer else { return };
                out.push((span.slice(text), actor.0));
            },
        );
        out
    }

    #[test]
    fn one_wrong_letter_beside_a_right_word_is_forgiven() {
        assert_eq!(
            find("Vladamir Putin met Rodrigo Duterta."),
            [("Vladamir Putin", 0), ("Rodrigo Duterta", 1)]
        );
        assert_eq!(find("President Duterta left. Mr. Duterti stayed."), [("Duterta", 1), ("Duterti", 1)]);
    }

    #[test]
    fn everything_else_is_another_name() {
        for text in [
            "Vladimir Putin met Rodrigo Duterte",
            "John Berry, John Kelly",
            "President Putun",
            "Vladimir putim",
            "President Dutert",
            "Vladimir, Putim",
            "Vladimir Smith and Igor Putin",
        ] {
            assert_eq!(find(text), [], "{text}");
        }
    }
}
