//! What words say by themselves: polarity, frames and cues.
//!
//! Frames after Rashkin, Singh and Choi, *Connotation Frames: A Data-Driven Investigation*, ACL 2016:
//! what the subject of a word thinks of its object, what the event is for the object, and what the
//! word says of its own subject. The entries are our own: `data/lexicon.csv` and `data/cues.csv`.

use rust_stemmers::{Algorithm, Stemmer};

use super::space::{KeyMap, hash_str, mix};
use crate::fingerprint::Fingerprint;
use crate::{Error, Location, Result};

/// Attitudes that a word carries between its subject and its object.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frame {
    /// What the subject thinks of the object: -1, 0 or 1.
    pub attitude: i8,
    /// What the event is for the object: -1, 0 or 1.
    pub effect: i8,
    /// What the word says of its own subject or bearer: -1, 0 or 1.
    pub subject: i8,
    /// What sort of act: say, threat, law, war, ...; position in [`KINDS`].
    pub kind: u8,
}

/// Sorts of acts, as the column `kind` spells them.
pub const KINDS: [&str; 12] =
    ["say", "threat", "law", "war", "harm", "trade", "beat", "feel", "help", "diplo", "talk", "own"];

/// Part a function word plays, as the column `class` of the cues spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cue {
    /// Turns the words after it: not, never, without.
    Negator,
    /// Turns the word it governs: stop, refuse, lift.
    Reverser,
    /// Makes stronger: very.
    Intensifier,
    /// Makes weaker: slightly.
    Diminisher,
    /// Reports speech: said, told.
    Saying,
    /// Makes uncertain: may, if.
    Hedge,
    /// Turns the argument: but, although.
    Contrast,
    /// Carries a noun of action: take, impose.
    Light,
}

/// All that the lexicon knows of one word or phrase.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Entry {
    /// How it sounds by itself, from -3 to 3.
    pub polarity: i8,
    /// Its frame as a verb.
    pub verb: Option<Frame>,
    /// Its frame as a noun of action.
    pub noun: Option<Frame>,
    /// Its frame as a role noun or a judging adjective.
    pub role: Option<Frame>,
    /// Its part as a function word.
    pub cue: Option<Cue>,
}

/// Words and phrases with what they say, looked up by form, then by stem.
pub struct Lexicon {
    /// By hash of the word, of its stem, of the stems of a phrase one by one, and of its first stem.
    forms: KeyMap<Entry>,
    stems: KeyMap<Entry>,
    phrases: KeyMap<Entry>,
    openers: KeyMap<usize>,
    fingerprint: String,
}

const WORDS: &str = include_str!("../../data/lexicon.csv");
const CUES: &str = include_str!("../../data/cues.csv");

impl Lexicon {
    /// The lexicon that is compiled in.
    ///
    /// # Panics
    /// Never on a released build: a test reads the same text.
    pub fn built_in() -> Lexicon {
        Lexicon::from_csv(WORDS, CUES).expect("the built-in lexicon is checked by a test")
    }

    /// Reads `lemma,pos,polarity,attitude,effect,kind,subject` and `lemma,class`.
    ///
    /// # Errors
    /// Names the line and column of a value out of range, or an unknown class.
    pub fn from_csv(words: &str, cues: &str) -> Result<Lexicon> {
        let mut lexicon = Lexicon {
            forms: KeyMap::default(),
            stems: KeyMap::default(),
            phrases: KeyMap::default(),
            openers: KeyMap::default(),
            fingerprint: Fingerprint::of([words, cues]),
        };
        let stemmer = Stemmer::create(Algorithm::English);
        let mut rows = csv::Reader::from_reader(words.as_bytes());
        for row in rows.records() {
            let row = row.map_err(|e| csv_error("data/lexicon.csv", &e))?;
            let line = row.position().map_or(0, csv::Position::line);
            let number = |i: usize, limit: i8, column: &str| -> Result<i8> {
                let text = row.get(i).unwrap_or("");
                match text.parse::<i8>() {
                    Ok(value) if value.abs() <= limit => Ok(value),
                    _ if text.is_empty() => Ok(0),
                    _ => Err(Error::row(
                        Location::file("data/lexicon.csv").line(line).column(column),
                        format!("found `{text}`, expected a whole number from -{limit} to {limit}"),
                    )),
                }
            };
            let (lemma, pos, kind) = (&row[0], &row[1], row.get(5).unwrap_or(""));
            let frame = Frame {
                attitude: number(3, 1, "attitude")?,
                effect: number(4, 1, "effect")?,
                subject: number(6, 1, "subject")?,
                kind: KINDS.iter().position(|k| *k == kind).unwrap_or(KINDS.len() - 1) as u8,
            };
            let polarity = number(2, 3, "polarity")?;
            lexicon.add(lemma, &stemmer, |entry| {
                if entry.polarity == 0 {
                    entry.polarity = polarity;
                }
                let place = match (pos, kind) {
                    ("verb", _) => &mut entry.verb,
                    ("noun", "role" | "qual") | ("adj" | "adv", _) => &mut entry.role,
                    ("noun", _) => &mut entry.noun,
                    _ => return,
                };
                place.get_or_insert(frame);
            });
        }
        let mut rows = csv::Reader::from_reader(cues.as_bytes());
        for row in rows.records() {
            let row = row.map_err(|e| csv_error("data/cues.csv", &e))?;
            let cue = match &row[1] {
                "negator" => Cue::Negator,
                "reverser" => Cue::Reverser,
                "intensifier" => Cue::Intensifier,
                "diminisher" => Cue::Diminisher,
                "saying" => Cue::Saying,
                "hedge" => Cue::Hedge,
                "contrast" => Cue::Contrast,
                "light" => Cue::Light,
                other => {
                    let line = row.position().map_or(0, csv::Position::line);
                    return Err(Error::row(
                        Location::file("data/cues.csv").line(line).column("class"),
                        format!("`{other}` is no class of cue"),
                    ));
                }
            };
            lexicon.add(&row[0], &stemmer, |entry| {
                entry.cue.get_or_insert(cue);
            });
        }
        Ok(lexicon)
    }

    fn add(&mut self, lemma: &str, stemmer: &Stemmer, change: impl Fn(&mut Entry)) {
        let mut stems = lemma.split(' ').map(|word| hash_str(&stemmer.stem(word)));
        let Some(first) = stems.next() else { return };
        let (n, phrase) =
            stems.fold((1, phrase_key([first].into_iter())), |(n, key), stem| (n + 1, mix(key, stem)));
        if n > 1 {
            let longest = self.openers.entry(first).or_default();
            *longest = n.max(*longest);
            change(self.phrases.entry(phrase).or_default());
        } else {
            change(self.forms.entry(hash_str(lemma)).or_default());
            change(self.stems.entry(first).or_default());
        }
    }

    /// What is known of a lower-case word whose stem is `stem`.
    pub fn word(&self, word: &str, stem: &str) -> Option<Entry> {
        self.forms.get(&hash_str(word)).or_else(|| self.stems.get(&hash_str(stem))).copied()
    }

    /// What is known of a phrase given as the hashes of its stems.
    pub(crate) fn phrase(&self, stems: impl Iterator<Item = u64>) -> Option<Entry> {
        self.phrases.get(&phrase_key(stems)).copied()
    }

    /// Number of words in the longest phrase that begins with this stem; 0: none does.
    pub fn longest_phrase(&self, stem: &str) -> usize {
        self.openers.get(&hash_str(stem)).copied().unwrap_or(0)
    }

    /// SHA-256 of the lexicon's text, in hexadecimal.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Number of words and phrases.
    pub fn len(&self) -> usize {
        self.forms.len() + self.phrases.len()
    }

    /// Whether it knows no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn phrase_key(stems: impl Iterator<Item = u64>) -> u64 {
    stems.fold(0, mix)
}

fn csv_error(path: &str, error: &csv::Error) -> Error {
    let mut location = Location::file(path);
    if let Some(position) = error.position() {
        location = location.line(position.line());
    }
    Error::row(location, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_lexicon_is_readable() {
        let lexicon = Lexicon::from_csv(WORDS, CUES).unwrap();
        assert!(lexicon.len() > 1000);
        let condemn = lexicon.word("condemned", "condemn").unwrap();
        assert_eq!(condemn.verb.unwrap().attitude, -1);
        assert!(condemn.polarity < 0);
        assert_eq!(lexicon.word("not", "not").unwrap().cue, Some(Cue::Negator));
    }

    #[test]
    fn a_value_out_of_range_is_named() {
        let text = "lemma,pos,polarity,attitude,effect,kind,subject\nloathe,verb,-2,-1,0,feel,0\nlike,verb,7,1,0,feel,0\n";
        let error = Lexicon::from_csv(text, "lemma,class\n").err().unwrap().to_string();
        assert_eq!(
            error,
            "data/lexicon.csv:3: column `polarity`: found `7`, expected a whole number from -3 to 3"
        );
    }
}
