//! Text with mentions → further mentions: descriptions, surnames and pronouns whose actor is clear.
//!
//! One pass in reading order keeps what has been said so far: who was named, whose office was spoken of, which
//! person is whose, whose words are quoted. A description becomes a mention only where one actor alone fits; a
//! doubtful one is nobody's.

mod line;
mod reader;
mod speech;

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::ActorIndex;
use super::gazetteer::Gazetteer;
use super::mention::Mention;
use crate::text::quote::quotations;
use crate::text::span::Span;
use crate::text::token::Tokens;
use line::Line;
use reader::Reader;

const WORDS: &str = include_str!("../../../data/descriptions.csv");

/// What a word does in descriptions.
#[derive(Debug, Clone, Copy, Default)]
struct Word {
    /// The number of those it describes: `tribunal`.
    body: Option<usize>,
    /// The office it names, a number for all nouns of one office: `ambassador`, `envoy`.
    office: Option<usize>,
    /// With `his` or `their` it is their state: `country`.
    land: bool,
    /// May stand between an actor and an office: `foreign`.
    modifier: bool,
    /// Ends names of organisations, which go by it alone afterwards: `Commission`.
    organ: bool,
    /// Brings in somebody's words: `said`.
    saying: bool,
    /// Only an actor does it: `condemned`.
    deed: bool,
}

/// The words of descriptions, read from `data/descriptions.csv`.
#[derive(Debug, Clone)]
pub struct Descriptions {
    words: HashMap<&'static str, Word, RandomState>,
    /// By first letter the lengths of the words, a bit each: most words of a text are none of them.
    beginnings: [u32; 26],
    /// For each actor the numbers of the bodies that describe it.
    bodies: Vec<Vec<usize>>,
    n_bodies: usize,
    n_offices: usize,
}

impl Descriptions {
    /// The words that are compiled in, for the actors of `gazetteer`.
    pub fn of(gazetteer: &Gazetteer) -> Descriptions {
        let mut words: HashMap<&'static str, Word, RandomState> = HashMap::default();
        let mut offices: Vec<&str> = Vec::new();
        let actors = gazetteer.actors();
        let mut bodies = vec![Vec::new(); actors.len()];
        let mut n_bodies = 0;
        for line in WORDS.lines().skip(1) {
            let mut fields = line.split(',');
            let (Some(word), Some(kind), Some(refers)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let entry = words.entry(word).or_default();
            match kind {
                "body" => {
                    for part in refers.split('|') {
                        match part.strip_prefix('*') {
                            Some(kind) => (actors.iter().zip(&mut bodies))
                                .filter(|(actor, _)| actor.kind.as_str() == kind)
                                .for_each(|(_, bodies)| bodies.push(n_bodies)),
                            None => gazetteer
                                .by_id(part)
                                .into_iter()
                                .for_each(|actor| bodies[actor.0 as usize].push(n_bodies)),
                        }
                    }
                    entry.body = Some(n_bodies);
                    n_bodies += 1;
                }
                "office" => {
                    let known = offices.iter().position(|office| *office == refers);
                    entry.office = Some(known.unwrap_or_else(|| {
                        offices.push(refers);
                        offices.len() - 1
                    }));
                }
                "land" => entry.land = true,
                "organ" => entry.organ = true,
                "saying" => (entry.saying, entry.deed) = (true, true),
                "deed" => entry.deed = true,
                _ => entry.modifier = true,
            }
        }
        let mut beginnings = [0; 26];
        let first = |word: &str| usize::from(word.as_bytes()[0] - b'a');
        let mut all: Vec<&str> = words.keys().copied().collect();
        all.sort_unstable();
        all.iter().for_each(|word| beginnings[first(word)] |= 1 << word.len().min(31));
        Descriptions { words, beginnings, bodies, n_bodies, n_offices: offices.len() }
    }

    /// What a word of a text does in descriptions.
    fn word(&self, word: &str) -> Option<&Word> {
        let first = word.as_bytes()[0].to_ascii_lowercase().checked_sub(b'a')?;
        let may_be = self.beginnings.get(usize::from(first))? >> word.len().min(31) & 1 == 1;
        if !may_be {
            return None;
        }
        self.words.get(word).or_else(|| match word.as_bytes()[0].is_ascii_uppercase() {
            true => self.words.get(word.to_lowercase().as_str()),
            false => None,
        })
    }

    /// Adds to `mentions` those of descriptions, surnames and pronouns, and tells whose words a sentence is.
    ///
    /// `mentions` are in order and apart, and stay so; `sentences` are those of `text`, and `tokens` theirs. Returned
    /// are the sentences, by their number, that are nothing but the words of an actor: a delegate's turn, a quotation
    /// that runs on.
    pub fn resolve(
        &self,
        text: &str,
        sentences: &[Span],
        tokens: &Tokens,
        mentions: &mut Vec<Mention>,
    ) -> Vec<(usize, ActorIndex)> {
        let mut spoken = Vec::new();
        if mentions.is_empty() {
            return spoken;
        }
        let mut reader = Reader::new(self, text);
        let quotations = quotations(text, Span::new(0, text.len()));
        let mut quotations = quotations.as_slice();
        let mut from = 0;
        for (index, &sentence) in sentences.iter().enumerate() {
            while mentions.get(from).is_some_and(|m| m.span.start < sentence.start) {
                from += 1;
            }
            let inside = mentions[from..].iter().take_while(|m| m.span.end <= sentence.end).count();
            let known = &mentions[from..from + inside];
            let over = quotations.partition_point(|quoted| quoted.end <= sentence.start);
            quotations = &quotations[over..];
            let quoted = &quotations[..quotations.partition_point(|quoted| quoted.start < sentence.end)];
            let tokens = tokens.of_span(index);
            let line = Line { reader: &mut reader, tokens, known, quoted, index, sentence };
            if let Some(speaker) = line.read() {
                spoken.push((index, speaker));
            }
            from += inside;
        }
        if !reader.found.is_empty() {
            mentions.append(&mut reader.found);
            mentions.sort_by_key(|m| m.span);
        }
        spoken
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::gazetteer::built_in;
    use crate::text::sentence::split_sentences;

    /// What is found beyond names, as `words>ACTOR`; and the sentences that are an actor's words.
    fn read(text: &str) -> (Vec<String>, Vec<String>) {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        let mut mentions = gazetteer.find_mentions(text);
        let named = mentions.clone();
        let sentences = split_sentences(text);
        let tokens = Tokens::of(text, &sentences);
        let spoken = Descriptions::of(&gazetteer).resolve(text, &sentences, &tokens, &mut mentions);
        let id = |actor: ActorIndex| gazetteer.actor(actor).id.clone();
        let found = mentions.iter().filter(|m| !named.contains(m));
        (
            found.map(|m| format!("{}>{}", m.span.slice(text), id(m.actor))).collect(),
            spoken.into_iter().map(|(sentence, actor)| format!("{sentence}>{}", id(actor))).collect(),
        )
    }

    fn found(text: &str) -> Vec<String> {
        read(text).0
    }

    #[test]
    fn it_is_the_subject_before_where_it_acts() {
        assert_eq!(found("Malawi read the report. It has rejected the findings."), ["It>MWI"]);
        assert_eq!(found("Malawi read the report. It was raining."), [""; 0]);
        assert_eq!(found("In Malawi a report came out. It condemned the police."), [""; 0]);
        assert_eq!(found("Malawi's farmers read the report. It condemned the police."), [""; 0]);
        assert_eq!(
            found("Malawi voted no. Its foreign minister called the text an insult."),
            ["Its foreign minister>MWI"]
        );
    }

    #[test]
    fn we_in_a_quotation_is_whoever_speaks() {
        let text = "\"We will not sign,\" said the Kenyan envoy. \"Our price is known.\"";
        let (all, spoken) = read(text);
        assert_eq!(all, ["We>KEN", "Our>KEN"]);
        assert_eq!(spoken, ["1>KEN"]);
        // the speaker is no actor's
        assert_eq!(found("\"We are hungry,\" a farmer said of Kenya."), [""; 0]);
        // the last word of somebody before the quotation goes on
        assert_eq!(
            found("The envoy of Kenya stood up. Uganda, he said, had lied. \"We have proof.\""),
            ["he>KEN", "We>KEN"]
        );
    }

    #[test]
    fn a_name_that_ends_in_an_organ_goes_by_the_organ() {
        let text = "The African Union met at dawn. Kenya asked the Union for a judge.";
        assert_eq!(found(text), ["the Union>AU"]);
    }

    #[test]
    fn the_country_is_the_only_one_spoken_of() {
        assert_eq!(found("Malawi has no coast. The country thanked its lenders."), ["The country>MWI"]);
        assert_eq!(found("Malawi and Kenya met. The country thanked its lenders."), [""; 0]);
    }
}
