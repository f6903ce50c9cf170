//! Text around a name → whether the name is the actor.
//!
//! `South China Sea`, `Swiss cheese`, `Michael Jordan`, `Georgia` beside Atlanta: the words next to a name tell. The
//! lists are of the language, in `data/contexts.csv`; where they say nothing the name counts.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use super::dateline::is_in_dateline;
use super::mention::{Mention, MentionKind};
use super::{Actor, ActorIndex};
use crate::text::letter::floor;
use crate::text::span::Span;

const WORDS: &str = include_str!("../../data/contexts.csv");

/// What a word beside a name can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Class {
    /// Makes another name of the one before it: `Sea`, `Airlines`.
    Head,
    /// A thing or person that a people's word only describes: `cheese`, `novelist`.
    Thing,
    /// May stand between the two: `retired`.
    Skip,
    /// Makes another name of the one behind it: `Bank of`, `New`.
    Before,
    /// Bears the name right behind it: `the band Japan`, `chicken Kiev`.
    Bearer,
    /// A given name: the name behind it is a surname.
    Given,
    /// A name of a place that people bear as given name: `Jordan`.
    Namesake,
    /// A surname: a namesake before it is a person in a line in capitals too.
    Surname,
    /// With the name of a place behind it a person: `Judge`.
    Title,
    /// With a namesake behind it a person: `cousin`.
    Kin,
    /// What persons do, and states do not: `smiled`.
    Personal,
    /// May stand with a capital before a surname without being a given name: `President`, `When`.
    Lead,
    /// Goes with a state though it has a capital: `Jordan Parliament`.
    Institution,
    /// A state of the USA, as in `Paris, Texas`.
    UsState,
    /// A preposition of place: a seat of government behind it is a mere city.
    Place,
    /// A word for moving, and who comes from somewhere: `flew to Maputo`, `a side from Tashkent`.
    Motion,
    /// A capital, or another town that stands for a state.
    Seat,
    /// A seat that is seldom its state: it must act.
    Weak,
    /// What is said of towns: a seat of government in the same sentence is a mere city, unless it acts.
    City,
    /// Part of a town, or named after one, right beside its name: `the Oslo accords`, `the heart of Paris`.
    Spot,
    /// A town that is nobody's seat: `Porto`.
    Town,
    /// What governments do: `recalled`.
    Act,
    /// Whom and what states have: `troops`, `tariffs`.
    Official,
    /// What is done with languages: `speaks`.
    Tongue,
    /// Behind a hyphen it describes: `-born`, `-style`.
    Suffix,
    /// What sides do in a match: `beat`.
    Play,
    /// A word of sports: `wicket`.
    Match,
    /// A name that with `the` is a river's: `the Niger`.
    River,
    /// A body of the United Nations whose name others bear: `the Security Council of Russia`.
    Borrowed,
    /// What is named after leaders: `Airport`.
    LeaderThing,
    /// What shows a leader: `impersonator`.
    Effigy,
    /// Goods that bear a state's own name: `Brazil nuts`.
    Product,
}

const CLASSES: [(&str, Class); 32] = [
    ("head", Class::Head),
    ("thing", Class::Thing),
    ("skip", Class::Skip),
    ("before", Class::Before),
    ("bearer", Class::Bearer),
    ("given", Class::Given),
    ("namesake", Class::Namesake),
    ("surname", Class::Surname),
    ("title", Class::Title),
    ("kin", Class::Kin),
    ("personal", Class::Personal),
    ("lead", Class::Lead),
    ("institution", Class::Institution),
    ("us_state", Class::UsState),
    ("place", Class::Place),
    ("motion", Class::Motion),
    ("seat", Class::Seat),
    ("weak", Class::Weak),
    ("city", Class::City),
    ("spot", Class::Spot),
    ("town", Class::Town),
    ("act", Class::Act),
    ("official", Class::Official),
    ("tongue", Class::Tongue),
    ("suffix", Class::Suffix),
    ("play", Class::Play),
    ("match", Class::Match),
    ("river", Class::River),
    ("borrowed", Class::Borrowed),
    ("leader_thing", Class::LeaderThing),
    ("effigy", Class::Effigy),
    ("product", Class::Product),
];

/// The classes of a word, a bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Classes(u32);

impl Classes {
    fn has(self, class: Class) -> bool {
        self.0 >> class as u32 & 1 == 1
    }
}

/// How far around a name, in bytes, words that speak for or against an actor are looked for.
const REACH: usize = 160;
/// How many words before `to` or `from` a word for moving may stand.
const MOTION_REACH: usize = 6;
/// How many seats before one are looked at for where a list of them begins.
const LONGEST_LIST: usize = 8;
/// Words that part phrases: what stands before one is whole.
const FUNCTION: [&str; 30] = [
    "and", "or", "but", "nor", "with", "without", "at", "on", "in", "for", "from", "to", "into", "by", "as",
    "is", "was", "were", "are", "because", "when", "while", "that", "which", "who", "before", "after",
    "than", "too", "so",
];
/// Verbs that leave it to the word behind them what is done.
const AUXILIARY: [&str; 18] = [
    "will", "would", "has", "had", "have", "must", "may", "might", "can", "could", "should", "did", "does",
    "do", "also", "never", "not", "now",
];
/// What sides do in a match, and states hardly.
const SURE_PLAY: [&str; 24] = [
    "beat",
    "beats",
    "beaten",
    "beating",
    "bat",
    "batting",
    "batted",
    "bowl",
    "bowled",
    "bowling",
    "thrash",
    "thrashed",
    "thrashing",
    "trounce",
    "trounced",
    "outplayed",
    "outclassed",
    "outscored",
    "captained",
    "capped",
    "coached",
    "equalised",
    "relegated",
    "fielded",
];
/// Words of sports that stand in other news too: one of them alone makes no match.
const LOOSE_MATCH: [&str; 23] = [
    "over",
    "overs",
    "runs",
    "century",
    "tries",
    "match",
    "penalties",
    "tackle",
    "hurdles",
    "replay",
    "pitch",
    "coach",
    "sprint",
    "relay",
    "medal",
    "medals",
    "cup",
    "squad",
    "podium",
    "trophy",
    "stadium",
    "defender",
    "defenders",
];
/// What a thing named after a leader may be called before its own name: `Airport`.
const PUBLIC: [&str; 9] = [
    "International",
    "National",
    "Memorial",
    "Presidential",
    "Central",
    "Public",
    "State",
    "Primary",
    "High",
];

/// A line of the lists: a word, and what it tells.
fn lines() -> impl Iterator<Item = (&'static str, &'static str)> {
    WORDS.lines().skip(1).filter_map(|line| line.rsplit_once(','))
}

/// Names that contain an actor's and are nobody's: `Prince of Persia`.
pub(crate) fn other_names() -> impl Iterator<Item = &'static str> {
    lines().filter_map(|(name, class)| (class == "name").then_some(name))
}

/// Surnames of leaders so well known that one with a slip in it is recognised alone, and the id of whose they are.
pub(crate) fn famous() -> impl Iterator<Item = (&'static str, &'static str)> {
    lines().filter_map(|(name, class)| Some((name, class.strip_prefix("slip:")?)))
}

/// What a word near a name says of it.
#[derive(Debug, Clone, Copy)]
enum Hint {
    /// It is not this actor.
    Against(ActorIndex),
    /// This form is another's, or nobody's.
    Instead(&'static str, Option<ActorIndex>),
}

/// The lists, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contexts {
    classes: HashMap<&'static [u8], Classes, RandomState>,
    hints: HashMap<&'static str, Vec<Hint>, RandomState>,
    /// Forms that are not always their actor's.
    shared: HashSet<&'static str, RandomState>,
    /// Actors against whom some hint speaks.
    against: Vec<bool>,
    /// Actors who have a shared form.
    sharing: Vec<bool>,
    /// Most words of a sentence are none of these.
    maybe_hint: Sieve,
    maybe_city: Sieve,
    maybe_match: Sieve,
}

/// Lets all words of a list pass, and few others: by length, first letter and last letter in any case.
#[derive(Debug, Clone)]
struct Sieve(Vec<u64>);

impl Default for Sieve {
    fn default() -> Sieve {
        Sieve(vec![0; 1 << 8])
    }
}

impl Sieve {
    fn place(word: &[u8]) -> usize {
        let (first, last) = (word[0] & 31, word[word.len() - 1] & 31);
        usize::from(first) << 9 | usize::from(last) << 4 | word.len().min(15)
    }

    fn put(&mut self, word: &str) {
        let place = Sieve::place(word.as_bytes());
        self.0[place >> 6] |= 1 << (place & 63);
    }

    fn passes(&self, word: &[u8]) -> bool {
        let place = Sieve::place(word);
        self.0[place >> 6] >> (place & 63) & 1 == 1
    }
}

impl Contexts {
    /// The lists that are compiled in, for these actors.
    pub fn of(actors: &[Actor]) -> Contexts {
        let no = vec![false; actors.len()];
        let mut out = Contexts { against: no.clone(), sharing: no, ..Contexts::default() };
        let ids: HashMap<&str, ActorIndex, RandomState> =
            actors.iter().zip(0..).map(|(actor, i)| (&*actor.id, ActorIndex(i))).collect();
        let mut last = CLASSES[0];
        for (word, class) in lines() {
            if let Some(id) = class.strip_prefix("not:") {
                if let Some(&actor) = ids.get(id) {
                    out.maybe_hint.put(word);
                    out.hints.entry(word).or_default().push(Hint::Against(actor));
                    out.against[actor.0 as usize] = true;
                }
            } else if let Some((form, id)) = class.split_once('>') {
                let to = ids.get(id).copied();
                if to.is_some() || id.is_empty() {
                    out.maybe_hint.put(word);
                    out.hints.entry(word).or_default().push(Hint::Instead(form, to));
                    out.shared.insert(form);
                }
            } else {
                if last.0 != class {
                    let Some(known) = CLASSES.iter().find(|(name, _)| *name == class) else { continue };
                    last = *known;
                }
                match last.1 {
                    Class::City => out.maybe_city.put(word),
                    Class::Match => out.maybe_match.put(word),
                    _ => {}
                }
                out.classes.entry(word.as_bytes()).or_default().0 |= 1 << last.1 as u32;
            }
        }
        for (actor, sharing) in actors.iter().zip(&mut out.sharing) {
            let names = [&actor.aliases, &actor.demonyms, &actor.metonyms].into_iter().flatten();
            *sharing = names.chain([&actor.name]).any(|name| out.shared.contains(&**name));
        }
        out
    }

    fn of_word(&self, word: &str) -> Classes {
        if word.is_empty() || word.len() > 24 {
            return Classes::default();
        }
        let mut lower = [0; 24];
        let found = if word.is_ascii() {
            let lower = &mut lower[..word.len()];
            lower.copy_from_slice(word.as_bytes());
            lower.make_ascii_lowercase();
            self.classes.get(&*lower)
        } else {
            self.classes.get(word.to_lowercase().as_bytes())
        };
        found.copied().unwrap_or_default()
    }

    fn is(&self, word: &str, class: Class) -> bool {
        self.of_word(word).has(class)
    }

    /// Whom the mention, whose span counts in `plain`, names; `None` where it names no actor.
    pub fn judge(&self, plain: &str, mention: &Mention) -> Option<ActorIndex> {
        let around = Around::of(
            plain,
            mention.span,
            matches!(mention.kind, MentionKind::Demonym | MentionKind::Metonym),
        );
        let beside = Beside { previous: self.of_word(around.previous), next: self.of_word(around.next) };
        if self.is_named_after(&around, beside, mention.kind) || self.is_person(&around, beside, mention) {
            return None;
        }
        let is_out = match mention.kind {
            MentionKind::Demonym => self.is_description(&around, beside) || self.is_language(&around, beside),
            MentionKind::Metonym => {
                is_in_dateline(plain, mention.span, true)
                    || self.is_town(&around)
                    || self.is_place(&around, beside)
            }
            MentionKind::Name => {
                is_in_dateline(plain, mention.span, false)
                    || self.is_town(&around)
                    || self.is_river(&around, beside)
                    || self.is_borrowed(&around)
            }
            MentionKind::Leader => self.is_town(&around),
            MentionKind::Nominal => false,
        };
        if is_out || (mention.kind != MentionKind::Leader && self.is_side(&around, beside)) {
            return None;
        }
        self.hinted(&around, mention)
    }

    /// `South China Sea`, `Bank of America`, `Trump Tower`, `the band Japan`, `China-made`.
    fn is_named_after(&self, around: &Around, beside: Beside, kind: MentionKind) -> bool {
        let next_starts_capital = around.next.starts_with(char::is_uppercase);
        let bears = kind != MentionKind::Demonym && self.is_borne(around, beside);
        if kind == MentionKind::Leader {
            let is_thing = beside.next.has(Class::LeaderThing)
                || (PUBLIC.contains(&around.next) && self.is(around.after_next(), Class::LeaderThing));
            let in_street = beside.previous.has(Class::Before) && !beside.previous.has(Class::Lead);
            return bears
                || (next_starts_capital && is_thing)
                || beside.next.has(Class::Effigy)
                || (around.previous.starts_with(char::is_uppercase) && in_street);
        }
        let follows = !around.is_after_possessive;
        if follows && next_starts_capital && beside.next.has(Class::Head) {
            return true;
        }
        if follows && kind != MentionKind::Demonym {
            let acronym = kind == MentionKind::Name && around.is_acronym();
            if beside.next.has(Class::Product) || (acronym && beside.next.has(Class::Thing)) {
                return true;
            }
        }
        if bears || self.is(around.suffix, Class::Suffix) {
            return true;
        }
        let phrase = around.before_phrase();
        let capital = around.previous.starts_with(char::is_uppercase);
        (capital && beside.previous.has(Class::Before))
            || (!phrase.is_empty() && self.is(phrase, Class::Before))
    }

    /// `the band Japan`, `a cat named Stalin`, `nicknamed Putin`.
    fn is_borne(&self, around: &Around, beside: Beside) -> bool {
        match around.previous {
            "nicknamed" | "christened" | "codenamed" => true,
            "is" | "was" => around.before_previous() == "name",
            "her" | "him" => {
                matches!(
                    around.before_previous(),
                    "named" | "called" | "call" | "christened" | "baptised" | "nicknamed"
                )
            }
            "named" | "called" => {
                let noun = self.of_word(around.before_previous());
                noun.has(Class::Bearer) || noun.has(Class::Thing)
            }
            _ if around.next == "the" => {
                // `Stalin the tortoise`
                let noun = self.of_word(around.after_next());
                noun.has(Class::Bearer) || noun.has(Class::Thing) || beside.previous.has(Class::Bearer)
            }
            _ => beside.previous.has(Class::Bearer),
        }
    }

    /// `Michael Jordan`, `Jordan Peele`, `Mr Jordan`, `Jordan smiled`, `Ivanka Trump`.
    fn is_person(&self, around: &Around, beside: Beside, mention: &Mention) -> bool {
        if around.name.contains(' ') {
            return false;
        }
        let previous_starts_capital = around.previous.starts_with(char::is_uppercase);
        if previous_starts_capital && beside.previous.has(Class::Given) {
            // a leader may have more given names than the gazetteer tells
            let more = || around.before_previous();
            let is_leader = mention.kind == MentionKind::Leader;
            return !is_leader || !more().starts_with(char::is_uppercase) || self.is_lead(more());
        }
        match mention.kind {
            MentionKind::Demonym => return matches!(around.previous, "Mr" | "Mrs" | "Ms" | "Miss" | "Dr"),
            MentionKind::Leader if around.is_behind_initial() => return true,
            MentionKind::Leader if previous_starts_capital => return self.is_given(around, beside),
            _ => {}
        }
        if previous_starts_capital && beside.previous.has(Class::Title) {
            return true;
        }
        if !self.is(around.name, Class::Namesake) {
            return false;
        }
        let next_starts_capital = around.next.starts_with(char::is_uppercase);
        let surname = next_starts_capital
            && !around.is_after_possessive
            && if around.next.chars().any(char::is_lowercase) {
                !beside.next.has(Class::Institution)
            } else {
                beside.next.has(Class::Surname)
            };
        let personal = !around.is_after_possessive && beside.next.has(Class::Personal);
        let has_kin =
            around.is_after_possessive && beside.next.has(Class::Kin) && !beside.next.has(Class::Title);
        let is_apposed = matches!(around.after_comma, "a" | "an" | "our" | "my" | "her" | "his" | "aged")
            && {
                let noun = self.of_word(around.after_after_comma());
                around.after_comma == "aged"
                    || noun.has(Class::Thing)
                    || noun.has(Class::Kin)
                    || noun.has(Class::Title)
            };
        surname
            || personal
            || has_kin
            || is_apposed
            || beside.previous.has(Class::Kin)
            || around.is_before_age()
    }

    /// The word with a capital before a surname is no title and opens no sentence: it is a given name.
    fn is_given(&self, around: &Around, beside: Beside) -> bool {
        let previous = around.previous;
        let capitals = |word: &str| !word.is_empty() && !word.contains(char::is_lowercase);
        let is_lead = |classes: Classes| {
            [Class::Lead, Class::Title, Class::Institution, Class::Act]
                .iter()
                .any(|&class| classes.has(class))
        };
        let says_nothing = capitals(around.previous)
            || is_lead(beside.previous)
            || ["ly", "vich", "vna", "ing", "ed"].iter().any(|end| previous.ends_with(end))
            || previous.contains('-')
            || around.opens_sentence();
        // all words of a headline may have capitals
        let headline = around.next.starts_with(char::is_uppercase)
            || around.before_previous().starts_with(char::is_uppercase);
        !says_nothing && !headline
    }

    /// `Swiss cheese`, `an Irish novelist`, `a Danish retired teacher`, `ethnic Russians`.
    fn is_description(&self, around: &Around, beside: Beside) -> bool {
        if around.previous == "ethnic" || around.is_verb() {
            return true;
        }
        !around.is_after_possessive
            && (beside.next.has(Class::Thing)
                || (beside.next.has(Class::Skip) && self.is(around.after_next(), Class::Thing)))
    }

    /// `speaks French`, `translated into Russian`.
    fn is_language(&self, around: &Around, beside: Beside) -> bool {
        let stands_alone =
            (around.next.is_empty() || FUNCTION.contains(&around.next)) && !around.is_after_possessive;
        stands_alone
            && (beside.previous.has(Class::Tongue)
                || (matches!(around.previous, "in" | "into")
                    && around.next.is_empty()
                    && !around.name.ends_with('s')))
    }

    /// `the Niger at its widest`.
    fn is_river(&self, around: &Around, beside: Beside) -> bool {
        around.previous == "the"
            && (around.next.is_empty() || FUNCTION.contains(&around.next) || beside.next.has(Class::City))
            && self.is(around.name, Class::River)
    }

    /// `the Security Council of Russia`, `the Utah General Assembly`.
    fn is_borrowed(&self, around: &Around) -> bool {
        let capital = |word: &str| word.starts_with(char::is_uppercase);
        let owner = || around.text[..around.span.start].strip_suffix("'s ").map_or("", last_word);
        let is_un = |word: &str| matches!(word, "UN" | "The" | "United" | "N" | "S");
        (around.name.contains(' ') && self.is(around.name, Class::Borrowed))
            && ((around.next == "of" && capital(around.after_next()) && !is_un(around.after_next()))
                || (capital(owner()) && !is_un(owner()))
                || (capital(around.previous)
                    && !is_un(around.previous)
                    && !self.is(around.previous, Class::Lead)))
    }

    /// `Brazil beat Ghana on penalties`; `China lost patience over the delay` is none.
    fn is_side(&self, around: &Around, beside: Beside) -> bool {
        let stands_behind = matches!(around.previous, "to" | "with" | "against" | "for" | "by" | "over");
        let plays = [
            (beside.next.has(Class::Play), around.next),
            (beside.previous.has(Class::Play), around.previous),
            (
                stands_behind && self.is(around.before_previous(), Class::Play),
                if stands_behind { around.before_previous() } else { "" },
            ),
        ];
        if !plays.iter().any(|(plays, _)| *plays) {
            return false;
        }
        let is_sure = plays.iter().any(|(plays, word)| *plays && SURE_PLAY.contains(word));
        let is_match = |word: &&str| !word.starts_with(char::is_uppercase) && self.is(word, Class::Match);
        let mut words = around.sentence_words(&self.maybe_match).filter(is_match);
        let mut loose = "";
        words.any(|word| {
            let settles = is_sure || !LOOSE_MATCH.contains(&word) || !(loose.is_empty() || loose == word);
            loose = word;
            settles
        })
    }

    /// `in Moscow`, `Moscow trams`, `flew on to Moscow`: the city, not the state.
    fn is_place(&self, around: &Around, beside: Beside) -> bool {
        let name = self.of_word(around.name);
        let is_seat = name.has(Class::Seat);
        // `in IDF custody`: a body, which is no place
        let is_body = !is_seat && around.is_acronym();
        // `Moscow-backed`
        if around.suffix.ends_with("ed") {
            return false;
        }
        if (beside.previous.has(Class::Place) && !is_body)
            || (!around.is_after_possessive && beside.next.has(Class::Head))
        {
            return true;
        }
        if !is_seat {
            // a house, not a town
            return false;
        }
        let is_small = around.next.starts_with(char::is_lowercase);
        // a bombing or a summit may have a name of its own: `the Madrid Conference`
        let is_spot = beside.next.has(Class::Spot) && !around.is_after_possessive;
        if is_spot || (is_small && [Class::City, Class::Thing].iter().any(|&class| beside.next.has(class))) {
            return true;
        }
        if (around.previous == "of" && self.is_city_of(around.before_previous()))
            || self.is_beside_town(around)
            || (matches!(around.previous, "to" | "from" | "for") && self.is_reached(around))
        {
            return true;
        }
        let acts = if AUXILIARY.contains(&around.next) {
            !self.is(around.after_next(), Class::City)
        } else if matches!(around.next, "is" | "was" | "are" | "were") {
            self.is(around.after_next(), Class::Act)
        } else {
            beside.next.has(Class::Act) || (around.next.ends_with("ed") && !around.is_after_possessive)
        };
        if acts || name.has(Class::Weak) {
            return !acts;
        }
        let is_dealt_with = beside.previous.has(Class::Act)
            || beside.next.has(Class::Official)
            || around.is_after_possessive
            || matches!(around.previous, "by" | "with" | "against");
        let is_city = |word: &str| word.starts_with(char::is_lowercase) && self.is(word, Class::City);
        !around.is_after_possessive && self.is_listed(around)
            || !is_dealt_with && around.sentence_words(&self.maybe_city).any(is_city)
    }

    /// `in Warsaw, Prague and Vienna`: behind other seats, the first of which is a place.
    fn is_listed(&self, around: &Around) -> bool {
        let mut before = &around.text[..around.span.start];
        let mut others = 0;
        while others < LONGEST_LIST
            && let Some(rest) =
                [", and ", " and ", " or ", ", "].iter().find_map(|joint| before.strip_suffix(joint))
        {
            let last = last_word(rest);
            let two = &rest[rest[..rest.len() - last.len()].trim_end().rfind(' ').map_or(0, |at| at + 1)..];
            let is_town = |name: &str| {
                name.starts_with(char::is_uppercase)
                    && (self.is(name, Class::Seat) || self.is(name, Class::Town))
            };
            let name = [two, last].into_iter().find(|name| is_town(name));
            let Some(name) = name else { break };
            before = &rest[..rest.len() - name.len()];
            others += 1;
        }
        others > 0 && self.is(last_word(before.trim_end()), Class::Place)
    }

    /// `the streets of Paris`, `the road from Damascus`.
    fn is_city_of(&self, word: &str) -> bool {
        let classes = self.of_word(word);
        [Class::City, Class::Spot, Class::Motion].iter().any(|&class| classes.has(class))
    }

    /// `Lisbon, Porto and Faro`.
    fn is_beside_town(&self, around: &Around) -> bool {
        let before = around.text[..around.span.start].strip_suffix(", ").map_or("", last_word);
        let joined = |word| matches!(word, "and" | "or");
        self.is(around.after_comma, Class::Town)
            || self.is(before, Class::Town)
            || (joined(around.next) && self.is(around.after_next(), Class::Town))
            || (joined(around.previous) && self.is(around.before_previous(), Class::Town))
    }

    /// A word for moving stands before `to`.
    fn is_reached(&self, around: &Around) -> bool {
        let before = &around.text[..around.span.start];
        let mut words = before.rsplit(' ').skip(2).take(MOTION_REACH);
        let mut is_whole = false;
        words.any(|word| {
            // the sentence ends here
            is_whole |= word.ends_with(['.', ';', ':', '?', '!']);
            !is_whole && self.is(word.trim_matches(|c| !is_letter(c)), Class::Motion)
        })
    }

    /// `Paris, Texas`, `Moscow in Idaho`.
    fn is_town(&self, around: &Around) -> bool {
        let is_state = |word: &str| word.starts_with(char::is_uppercase) && self.is(word, Class::UsState);
        // these two are a state and a capital as well
        let is_clear = |word: &str| !matches!(word, "Georgia" | "Washington");
        let half = matches!(around.after_comma, "New" | "North" | "South" | "West");
        let second = || around.after_after_comma();
        is_state(around.after_comma)
            || (half && (is_state(second()) || second() == "Mexico"))
            || (around.next == "in" && is_clear(around.after_next()) && is_state(around.after_next()))
    }

    /// What words nearby say of a name that is not always this actor's: `umpire` of the International Criminal
    /// Court, `Flemish` in the same sentence of Brussels.
    fn hinted(&self, around: &Around, mention: &Mention) -> Option<ActorIndex> {
        let i = mention.actor.0 as usize;
        if self.against[i] {
            let is_against = |hint: &Hint| matches!(hint, Hint::Against(actor) if *actor == mention.actor);
            let mut near = words(around.reach().slice(around.text), &self.maybe_hint);
            if near.any(|word| self.hints(word).iter().any(is_against)) {
                return None;
            }
        }
        let mut actor = Some(mention.actor);
        if self.sharing[i] && self.shared.contains(around.name) {
            for hint in around.sentence_words(&self.maybe_hint).flat_map(|word| self.hints(word)) {
                match *hint {
                    // its own actor is spoken for too: it stays
                    Hint::Instead(form, to) if form == around.name && to == Some(mention.actor) => return to,
                    Hint::Instead(form, to) if form == around.name => actor = to,
                    _ => {}
                }
            }
        }
        actor
    }

    fn hints(&self, word: &str) -> &[Hint] {
        let hints = if word.contains(char::is_uppercase) {
            self.hints.get(word.to_lowercase().as_str())
        } else {
            self.hints.get(word)
        };
        hints.map_or(&[], Vec::as_slice)
    }

    /// Whether an acronym that spells a word, `US` or `WHO`, is meant where all around it is in capitals.
    pub fn is_meant_in_capitals(&self, plain: &str, span: Span) -> bool {
        let around = Around::of(plain, span, false);
        let next = self.of_word(around.next);
        let before = plain[..span.start].trim_end_matches(' ');
        let stands_first = before.is_empty() || before.ends_with(['\n', ':', ';', '|', '-']);
        let fits = next.has(Class::Official);
        match around.name {
            "US" => {
                fits || stands_first
                    || before.ends_with(',')
                    || around.is_after_possessive
                    || plain[span.end..].starts_with(['-', '/'])
                    || next.has(Class::Act) && !matches!(around.previous, "TELL" | "LET" | "GIVE" | "MAKE")
                    || matches!(
                        around.previous,
                        "THE" | "IN" | "INTO" | "ACROSS" | "VS" | "INSIDE" | "OUTSIDE"
                    )
            }
            "WHO" => {
                let asks = plain[span.end..].lines().next().is_some_and(|line| line.contains('?'));
                around.previous == "THE"
                    || (stands_first && !asks && (fits || (next.has(Class::Act) && around.next != "WANTS")))
            }
            _ => fits,
        }
    }

    /// Whether the words right before and behind are in capitals, whatever the line.
    pub fn is_among_capitals(plain: &str, span: Span) -> bool {
        let around = Around::of(plain, span, false);
        let capitals = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase());
        capitals(around.previous) && capitals(around.next) && around.previous.len().max(around.next.len()) > 3
    }

    /// Whether the word may stand with a capital before a surname, and is no given name.
    pub fn is_lead(&self, word: &str) -> bool {
        let classes = self.of_word(word);
        classes.has(Class::Lead) || classes.has(Class::Title)
    }

    /// Whether the word, with a capital, can follow a name without being part of it.
    pub fn is_institution(&self, word: &str) -> bool {
        self.is(word, Class::Institution)
    }
}

/// The classes of the words next to a name.
#[derive(Clone, Copy)]
struct Beside {
    previous: Classes,
    next: Classes,
}

/// The words next to a name.
struct Around<'t> {
    text: &'t str,
    span: Span,
    name: &'t str,
    /// Next to it with one blank between, or empty.
    previous: &'t str,
    next: &'t str,
    /// Where `next` begins.
    next_at: usize,
    /// The word behind `, `.
    after_comma: &'t str,
    /// The word behind a hyphen, with a small letter.
    suffix: &'t str,
    /// `'s` stands between the name and `next`.
    is_after_possessive: bool,
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

/// Bytes that words are made of.
const PART_OF_WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        table[i] = byte.is_ascii_alphanumeric() || byte == b'-' || byte >= 0x80;
        i += 1;
    }
    table
};

/// The words of a text that a sieve lets pass; all beyond ASCII counts as letters.
fn words<'t>(text: &'t str, sieve: &Sieve) -> impl Iterator<Item = &'t str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            while !PART_OF_WORD[usize::from(*bytes.get(at)?)] {
                at += 1;
            }
            let start = at;
            while at < bytes.len() && PART_OF_WORD[usize::from(bytes[at])] {
                at += 1;
            }
            if sieve.passes(&bytes[start..at]) {
                return Some(&text[start..at]);
            }
        }
    })
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
    /// With `joined` the next word is that behind a whole compound: `motor` for `Franco-German motor`.
    fn of(text: &'t str, span: Span, joined: bool) -> Around<'t> {
        let before = text[..span.start].strip_suffix(' ').unwrap_or("");
        let previous = last_word(before);
        let (mut at, mut suffix) = (span.end, "");
        let mut is_after_possessive = false;
        let mut after_comma = "";
        match text.as_bytes().get(at) {
            Some(b'\'') if text[at..].starts_with("'s ") => {
                is_after_possessive = true;
                at += 2;
            }
            Some(b',') if text[at..].starts_with(", ") => after_comma = word_from(text, at + 2),
            Some(b'-') if text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_lowercase) => {
                suffix = word_from(text, at + 1);
            }
            Some(b'-' | 0xE2) if joined => {
                let rest = &text[at..];
                let dash = rest.strip_prefix(['-', '–']).filter(|rest| rest.starts_with(char::is_uppercase));
                if dash.is_some() {
                    at += rest.find(|c| !is_letter(c) && c != '–').unwrap_or(rest.len());
                }
            }
            _ => {}
        }
        let next = if text.as_bytes().get(at) == Some(&b' ') { word_from(text, at + 1) } else { "" };
        let name = span.slice(text);
        Around { text, span, name, previous, next, next_at: at + 1, after_comma, suffix, is_after_possessive }
    }

    /// All in capitals: `CIA`, `US`, `U.S.`.
    fn is_acronym(&self) -> bool {
        self.name.bytes().all(|b| b.is_ascii_uppercase() || b == b'.')
    }

    /// The word before the one before the name, with one blank between.
    fn before_previous(&self) -> &'t str {
        let end = self.span.start.saturating_sub(1 + self.previous.len());
        if self.previous.is_empty() { "" } else { self.text[..end].strip_suffix(' ').map_or("", last_word) }
    }

    /// The word behind `next`.
    fn after_next(&self) -> &'t str {
        self.word_behind(self.next, self.next_at)
    }

    /// The word behind `after_comma`.
    fn after_after_comma(&self) -> &'t str {
        self.word_behind(self.after_comma, self.span.end + 2)
    }

    /// The word behind `word`, which begins at `at`, with one blank between.
    fn word_behind(&self, word: &str, at: usize) -> &'t str {
        let blank = at + word.len();
        let follows = !word.is_empty() && self.text.as_bytes().get(blank) == Some(&b' ');
        if follows { word_from(self.text, blank + 1) } else { "" }
    }

    /// `M. Stalin`: the initial is no part of the name, so it is another person's; `Barack H. Obama` is himself.
    fn is_behind_initial(&self) -> bool {
        let before = self.text[..self.span.start].strip_suffix(". ").unwrap_or("");
        let initial = last_word(before);
        let given = last_word(before[..before.len() - initial.len()].trim_end_matches(' '));
        initial.len() == 1
            && initial.starts_with(char::is_uppercase)
            && (given.is_empty() || given.starts_with(char::is_lowercase))
    }

    /// `Jordan, 19,`.
    fn is_before_age(&self) -> bool {
        let age = self.after_comma;
        let behind = self.span.end + 2 + age.len();
        (1..3).contains(&age.len())
            && age.bytes().all(|b| b.is_ascii_digit())
            && self.text.as_bytes().get(behind) == Some(&b',')
    }

    /// `Polish the spoons`: a verb that opens a sentence.
    fn is_verb(&self) -> bool {
        self.name == "Polish"
            && matches!(self.next, "the" | "your" | "it" | "each" | "every" | "all" | "my" | "up" | "off")
    }

    /// The word before the name opens the sentence.
    fn opens_sentence(&self) -> bool {
        let end = self.span.start.saturating_sub(1 + self.previous.len());
        let before = self.text[..end].trim_end_matches([' ', '"', '\'', '“']);
        before.is_empty() || before.ends_with(['.', '?', '!', '\n', ':'])
    }

    /// The bytes within reach of the name.
    fn reach(&self) -> Span {
        let from = floor(self.text, self.span.start.saturating_sub(REACH));
        Span::new(from, floor(self.text, (self.span.end + REACH).min(self.text.len())))
    }

    /// The words of the sentence around the name, within reach, that the sieve lets pass.
    fn sentence_words(&self, sieve: &Sieve) -> impl Iterator<Item = &'t str> {
        let bytes = self.text.as_bytes();
        let Span { mut start, mut end } = self.reach();
        let ends = |at: usize| {
            bytes[at] == b'\n'
                || (matches!(bytes[at], b'.' | b'?' | b'!') && bytes.get(at + 1) == Some(&b' '))
        };
        if let Some(at) = (start..self.span.start).rev().find(|&at| ends(at)) {
            start = at + 1;
        }
        if let Some(at) = (self.span.end..end).find(|&at| ends(at)) {
            end = at;
        }
        words(&self.text[start..end], sieve)
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
        assert_eq!(found("THE HAGUE, Netherlands, June 27 -- Judges heard Peru."), ["Peru"]);
        assert_eq!(found("Talks resume\nPARIS, Jan. 5 (Wire) — Peru met Chile."), ["Peru", "Chile"]);
        assert_eq!(found("UNITED NATIONS, Tuesday (Wire) - Peru left."), ["Peru"]);
        assert_eq!(
            found("SEOUL, South Korea — Peru signed.\n\nUS - Peru trade grew."),
            ["Peru", "US", "Peru"]
        );
    }

    #[test]
    fn a_seat_among_words_for_towns_is_a_city() {
        assert_eq!(
            found("She flew on to Lisbon. Lisbon was courteous, and Lisbon's envoy too."),
            ["Lisbon", "Lisbon"]
        );
        assert_eq!(found("Oslo and Bergen drowned in fog; the mayor of Tallinn sent candles."), [""; 0]);
        assert_eq!(
            found("Trams, snow and Helsinki: the exhibition opens. Helsinki recalled its envoy."),
            ["Helsinki"]
        );
        assert_eq!(
            found("Snow in New Delhi, Lisbon and Ankara. In Lisbon, Ankara protested, and so did Lisbon."),
            ["Ankara", "Lisbon"]
        );
        assert_eq!(found("Pilgrims left for Jerusalem. Jerusalem rejected the note."), ["Jerusalem"]);
        assert_eq!(found("The Oslo accords and the suburbs of Ankara"), [""; 0]);
    }

    #[test]
    fn sides_languages_and_bearers_act_for_nobody() {
        assert_eq!(found("Peru beat Chile on penalties, and the goalkeeper wept."), [""; 0]);
        assert_eq!(found("He spoke German, wrote in Polish, and the German envoy yawned."), ["German"]);
        assert_eq!(found("The band Sweden played; our cat Brezhnev, nicknamed Putin, slept."), [""; 0]);
        assert_eq!(
            found("A Spanish-born cook and a Danish retired teacher fed ethnic Serbs. Polish the spoons!"),
            [""; 0]
        );
    }

    #[test]
    fn a_word_of_sports_that_stands_in_other_news_makes_no_match_alone() {
        assert_eq!(found("Peru lost patience over the delay and met Chile over a loan."), ["Peru", "Chile"]);
        assert_eq!(found("Peru faced Chile in the semi-final; Peru beat Chile by ten runs."), [""; 0]);
    }

    #[test]
    fn what_is_based_or_named_in_a_town_is_no_actor() {
        assert_eq!(found("A Lima-based bank and a Panama-flagged tanker; Lima-backed rebels."), ["Lima"]);
        assert_eq!(found("The Madrid Conference, the Lima region, the Oslo summit; Oslo agreed."), ["Oslo"]);
        assert_eq!(found("Two died in IDF strikes, and in Lima; the Peruvian peso fell."), ["IDF"]);
    }

    #[test]
    fn offices_with_a_state_in_their_name_are_whose_they_are() {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        let ids = |text: &str| -> Vec<String> {
            let mentions = gazetteer.find_mentions(text);
            mentions.iter().map(|m| gazetteer.actor(m.actor).id.clone()).collect()
        };
        assert_eq!(
            ids("The Taiwan Affairs Office scolded the American Institute in Taiwan."),
            ["CHN", "USA"]
        );
        assert_eq!(ids("The Joint Chiefs of Staff said in Seoul that Pyongyang fired."), ["KOR", "PRK"]);
        assert_eq!(ids("The Joint Chiefs of Staff met."), ["USA"]);
    }

    #[test]
    fn persons_are_told_by_kin_age_and_deeds() {
        assert_eq!(found("Cousin Kenya, Jordan, 17, and Georgia, a nurse, said that Chad giggled."), [""; 0]);
        assert_eq!(found("Her lawyer met Marisol Trump. President Trump was away."), ["Trump"]);
        assert_eq!(
            found("They named her Kenya; Brezhnev the tortoise and B. Putin, a dentist, came."),
            [""; 0]
        );
        assert_eq!(found("A fire in Lima, New York, and one in Moscow in Idaho."), [""; 0]);
        assert_eq!(found("At the Emmanuel Macron Memorial Library a Merkel impersonator read."), [""; 0]);
    }

    #[test]
    fn rivers_and_councils_of_others_are_no_actors() {
        assert_eq!(found("Hippos swam in the Niger, and Niger counted them."), ["Niger"]);
        assert_eq!(
            found("The Security Council of Iran and the Security Council met."),
            ["Iran", "Security Council"]
        );
    }

    #[test]
    fn combining_forms_stand_before_an_actor_and_share_its_fate() {
        assert_eq!(found("A Russo-Turkish treaty; Sino and a Russo-Baltic van."), ["Russo", "Turkish"]);
        assert_eq!(found("A Franco-Italian chef in an Indo-European kitchen."), [""; 0]);
    }

    #[test]
    fn acronyms_in_capitals_are_told_from_words() {
        assert_eq!(found("US SENDS FRIGATE TO JAPAN"), ["US", "JAPAN"]);
        assert_eq!(found("WHO CHIEF LEAVES KENYA"), ["WHO", "KENYA"]);
        assert_eq!(found("THEY TOLD US WHO DID IT IN PERU"), ["PERU"]);
        assert_eq!(found("READ WHO CAME FIRST, says the note; the WHO disagrees."), ["WHO"]);
    }

    #[test]
    fn words_nearby_give_a_name_to_another_actor() {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        let ids = |text: &str| -> Vec<String> {
            let mentions = gazetteer.find_mentions(text);
            mentions.iter().map(|m| gazetteer.actor(m.actor).id.clone()).collect()
        };
        assert_eq!(ids("Brussels told its Flemish mayors. Brussels fined the cartel."), ["BEL", "EU"]);
        assert_eq!(
            ids("The European Commission sued; the European Council and MEPs did not."),
            ["EU", "EU", "EUROPEAN-PARLIAMENT"]
        );
        assert_eq!(ids("Congo, from its palace in Brazzaville, protested."), ["COG"]);
        assert_eq!(ids("Washington apples come from Spokane."), [""; 0]);
    }

    #[test]
    fn texts_may_end_anywhere() {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        let text = "Jordan, a nurse, met Lima, New—ÉTÉ; «Putin» née É. Putin, 7, in Paris’s Café—and Sino-Indian–US é";
        for (start, _) in text.char_indices() {
            for (end, _) in text.char_indices().filter(|(end, _)| *end >= start) {
                gazetteer.find_mentions(&text[start..end]);
            }
        }
    }

    #[test]
    fn words_nearby_speak_against_an_actor() {
        assert_eq!(found("The ICC fined the umpire."), [""; 0]);
        assert_eq!(found("The ICC issued a warrant."), ["ICC"]);
    }
}
