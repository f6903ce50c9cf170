//! Text around a name → whether the name is the actor.
//!
//! `South China Sea`, `Swiss cheese`, `Michael Jordan`, `Georgia` beside Atlanta: the words next to a name tell. The
//! lists are of the language, in `data/contexts.csv`; where they say nothing the name counts.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::mention::{Mention, MentionKind};
use super::{Actor, ActorIndex};
use crate::text::span::Span;

const WORDS: &str = include_str!("../../data/contexts.csv");

/// What a word beside a name can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
enum Class {
    /// Makes another name of the one before it: `Sea`, `Airlines`.
    Head,
    /// A thing or person that a people's word only describes: `cheese`, `novelist`.
    Thing,
    /// Makes another name of the one behind it: `Bank of`, `New`.
    Before,
    /// A given name: the name behind it is a surname.
    Given,
    /// A name of a place that people bear as given name: `Jordan`.
    Namesake,
    /// Goes with a state though it has a capital: `Jordan Parliament`.
    Institution,
    /// A state of the USA, as in `Paris, Texas`.
    UsState,
    /// A preposition of place: a seat of government behind it is a mere city.
    Place,
    /// What is named after leaders: `Airport`.
    LeaderThing,
    /// Goods that bear a state's own name: `Brazil nuts`.
    Product,
}

const CLASSES: [(&str, Class); 10] = [
    ("head", Class::Head),
    ("thing", Class::Thing),
    ("before", Class::Before),
    ("given", Class::Given),
    ("namesake", Class::Namesake),
    ("institution", Class::Institution),
    ("us_state", Class::UsState),
    ("place", Class::Place),
    ("leader_thing", Class::LeaderThing),
    ("product", Class::Product),
];

/// How far around a name, in bytes, words that speak against an actor are looked for.
const REACH: usize = 160;

/// The lists, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contexts {
    classes: HashMap<&'static str, u16, RandomState>,
    /// Word → actors that it speaks against.
    against: HashMap<&'static str, Vec<ActorIndex>, RandomState>,
    /// Actors against whom some word speaks.
    doubtful: Vec<bool>,
}

impl Contexts {
    /// The lists that are compiled in, for these actors.
    pub fn of(actors: &[Actor]) -> Contexts {
        let mut out = Contexts { doubtful: vec![false; actors.len()], ..Contexts::default() };
        for (word, class) in WORDS.lines().skip(1).filter_map(|line| line.split_once(',')) {
            if let Some(id) = class.strip_prefix("not:") {
                if let Some(i) = actors.iter().position(|actor| actor.id == id) {
                    out.against.entry(word).or_default().push(ActorIndex(i as u32));
                    out.doubtful[i] = true;
                }
            } else if let Some((_, class)) = CLASSES.iter().find(|(name, _)| *name == class) {
                *out.classes.entry(word).or_default() |= 1 << *class as u16;
            }
        }
        out
    }

    fn is(&self, word: &str, class: Class) -> bool {
        if word.is_empty() || word.len() > 24 {
            return false;
        }
        let lower;
        let word = if word.bytes().any(|b| b.is_ascii_uppercase()) {
            lower = word.to_lowercase();
            lower.as_str()
        } else {
            word
        };
        self.classes.get(word).is_some_and(|classes| classes >> class as u16 & 1 == 1)
    }

    /// Whether the mention, whose span counts in `plain`, is the actor.
    pub fn keeps(&self, plain: &str, mention: &Mention) -> bool {
        let around = Around::of(plain, mention.span);
        if self.is_named_after(&around, mention.kind) || self.is_person(&around, mention) {
            return false;
        }
        match mention.kind {
            MentionKind::Demonym if self.is_description(&around) => return false,
            MentionKind::Metonym if self.is_place(&around) => return false,
            MentionKind::Name | MentionKind::Metonym if self.is_town(&around) || around.is_dateline() => {
                return false;
            }
            _ => {}
        }
        !self.doubtful[mention.actor.0 as usize] || !self.is_spoken_against(&around, mention.actor)
    }

    /// `South China Sea`, `Bank of America`, `Trump Tower`.
    fn is_named_after(&self, around: &Around, kind: MentionKind) -> bool {
        let (next, next_starts_capital) = (around.next, around.next.starts_with(char::is_uppercase));
        if kind == MentionKind::Leader {
            return next_starts_capital && self.is(next, Class::LeaderThing);
        }
        if next_starts_capital && self.is(next, Class::Head) && !around.is_after_possessive {
            return true;
        }
        if kind != MentionKind::Demonym && !around.is_after_possessive && self.is(around.next, Class::Product)
        {
            return true;
        }
        let phrase = around.before_phrase();
        let capital = around.previous.starts_with(char::is_uppercase);
        (capital && self.is(around.previous, Class::Before))
            || (!phrase.is_empty() && self.is(phrase, Class::Before))
    }

    /// `Michael Jordan`, `Jordan Peele`, `Mr Jordan`.
    fn is_person(&self, around: &Around, mention: &Mention) -> bool {
        let single = !around.name.contains(' ');
        if single && around.previous.starts_with(char::is_uppercase) && self.is(around.previous, Class::Given)
        {
            return true;
        }
        match mention.kind {
            MentionKind::Demonym => return matches!(around.previous, "Mr" | "Mrs" | "Ms" | "Dr"),
            MentionKind::Leader => return false,
            _ if !single => return false,
            _ => {}
        }
        if matches!(
            around.previous,
            "Mr" | "Mrs" | "Ms" | "Miss" | "Dr" | "Sir" | "Coach" | "Judge" | "Aunt" | "Uncle"
        ) {
            return true;
        }
        let surname = around.next.starts_with(char::is_uppercase)
            && around.next.chars().skip(1).any(char::is_lowercase)
            && !around.is_after_possessive
            && !self.is(around.next, Class::Institution);
        surname && self.is(around.name, Class::Namesake)
    }

    /// `Swiss cheese`, `an Irish novelist`.
    fn is_description(&self, around: &Around) -> bool {
        !around.is_after_possessive && self.is(around.next, Class::Thing)
    }

    /// `in Moscow`: the city, not the state.
    fn is_place(&self, around: &Around) -> bool {
        self.is(around.previous, Class::Place)
            || (!around.is_after_possessive && self.is(around.next, Class::Head))
    }

    /// `Paris, Texas`.
    fn is_town(&self, around: &Around) -> bool {
        around.after_comma.starts_with(char::is_uppercase) && self.is(around.after_comma, Class::UsState)
    }

    /// A word nearby speaks against the actor: `umpire` against the International Criminal Court.
    fn is_spoken_against(&self, around: &Around, actor: ActorIndex) -> bool {
        let from = floor(around.text, around.span.start.saturating_sub(REACH));
        let to = floor(around.text, (around.span.end + REACH).min(around.text.len()));
        around.text[from..to].split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| {
            let word = word.to_lowercase();
            self.against.get(word.as_str()).is_some_and(|actors| actors.contains(&actor))
        })
    }
}

/// The last character boundary that is not behind `at`.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The words next to a name.
struct Around<'t> {
    text: &'t str,
    span: Span,
    name: &'t str,
    /// Next to it with one blank between, or empty.
    previous: &'t str,
    next: &'t str,
    /// The word behind `, `.
    after_comma: &'t str,
    /// `'s` stands between the name and `next`.
    is_after_possessive: bool,
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

/// The word that ends where the text does.
fn last_word(text: &str) -> &str {
    let start = text.char_indices().rev().take_while(|(_, c)| is_letter(*c)).last();
    start.map_or("", |(at, _)| &text[at..])
}

/// The word that begins at `at`.
fn word_from(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    &rest[..rest.find(|c| !is_letter(c)).unwrap_or(rest.len())]
}

impl<'t> Around<'t> {
    fn of(text: &'t str, span: Span) -> Around<'t> {
        let before = text[..span.start].strip_suffix(' ').unwrap_or("");
        let previous = last_word(before);
        let mut at = span.end;
        let is_after_possessive = text[at..].starts_with("'s ");
        if is_after_possessive {
            at += 2;
        }
        let following = |at: usize| if text[at..].starts_with(' ') { word_from(text, at + 1) } else { "" };
        let next = following(at);
        let after_comma = if text[span.end..].starts_with(", ") { word_from(text, span.end + 2) } else { "" };
        Around { text, span, name: span.slice(text), previous, next, after_comma, is_after_possessive }
    }

    /// The two words before the name, where the second is `of`: `bank of`.
    fn before_phrase(&self) -> &'t str {
        if self.previous != "of" {
            return "";
        }
        let end = self.span.start - 1;
        let first = self.text[..end - 2].trim_end_matches(' ');
        match last_word(first) {
            "" => "",
            word => &self.text[first.len() - word.len()..end],
        }
    }

    /// `GENEVA, March 3 (agency) - `, `MANILA - `: at the start of a line, before the dash.
    fn is_dateline(&self) -> bool {
        let to = floor(self.text, (self.span.end + 60).min(self.text.len()));
        let behind = &self.text[self.span.end..to];
        let dash = [" - ", " — ", " – ", " -- "].iter().filter_map(|dash| behind.find(dash)).min();
        let Some(between) = dash.map(|at| &behind[..at]) else { return false };
        let in_brackets = between.contains('(');
        let capitals = !self.name.chars().any(char::is_lowercase);
        let fits = (capitals || in_brackets)
            && (between.is_empty() || between.starts_with([',', ' ', '/']))
            && (in_brackets || !between.contains(['.', '\n']));
        // looked at last and backward: a paragraph may be megabytes long
        let stands_first = || {
            let mut before = self.text[..self.span.start].chars().rev().take_while(|&c| c != '\n');
            before.all(|c| c.is_uppercase() || c.is_whitespace() || c == ',')
        };
        fits && stands_first()
    }
}

#[cfg(test)]
mod tests {
    use crate::actor::gazetteer::Gazetteer;
    use crate::io::gazetteer::built_in;

    fn found(text: &str) -> Vec<String> {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        gazetteer.find_mentions(text).iter().map(|m| m.span.slice(text).to_owned()).collect()
    }

    #[test]
    fn a_name_within_another_name_is_not_the_actor() {
        assert_eq!(
            found("Storms in the Red Sea and the South China Sea held up the Mexico City ferry."),
            ["Mexico City"]
        );
        assert_eq!(found("The Bank of Ireland opened a branch beside Kenya Airways."), [""; 0]);
        assert_eq!(found("Ireland and Kenya signed."), ["Ireland", "Kenya"]);
    }

    #[test]
    fn a_word_for_a_people_describes_things_and_acts_for_the_state() {
        assert_eq!(found("A Belgian chocolate for the Belgian minister."), ["Belgian"]);
        assert_eq!(found("The Danish poet thanked Danish troops."), ["Danish"]);
    }

    #[test]
    fn persons_bear_names_of_states() {
        assert_eq!(found("Laura Jordan met Jordan Hale; Jordan was silent."), ["Jordan"]);
    }

    #[test]
    fn a_seat_after_a_preposition_of_place_is_a_city() {
        assert_eq!(found("It rained in Warsaw, and Warsaw protested."), ["Warsaw"]);
        assert_eq!(found("A wedding in Odessa, Texas, and one in Moscow, Idaho."), [""; 0]);
    }

    #[test]
    fn a_dateline_is_no_actor() {
        assert_eq!(found("NAIROBI, May 2 (Wire) - Kenya protested."), ["Kenya"]);
    }

    #[test]
    fn words_nearby_speak_against_an_actor() {
        assert_eq!(found("The ICC fined the umpire."), [""; 0]);
        assert_eq!(found("The ICC issued a warrant."), ["ICC"]);
    }
}
