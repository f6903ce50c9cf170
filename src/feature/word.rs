//! What is known of each distinct word, worked out once.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::lexicon::{Cue, Entry, Lexicon};
use super::sink::Atom;
use super::space::{hash_on, hash_str, mix};
use rust_stemmers::{Algorithm, Stemmer};

/// A function word, sign or class that patterns see instead of the word itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Content,
    Punctuation,
    Conjunction,
    Preposition,
}

/// A distinct word as it stands in texts.
pub(crate) struct WordInfo {
    /// Lower case, digits as `0`, curly apostrophes straightened.
    pub lower: Box<str>,
    pub stem: Box<str>,
    pub lower_hash: u64,
    pub stem_hash: u64,
    pub entry: Entry,
    pub shape: Shape,
    pub longest_phrase: u8,
    pub capital: bool,
    /// Looks like a past participle.
    pub participle: bool,
    /// A form of be or get.
    pub auxiliary: bool,
    pub bracket: Bracket,
    /// Lists the word stands in.
    pub lists: u16,
    /// `<word>`, of at most [`MOST_LETTERS`] letters.
    marked: Box<str>,
}

/// Word lists that features ask for, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// Ends a clause.
    ClauseEnd,
    /// Stands before an actor in a telling way.
    Before,
    /// Stands behind an actor in a telling way.
    Behind,
    /// Makes a noun of the word behind it.
    Determiner,
    /// A preposition that governs an actor.
    Governor,
    /// Stands between such a preposition and a name.
    Title,
    /// Begins another clause.
    Opener,
    /// Begins a clause about what stands before it.
    Relative,
    /// Joins a verb to the one before it.
    Joiner,
    /// May stand, as a form of be or get may, between a verb and what joins it or is its subject.
    Adverb,
    /// Ends a clause to either side.
    Stop,
}

impl List {
    /// Whether a word is in the list whose lists these are.
    pub fn is_of(self, lists: u16) -> bool {
        lists >> self as u16 & 1 == 1
    }
}

const LISTS: [(List, &[&str]); 11] = [
    (
        List::ClauseEnd,
        &[
            ";", ":", "\"", "“", "”", "—", "–", "(", ")", "but", "although", "while", "whereas", "because",
            "though",
        ],
    ),
    (
        List::Before,
        &[
            "by", "to", "of", "from", "with", "for", "against", "on", "about", "at", "as", "than", "like",
            "in", "and", ",", "that", "\"", "“", "the", "between",
        ],
    ),
    (
        List::Behind,
        &[
            "is", "was", "has", "had", "will", "would", "and", ",", ".", "'s", "who", "to", "for", "in",
            "said", "should", "could", "did", "does", "are", "were", "have",
        ],
    ),
    (
        List::Determiner,
        &[
            "the",
            "a",
            "an",
            "'s",
            "his",
            "her",
            "its",
            "their",
            "this",
            "that",
            "these",
            "those",
            "our",
            "my",
            "your",
            "no",
            "any",
            "some",
            "of",
            "against",
            "for",
            "with",
            "by",
            "in",
            "under",
            "from",
            "after",
            "over",
            "new",
            "harsh",
            "strong",
            "economic",
            "military",
            "public",
            "sharp",
            "international",
        ],
    ),
    (
        List::Governor,
        &[
            "by", "of", "against", "with", "to", "for", "on", "from", "in", "at", "about", "toward",
            "towards", "over", "into", "upon",
        ],
    ),
    (
        List::Title,
        &[
            "the",
            "a",
            "an",
            "former",
            "president",
            "prime",
            "minister",
            "mr",
            "mrs",
            "ms",
            "dr",
            "senator",
            "sen",
            "rep",
            "secretary",
            "his",
            "her",
            "their",
            "its",
            "'s",
        ],
    ),
    (
        List::Opener,
        &[
            "that", "if", "when", "after", "before", "because", "since", "although", "though", "while",
            "whereas", "unless", "until", "as", "where", "whether", "but",
        ],
    ),
    (List::Relative, &["who", "which", "whom", "whose"]),
    (List::Joiner, &["and", "or", ",", "then", "but"]),
    (List::Adverb, &["not", "n't", "to", "had", "has", "have", "will", "would", "also", "never"]),
    (List::Stop, &[";", ":", "\"", "“", "”", "(", ")", "—", "–", "."]),
];

/// Whether a sign opens or closes a quotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bracket {
    No,
    Opens,
    Closes,
    Either,
}

const PREPOSITIONS: [&str; 24] = [
    "by", "to", "of", "for", "with", "from", "against", "in", "on", "at", "about", "toward", "towards",
    "over", "into", "upon", "as", "than", "like", "under", "after", "before", "between", "through",
];
const CONJUNCTIONS: [&str; 23] = [
    "but", "although", "though", "while", "whereas", "because", "since", "after", "before", "when", "if",
    "unless", "who", "which", "whom", "whose", "that", "as", "and", "or", "where", "despite", "however",
];
const AUXILIARIES: [&str; 12] =
    ["was", "were", "been", "be", "being", "is", "are", "get", "got", "gets", "'re", "'m"];
const IRREGULAR_PARTICIPLES: [&str; 48] = [
    "beaten",
    "struck",
    "stricken",
    "fought",
    "shot",
    "fed",
    "met",
    "told",
    "written",
    "seen",
    "spoken",
    "said",
    "lost",
    "stolen",
    "won",
    "overcome",
    "overthrown",
    "withheld",
    "overtaken",
    "misled",
    "frozen",
    "cut",
    "forgiven",
    "hurt",
    "taken",
    "given",
    "driven",
    "broken",
    "held",
    "thrown",
    "hit",
    "sent",
    "brought",
    "bought",
    "caught",
    "taught",
    "left",
    "kept",
    "made",
    "paid",
    "put",
    "set",
    "sought",
    "shown",
    "chosen",
    "withdrawn",
    "drawn",
    "torn",
];

/// Letters of a longer word count up to here.
const MOST_LETTERS: usize = 30;

impl WordInfo {
    fn new(surface: &str, lexicon: &Lexicon, stemmer: &Stemmer) -> WordInfo {
        let first = surface.chars().next().unwrap_or(' ');
        let lower = if first.is_numeric() {
            "0".to_owned()
        } else {
            surface.chars().map(|c| if c == '’' { '\'' } else { c }).collect::<String>().to_lowercase()
        };
        let stem = stemmer.stem(&lower).into_owned();
        let shape = if !first.is_alphanumeric() && !surface.chars().any(char::is_alphanumeric) {
            Shape::Punctuation
        } else if CONJUNCTIONS.contains(&lower.as_str()) {
            Shape::Conjunction
        } else if PREPOSITIONS.contains(&lower.as_str()) {
            Shape::Preposition
        } else {
            Shape::Content
        };
        let mut entry = lexicon.word(&lower, &stem).unwrap_or_default();
        if lower == "n't" {
            entry.cue = Some(Cue::Negator);
        }
        WordInfo {
            lower_hash: hash_str(&lower),
            stem_hash: hash_str(&stem),
            entry,
            shape,
            longest_phrase: lexicon.longest_phrase(&stem).min(8) as u8,
            capital: first.is_uppercase(),
            participle: lower.ends_with("ed") || IRREGULAR_PARTICIPLES.contains(&lower.as_str()),
            auxiliary: AUXILIARIES.contains(&lower.as_str()),
            bracket: match surface {
                "“" | "«" => Bracket::Opens,
                "”" | "»" => Bracket::Closes,
                "\"" => Bracket::Either,
                _ => Bracket::No,
            },
            lists: LISTS
                .iter()
                .filter(|(list, words)| {
                    words.contains(&lower.as_str()) || (*list == List::Adverb && lower.ends_with("ly"))
                })
                .map(|(list, _)| 1 << *list as u16)
                .sum(),
            marked: std::iter::once('<').chain(lower.chars().take(MOST_LETTERS)).chain(['>']).collect(),
            lower: lower.into(),
            stem: stem.into(),
        }
    }

    /// Gives the letters of the word: all sequences of 3 to 5 characters of `<word>`.
    pub fn grams<'w>(&'w self, mut give: impl FnMut(Atom<'w>)) {
        let mut starts = [0u8; MOST_LETTERS + 3];
        let mut n = 0;
        for (at, _) in self.marked.char_indices() {
            starts[n] = at as u8;
            n += 1;
        }
        starts[n] = self.marked.len() as u8;
        for first in 0..n {
            let mut hash = hash_str("");
            let mut end = usize::from(starts[first]);
            for (n_letters, &next) in (1..=5).zip(&starts[first + 1..=n]) {
                hash = hash_on(hash, &self.marked[end..usize::from(next)]);
                end = usize::from(next);
                if n_letters >= 3 {
                    give(Atom { hash: mix(7, hash), text: &self.marked[usize::from(starts[first])..end] });
                }
            }
        }
    }

    pub fn is_punctuation(&self) -> bool {
        self.shape == Shape::Punctuation
    }
}

/// Distinct words met so far, for one thread. Forgets all when it has grown too large.
pub(crate) struct WordTable {
    by_surface: HashMap<Box<str>, u32, RandomState>,
    infos: Vec<WordInfo>,
    by_stem: HashMap<u64, u32, RandomState>,
    /// For each word the number of its stem; for each stem the sentence that it was last met in, and where first.
    stems: Vec<u32>,
    met: Vec<(u32, u32)>,
    sentence: u32,
    stemmer: Stemmer,
}

/// Enough for the vocabulary of most archives; some 40 MB when full.
const MOST_WORDS: usize = 60_000;

impl Default for WordTable {
    fn default() -> Self {
        WordTable {
            by_surface: HashMap::default(),
            infos: Vec::new(),
            by_stem: HashMap::default(),
            stems: Vec::new(),
            met: Vec::new(),
            sentence: 0,
            stemmer: Stemmer::create(Algorithm::English),
        }
    }
}

impl WordTable {
    /// Makes room before a sentence; numbers given out before are void after where it says so.
    pub fn make_room(&mut self) -> bool {
        let full = self.infos.len() > MOST_WORDS;
        if full {
            self.by_surface.clear();
            self.infos.clear();
            self.by_stem.clear();
            self.stems.clear();
            self.met.clear();
        }
        full
    }

    /// Number of the word that stands in a text as `surface`.
    pub fn number(&mut self, surface: &str, lexicon: &Lexicon) -> u32 {
        if let Some(&number) = self.by_surface.get(surface) {
            return number;
        }
        let number = self.infos.len() as u32;
        let info = WordInfo::new(surface, lexicon, &self.stemmer);
        let stem = *self.by_stem.entry(info.stem_hash).or_insert(self.met.len() as u32);
        if stem as usize == self.met.len() {
            self.met.push((0, 0));
        }
        self.stems.push(stem);
        self.infos.push(info);
        self.by_surface.insert(surface.into(), number);
        number
    }

    /// What follows is another sentence.
    pub fn begin_sentence(&mut self) {
        self.sentence = self.sentence.wrapping_add(1);
        if self.sentence == 0 {
            self.met.fill((0, 0));
            self.sentence = 1;
        }
    }

    /// Notes a word at `place` of the sentence; the place where its stem was first met there, if it was.
    pub fn meet(&mut self, number: u32, place: u32) -> Option<u32> {
        let (sentence, first) = &mut self.met[self.stems[number as usize] as usize];
        if *sentence == self.sentence {
            return Some(*first);
        }
        (*sentence, *first) = (self.sentence, place);
        None
    }

    #[inline]
    pub fn info(&self, number: u32) -> &WordInfo {
        &self.infos[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_by_form_and_stem() {
        let lexicon = Lexicon::built_in();
        let mut table = WordTable::default();
        let n = table.number("Condemned", &lexicon);
        assert_eq!(n, table.number("Condemned", &lexicon));
        let info = table.info(n);
        assert_eq!((&*info.lower, &*info.stem), ("condemned", "condemn"));
        assert!(info.capital && info.participle);
        assert!(info.entry.verb.unwrap().attitude < 0);
        let comma = table.number(",", &lexicon);
        assert!(table.info(comma).is_punctuation());
        let not = table.number("n’t", &lexicon);
        assert!(table.info(not).entry.cue == Some(Cue::Negator));
    }
}
