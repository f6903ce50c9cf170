//! Leaders' names with one letter wrong, or with initials for given names.
//!
//! Tried only next to a word that leaders' names or titles contain, and only where no name fits. Surnames that
//! nobody else bears are tried alone too.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::office::Bearer;
use crate::text::span::Span;

/// Shortest name word, in letters, that is recognised with an error beside a right one.
const BESIDE_NAME: usize = 5;
/// Shortest one after a mere title.
const BESIDE_TITLE: usize = 6;
/// Shortest surname recognised alone, if the slip does not change how it sounds.
const ALONE: usize = 6;
/// Shortest one in which any slip is forgiven.
const ALONE_ANY: usize = 8;

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
    /// Surnames that nobody else bears, by the letter they begin with.
    famous: [Vec<(NameWord, Bearer)>; 26],
    /// Their lengths in bytes, one more and one less, a bit each.
    lengths: [u32; 26],
}

/// What the words around a name tell.
pub(crate) struct Neighbours<A, B, C> {
    /// A name that is right as it stands.
    pub is_alias: A,
    /// With a capital no given name: `When`, `Colonel`.
    pub is_lead: B,
    /// With a capital behind a name no part of it.
    pub is_institution: C,
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

/// Whether two names one letter apart sound alike: vowels, letters twice or once, `c` for `k`, a mute `h`.
fn sounds_alike(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let n_first = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let is_vowel = |byte: u8| b"aeiouy".contains(&byte);
    let like = |x: u8, y: u8| {
        (is_vowel(x) && is_vowel(y))
            || [b"ck", b"cs", b"kq", b"sz", b"vw", b"td", b"ij"]
                .iter()
                .any(|p| p.contains(&x) && p.contains(&y))
    };
    match (a.get(n_first), b.get(n_first)) {
        (Some(&x), Some(&y)) if a.len() == b.len() => like(x, y) && a[n_first + 1..] == b[n_first + 1..],
        _ => {
            let longer = if a.len() > b.len() { a } else { b };
            let extra = longer[n_first.min(longer.len() - 1)];
            let twice = n_first > 0 && longer[n_first - 1] == extra;
            twice || (a.len().min(b.len()) > ALONE && (is_vowel(extra) || extra == b'h'))
        }
    }
}

/// One bit for each letter that occurs; an edit changes two at most.
fn letters(word: &str) -> u64 {
    word.bytes().fold(0, |set, byte| set | 1 << (byte & 63))
}

impl Misspellings {
    /// From the plain forms of leaders' names and the actor of each.
    pub fn new<'a, 'b>(
        names: impl Iterator<Item = (&'a str, Bearer)>,
        famous: impl Iterator<Item = (&'b str, Bearer)>,
    ) -> Misspellings {
        let mut out = Misspellings::default();
        for (name, actor) in famous.filter(|(name, _)| (ALONE..30).contains(&name.len())) {
            let Some(letter) = letter_of(name.as_bytes()[0]) else { continue };
            out.famous[letter].push((NameWord::new(name), actor));
            out.lengths[letter] |= 0b111 << (name.len() - 1);
        }
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

    /// Calls `found` with each misspelt name in the plain `text` and its actor.
    pub fn find(
        &self,
        text: &str,
        near: &Neighbours<impl Fn(&str) -> bool, impl Fn(&str) -> bool, impl Fn(&str) -> bool>,
        mut found: impl FnMut(Span, Bearer),
    ) {
        let bytes = text.as_bytes();
        let mut before: Option<Span> = None;
        let mut at = 0;
        while let Some(next) = next_capitalised(bytes, at) {
            let here = word_at(text, next);
            at = here.end;
            let previous = before.filter(|b| b.end + 1 == here.start && bytes[b.end] == b' ');
            before = Some(here);
            let Some(known) = self.known.get(here.slice(text)) else {
                if let Some(actor) = self.alone(text, here, previous, near) {
                    found(here, actor);
                }
                continue;
            };
            let (found_one, span) = self.beside(text, here, previous, known, &near.is_alias);
            if let Some(actor) = found_one {
                found(span, actor);
            } else if let Some((actor, span)) = self.behind_initials(text, here, known, &near.is_alias) {
                found(span, actor);
            }
        }
    }

    /// The leader whose famous surname `here` must be, though it stands alone and a letter is wrong.
    fn alone(
        &self,
        text: &str,
        here: Span,
        previous: Option<Span>,
        near: &Neighbours<impl Fn(&str) -> bool, impl Fn(&str) -> bool, impl Fn(&str) -> bool>,
    ) -> Option<Bearer> {
        let letter = letter_of(text.as_bytes()[here.start])?;
        if self.lengths[letter].checked_shr(here.len() as u32).unwrap_or(0) & 1 == 0 {
            return None;
        }
        let seen = here.slice(text);
        let fits = |name: &NameWord| {
            name.word == seen
                || (name.is_near(seen, ALONE)
                    // the surname of his wife or daughter
                    && seen.strip_suffix('a') != Some(&*name.word)
                    && seen.strip_suffix('s') != Some(&*name.word)
                    && (name.n_letters >= ALONE_ANY || sounds_alike(&name.word, seen)))
        };
        let actor = only(self.famous[letter].iter().filter(|(name, _)| fits(name)).map(|&(_, actor)| actor))?;
        let is_whole = previous.is_none_or(|previous| (near.is_lead)(previous.slice(text)))
            && next_word(text, here).is_none_or(|next| (near.is_institution)(next.slice(text)));
        (is_whole && !(near.is_alias)(seen)).then_some(actor)
    }

    /// `N. S. Khrushchev`: the one actor that initials before the surname `here` fit, and the whole name.
    fn behind_initials(
        &self,
        text: &str,
        here: Span,
        known: &Known,
        is_alias: impl Fn(&str) -> bool,
    ) -> Option<(Bearer, Span)> {
        let bytes = text.as_bytes();
        let (mut start, mut n_initials) = (here.start, 0);
        loop {
            let before = text[..start].strip_suffix(' ').unwrap_or(&text[..start]);
            let n = before.len();
            let fits = before.ends_with('.')
                && n > 1
                && bytes[n - 2].is_ascii_uppercase()
                && (n < 3 || !bytes[n - 3].is_ascii_alphanumeric());
            if !fits || n_initials == 3 {
                break;
            }
            n_initials += 1;
            start = n - 2;
        }
        if n_initials < 2 && !(n_initials == 1 && is_alias(here.slice(text))) {
            return None;
        }
        let name = known.last_of.iter().map(|&i| &self.full[i as usize]);
        let near =
            name.filter(|(first, ..)| first.word.as_bytes()[0] == bytes[start]).map(|&(.., actor)| actor);
        Some((only(near)?, Span::new(start, here.end)))
    }

    /// The one actor that a slip beside the known word `here` points to, and the whole name.
    fn beside(
        &self,
        text: &str,
        here: Span,
        previous: Option<Span>,
        known: &Known,
        is_alias: impl Fn(&str) -> bool,
    ) -> (Option<Bearer>, Span) {
        let other = |span: &Span| !self.known.contains_key(span.slice(text));
        let unknown = |span: &Span| other(span) && !is_alias(span.slice(text));
        if let Some(next) = next_word(text, here).filter(other) {
            let seen = next.slice(text);
            let name = known.first_of.iter().map(|&i| &self.full[i as usize]);
            let near =
                name.filter(|(_, last, _)| last.is_near(seen, BESIDE_NAME)).map(|&(.., bearer)| bearer);
            if let Some(bearer) = only(near) {
                return (Some(bearer), Span::new(here.start, next.end));
            }
            if known.title && unknown(&next) {
                let alike = self.alone.get(&seen.as_bytes()[0]).into_iter().flatten();
                let near = alike.filter(|(name, _)| name.is_near(seen, BESIDE_TITLE));
                if let Some(bearer) = only(near.map(|&(_, bearer)| bearer)) {
                    return (Some(bearer), next);
                }
            }
        }
        if let Some(previous) = previous.filter(|span| !is_alias(span.slice(text))) {
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

/// The place of a capital letter in the alphabet.
fn letter_of(byte: u8) -> Option<usize> {
    byte.is_ascii_uppercase().then(|| usize::from(byte - b'A'))
}

/// The actor that all agree on.
fn only(mut actors: impl Iterator<Item = Bearer>) -> Option<Bearer> {
    let first = actors.next()?;
    actors.all(|other| other == first).then_some(first)
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
        let famous = [("Gorbachev", 3), ("Erdogan", 4), ("Sarkozy", 5)];
        let indexed = |&(name, i): &(&'static str, u32)| (name, Bearer::Of(ActorIndex(i)));
        let slips = Misspellings::new(names.iter().map(indexed), famous.iter().map(indexed));
        let mut out = Vec::new();
        let near = Neighbours {
            is_alias: |word: &str| word == "Dutert" || word == "Putin",
            is_lead: |word: &str| word == "When",
            is_institution: |word: &str| word == "Monday",
        };
        slips.find(text, &near, |span, bearer| {
            let Bearer::Of(actor) = bearer else { return };
            out.push((span.slice(text), actor.0));
        });
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
    fn a_famous_surname_needs_nothing_beside_it() {
        assert_eq!(
            find("When Gorbachov spoke, Erdogen and Sarkozi listened."),
            [("Gorbachov", 3), ("Erdogen", 4), ("Sarkozi", 5)]
        );
        assert_eq!(find("Erdogann Monday"), [("Erdogann", 4)]);
        for text in
            ["Raisa Gorbachova", "Gorbacheva", "Leyla Erdogen", "Erdogin Street", "Erdogar", "erdogen"]
        {
            assert_eq!(find(text), [], "{text}");
        }
    }

    #[test]
    fn initials_stand_for_given_names() {
        assert_eq!(find("V. V. Putin and J. F. Kerry"), [("V. V. Putin", 0), ("J. F. Kerry", 2)]);
        assert_eq!(find("V.Putin"), [("V.Putin", 0)]);
        assert_eq!(find("J. Kerry, R. S. Putin"), []);
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
