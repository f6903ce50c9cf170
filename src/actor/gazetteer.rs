//! Aliases → actors.
//!
//! Every name stands in a table in its plain form (see `surface.rs`), as written and in capitals, under its
//! first word. One pass looks up each word that begins as a name does, which spares it most of the text, and
//! compares the names under it, the longest first.
//! Names are whole words; case counts, so `US` is not `us`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Range;

use foldhash::fast::RandomState;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::context::{Contexts, famous, other_names};
use super::mention::{Mention, MentionKind};
use super::misspelling::{Misspellings, Neighbours, word_at};
use super::office::{Bearer, Offices, PersonIndex, leaders};
use super::surface::Surface;
use super::{Actor, ActorIndex, ActorKind};
use crate::date::Date;
use crate::error::{Error, Result};
use crate::text::letter::{after, before, is_alphanumeric};
use crate::text::span::Span;

/// Acronyms that in a line all in capitals are English words.
const WORDS_IN_CAPITALS: [&str; 34] = [
    "US", "WHO", "IT", "AM", "AN", "ARE", "AS", "AT", "BE", "BY", "CAN", "CAR", "DO", "GO", "HAS", "HE",
    "ICE", "IF", "IN", "IS", "ME", "NO", "NOT", "OF", "ON", "OR", "OUT", "PA", "SO", "TO", "UP", "WAS", "WE",
    "ACT",
];

/// Finds the mentions of all its actors in one pass over a text.
///
/// # Example
/// ```
/// use geostance::actor::{Actor, ActorKind, gazetteer::Gazetteer};
/// let mut russia = Actor::new("RUS", "Russia", ActorKind::State);
/// russia.demonyms.push("Russian".into());
/// let gazetteer = Gazetteer::new(vec![russia])?;
/// let text = "RUSSIA: Russian envoys leave";
/// let found: Vec<&str> = gazetteer.find_mentions(text).iter().map(|m| m.span.slice(text)).collect();
/// assert_eq!(found, ["RUSSIA", "Russian"]);
/// # Ok::<(), geostance::Error>(())
/// ```
#[derive(Clone)]
pub struct Gazetteer {
    actors: Vec<Actor>,
    by_id: HashMap<String, ActorIndex>,
    beginnings: Beginnings,
    /// Every form of every name, by first word, the longer ones first.
    forms: Vec<Form>,
    /// First word → which of the forms begin with it.
    by_word: HashMap<String, Range<usize>, RandomState>,
    offices: Offices,
    misspellings: Misspellings,
    contexts: Contexts,
}

/// A name as it is looked for.
#[derive(Debug, Clone)]
struct Form {
    plain: String,
    /// Length of its first word.
    first: usize,
    /// `None`: another name, which contains an actor's.
    bearer: Option<Bearer>,
    kind: MentionKind,
    /// Spells an English word where all is in capitals.
    is_word_in_capitals: bool,
}

impl fmt::Debug for Gazetteer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gazetteer")
            .field("actors", &self.actors.len())
            .field("forms", &self.forms.len())
            .finish()
    }
}

impl Gazetteer {
    /// A gazetteer of `actors`.
    ///
    /// A form that several actors claim goes to a name before a demonym, that before a metonym, that before
    /// a leader, and then to the first actor. A person who served several actors speaks for the one whose term
    /// covers the date of the text, without a date for the last he served for two years or more; a form that different persons of
    /// several actors share is nobody's.
    ///
    /// # Errors
    /// If two actors have the same id, in whatever case.
    pub fn new(actors: Vec<Actor>) -> Result<Gazetteer> {
        let mut by_id = HashMap::new();
        for (i, actor) in actors.iter().enumerate() {
            if by_id.insert(actor.id.to_uppercase(), ActorIndex(i as u32)).is_some() {
                return Err(Error::Data(format!("two actors have the id `{}`", actor.id)));
            }
        }
        let mut offices = Offices::of(&actors);
        let (forms, contexts) = rayon::join(|| forms(&actors, &mut offices), || Contexts::of(&actors));
        let mut by_word: HashMap<String, Range<usize>, RandomState> = HashMap::default();
        for (i, form) in forms.iter().enumerate() {
            by_word.entry(form.first_word().to_owned()).or_insert(i..i).end = i + 1;
        }
        let mut plain: Vec<(String, Bearer)> = Vec::new();
        for (_, leader) in leaders(&actors) {
            let person = offices.person(leader);
            let Some(bearer) = person.and_then(|person| offices.bearer(&[person])) else { continue };
            plain.extend(leader.names.iter().map(|name| (Surface::of(name).text.into_owned(), bearer)));
        }
        let famous = famous().filter_map(|(name, id)| Some((name, Bearer::Of(*by_id.get(id)?))));
        let misspellings =
            Misspellings::new(plain.iter().map(|(name, bearer)| (name.as_str(), *bearer)), famous);
        let beginnings = Beginnings::of(&forms);
        Ok(Gazetteer { actors, by_id, beginnings, forms, by_word, offices, misspellings, contexts })
    }

    /// All actors; [`ActorIndex`] counts in them.
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// The actor at `index`.
    ///
    /// # Panics
    /// If `index` comes from another, larger gazetteer.
    pub fn actor(&self, index: ActorIndex) -> &Actor {
        &self.actors[index.0 as usize]
    }

    /// The actor with that id, in any case.
    pub fn by_id(&self, id: &str) -> Option<ActorIndex> {
        self.by_id.get(&id.to_uppercase()).copied()
    }

    /// Whether one is a body of the other, as the European Parliament is of the EU; a member state is none.
    pub fn are_kin(&self, one: ActorIndex, other: ActorIndex) -> bool {
        let (one, other) = (self.actor(one), self.actor(other));
        let is_body = |actor: &Actor| matches!(actor.kind, ActorKind::Organisation | ActorKind::Bloc);
        let part = |a: &Actor, b: &Actor| a.parents.contains(&b.id);
        is_body(one) && is_body(other) && (part(one, other) || part(other, one))
    }

    /// SHA-256 of all actors in order, as 64 hexadecimal digits: the same for the same content, in whatever file.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        let mut put = |part: &str| {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        };
        for actor in &self.actors {
            put(&actor.id);
            put(&actor.name);
            put(actor.kind.as_str());
            put(actor.wikidata.as_deref().unwrap_or(""));
            for list in [&actor.aliases, &actor.demonyms, &actor.metonyms, &actor.parents] {
                put(&list.len().to_string());
                list.iter().for_each(|entry| put(entry));
            }
            put(&actor.leaders.len().to_string());
            for leader in &actor.leaders {
                put(&leader.names.join("/"));
                put(leader.from.as_deref().unwrap_or(""));
                put(leader.until.as_deref().unwrap_or(""));
            }
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The mentions in `text`, in order and apart; leaders speak for the last actor they served for long.
    pub fn find_mentions(&self, text: &str) -> Vec<Mention> {
        self.find_mentions_on(text, None)
    }

    /// The mentions in `text`, written at `date`, in order and apart.
    pub fn find_mentions_on(&self, text: &str, date: Option<Date>) -> Vec<Mention> {
        let mut out = Vec::new();
        self.find_mentions_in(text, Span::new(0, text.len()), date, &mut out);
        out
    }

    /// Adds the mentions in the bytes `within` of `text` to `out`, in order and apart; the spans count from
    /// the start of `text`.
    ///
    /// A name that the words around it make another's is left out: `Swiss cheese`, `Michael Jordan`.
    /// The longest name at a place counts, if it is a whole word: hyphens and possessives may adjoin it.
    /// Accents, kinds of apostrophe and white space make no difference, line ends included. `date` is when the
    /// text was written: it tells for whom a leader spoke who served several actors.
    ///
    /// # Panics
    /// If `within` does not fall on character boundaries of `text`.
    pub fn find_mentions_in(&self, text: &str, within: Span, date: Option<Date>, out: &mut Vec<Mention>) {
        let n_before = out.len();
        let surface = self.find_plain(text, within, date, out);
        let mut i = 0;
        out.retain_mut(|mention| {
            i += 1;
            if i <= n_before {
                return true;
            }
            let actor = self.contexts.judge(&surface.text, mention);
            mention.actor = actor.unwrap_or(mention.actor);
            actor.is_some()
        });
        to_original(&surface, within, &mut out[n_before..]);
    }

    /// Every name of an actor in `text`, whatever stands around it: for who is said to be there.
    pub fn find_names(&self, text: &str, date: Option<Date>) -> Vec<Mention> {
        let mut out = Vec::new();
        let within = Span::new(0, text.len());
        let surface = self.find_plain(text, within, date, &mut out);
        to_original(&surface, within, &mut out);
        out
    }

    /// Adds the names in the bytes `within` of `text`, spans counting in the plain form, which it returns.
    fn find_plain<'t>(
        &self,
        text: &'t str,
        within: Span,
        date: Option<Date>,
        out: &mut Vec<Mention>,
    ) -> Surface<'t> {
        let surface = Surface::of(within.slice(text));
        let n_before = out.len();
        self.scan(&surface, within, text, date, out);
        self.misspelt(&surface.text, date, n_before, out);
        surface
    }

    /// Adds the mentions in the plain text, spans counting in it.
    fn scan(
        &self,
        surface: &Surface<'_>,
        within: Span,
        text: &str,
        date: Option<Date>,
        out: &mut Vec<Mention>,
    ) {
        let plain = &*surface.text;
        let mut lines = Lines { text: within.slice(text), last: Span::new(0, 0), capitals: false };
        let mut at = 0;
        while let Some(start) = self.beginnings.next(plain, at) {
            let word = word_at(plain, start);
            at = word.end;
            let fits = |form: &&Form| {
                plain[start..].starts_with(&form.plain)
                    && self.ends_name(plain, start + form.plain.len(), form)
            };
            let Some(form) = self.beginning_with(word.slice(plain)).iter().find(fits) else { continue };
            let mut span = Span::new(start, start + form.plain.len());
            at = span.end;
            let Some(actor) = form.bearer.and_then(|bearer| self.offices.actor(bearer, date)) else {
                continue;
            };
            span.end -= usize::from(form.is_combining());
            let is_word = form.is_word_in_capitals
                && (lines.is_capitals(surface.original(span)) || Contexts::is_among_capitals(plain, span))
                && !self.contexts.is_meant_in_capitals(plain, span);
            if !is_word {
                out.push(Mention { span, actor, kind: form.kind });
            }
        }
    }

    /// Whether the form, if it ends before byte `at`, is a whole word, or before another actor where it
    /// combines: `Sino-Indian`.
    fn ends_name(&self, plain: &str, at: usize, form: &Form) -> bool {
        if !form.is_combining() {
            return ends_word(plain, at);
        }
        let word = word_at(plain, at).slice(plain);
        let joins = |other: &Form| {
            let fits = plain[at..].starts_with(&other.plain) && ends_word(plain, at + other.plain.len());
            fits && matches!(other.kind, MentionKind::Name | MentionKind::Demonym)
                && other.bearer != form.bearer
        };
        self.beginning_with(word)
            .iter()
            .find(|other| joins(other))
            .is_some_and(|other| other.bearer.is_some())
    }

    /// The forms whose first word this is, the longer ones first.
    fn beginning_with(&self, word: &str) -> &[Form] {
        self.by_word.get(word).map_or(&[], |range| &self.forms[range.clone()])
    }

    /// Adds leaders whose names are misspelt in the plain text to the mentions from `n_before` on.
    fn misspelt(&self, plain: &str, date: Option<Date>, n_before: usize, out: &mut Vec<Mention>) {
        let mut more = Vec::new();
        let near = Neighbours {
            is_alias: |word: &str| self.beginning_with(word).iter().any(|form| form.plain == word),
            is_lead: |word: &str| self.contexts.is_lead(word),
            is_institution: |word: &str| self.contexts.is_institution(word),
        };
        let n_found = out.len();
        self.misspellings.find(plain, &near, |span, bearer| {
            let Some(actor) = self.offices.actor(bearer, date) else { return };
            let found = &mut out[n_before..n_found];
            let first = found.partition_point(|m| m.span.end <= span.start);
            let n_over = found[first..].iter().take_while(|m| m.span.start < span.end).count();
            match (n_over, found.get_mut(first)) {
                (0, _) => more.push(Mention { span, actor, kind: MentionKind::Leader }),
                // the surname alone was found, or it is one letter from another name: `Francois Holland`
                (1, Some(m)) if span.contains(m.span) && span != m.span => {
                    *m = Mention { span, actor, kind: MentionKind::Leader };
                }
                _ => {}
            }
        });
        if !more.is_empty() {
            out.append(&mut more);
            out[n_before..].sort_by_key(|m| m.span);
            let mut end = 0;
            let mut i = 0;
            out.retain(|m| {
                i += 1;
                let keeps = i <= n_before || m.span.start >= end;
                if keeps && i > n_before {
                    end = m.span.end;
                }
                keeps
            });
        }
    }
}

/// Spans of the plain form as spans of the text.
fn to_original(surface: &Surface<'_>, within: Span, mentions: &mut [Mention]) {
    for mention in mentions {
        let Span { start, end } = surface.original(mention.span);
        mention.span = Span::new(within.start + start, within.start + end);
    }
}

/// Who claims a form.
enum Claim {
    /// The first actor that is so called.
    First(MentionKind, ActorIndex),
    /// Leaders, ascending.
    Leaders(Vec<PersonIndex>),
}

/// Every form of every name, each once, by first word and then the longer ones first.
fn forms(actors: &[Actor], offices: &mut Offices) -> Vec<Form> {
    let others = || other_names().flat_map(variants).collect::<Vec<String>>();
    let (claims, others) = rayon::join(|| claims(actors, offices), others);
    let others = others.into_iter().filter(|name| !claims.contains_key(name));
    let others: Vec<Form> = others.map(|plain| Form::of(plain, None, MentionKind::Name)).collect();
    let form = |(plain, claim): (String, Claim)| {
        let (bearer, kind) = match claim {
            Claim::First(kind, actor) => (Bearer::Of(actor), kind),
            Claim::Leaders(persons) => (offices.bearer(&persons)?, MentionKind::Leader),
        };
        let is_word_in_capitals = WORDS_IN_CAPITALS.contains(&plain.as_str());
        Some(Form { is_word_in_capitals, ..Form::of(plain, Some(bearer), kind) })
    };
    let mut forms: Vec<Form> = claims.into_iter().filter_map(form).chain(others).collect();
    forms.par_sort_unstable_by(|a, b| {
        let longer_first = b.plain.len().cmp(&a.plain.len());
        a.first_word().cmp(b.first_word()).then(longer_first).then_with(|| a.plain.cmp(&b.plain))
    });
    forms
}

/// Every form of every actor's and leader's name, and who claims it.
fn claims(actors: &[Actor], offices: &mut Offices) -> HashMap<String, Claim, RandomState> {
    let mut claims: HashMap<String, Claim, RandomState> = HashMap::default();
    let mut claim = |name: &str, kind: MentionKind, actor: ActorIndex| {
        for form in variants(name) {
            claims.entry(form).or_insert(Claim::First(kind, actor));
        }
    };
    let indexed = || (0..).map(ActorIndex).zip(actors);
    for (i, actor) in indexed() {
        claim(&actor.name, MentionKind::Name, i);
        actor.aliases.iter().for_each(|name| claim(name, MentionKind::Name, i));
    }
    for (i, actor) in indexed() {
        actor.demonyms.iter().for_each(|name| claim(name, MentionKind::Demonym, i));
    }
    for (i, actor) in indexed() {
        actor.metonyms.iter().for_each(|name| claim(name, MentionKind::Metonym, i));
    }
    for (_, leader) in leaders(actors) {
        let Some(person) = offices.person(leader) else { continue };
        for form in leader.names.iter().flat_map(|name| variants(name)) {
            match claims.entry(form) {
                Entry::Vacant(entry) => {
                    entry.insert(Claim::Leaders(vec![person]));
                }
                Entry::Occupied(mut entry) => {
                    if let Claim::Leaders(persons) = entry.get_mut()
                        && let Err(at) = persons.binary_search(&person)
                    {
                        persons.insert(at, person);
                    }
                }
            }
        }
    }
    claims
}

impl Form {
    fn of(plain: String, bearer: Option<Bearer>, kind: MentionKind) -> Form {
        Form { first: word_at(&plain, 0).end, plain, bearer, kind, is_word_in_capitals: false }
    }

    fn first_word(&self) -> &str {
        &self.plain[..self.first]
    }

    /// `Sino-`: a demonym that stands before another actor only.
    fn is_combining(&self) -> bool {
        self.plain.ends_with('-')
    }
}

/// A name as it may stand in a text, in plain form: as it is, with a capital first, all in capitals.
fn variants(name: &str) -> Vec<String> {
    let plain = Surface::of(name.trim()).text.into_owned();
    let mut out = Vec::with_capacity(3);
    let Some(first) = plain.chars().next().filter(|&c| is_alphanumeric(c)) else { return out };
    if first.is_lowercase() {
        out.push(first.to_uppercase().chain(plain.chars().skip(1)).collect());
    }
    let capitals = plain.to_uppercase();
    // `XI` or `MAY` alone is more often something else
    if capitals != plain && (plain.len() > 3 || plain.contains(' ')) {
        out.push(capitals);
    }
    out.push(plain);
    out
}

/// Whether no letter or digit stands right before byte `at`.
fn begins_word(plain: &str, at: usize) -> bool {
    !before(plain, at).is_some_and(is_alphanumeric)
}

/// Whether a name that ends before byte `at` is a whole word.
fn ends_word(plain: &str, at: usize) -> bool {
    match after(plain, at) {
        None => true,
        // `U.S.` may be followed by a digit, nothing else by a letter or digit
        Some(c) if is_alphanumeric(c) => !c.is_alphabetic() && before(plain, at) == Some('.'),
        Some('\'') => {
            // a possessive or contraction goes, another letter is part of the name: Xi’an
            let tail =
                plain.as_bytes()[at + 1..].iter().take(3).take_while(|b| b.is_ascii_alphabetic()).count();
            match &plain.as_bytes()[at + 1..at + 1 + tail] {
                b"" | b"s" | b"S" | b"d" | b"m" | b"ll" | b"re" | b"ve" => true,
                _ => !after(plain, at + 1).is_some_and(char::is_alphabetic),
            }
        }
        Some(_) => true,
    }
}

/// The first three bytes of all forms: few words of a text begin like a name, and only those are looked up.
#[derive(Clone)]
struct Beginnings {
    /// Whether some form begins with the byte.
    first: [bool; 256],
    /// One bit for all three bytes that have one place.
    threes: Vec<u64>,
}

impl Beginnings {
    fn of(forms: &[Form]) -> Beginnings {
        let mut out = Beginnings { first: [false; 256], threes: vec![0; 1 << 10] };
        for form in forms {
            let word = form.plain.as_bytes();
            out.first[usize::from(word[0])] = true;
            // a short form may be followed by anything
            let may_be = |i: usize| word.get(i).map_or(0..=255, |&byte| byte..=byte);
            for (second, third) in may_be(1).flat_map(|second| may_be(2).map(move |third| (second, third))) {
                let place = Beginnings::place(word[0], second, third);
                out.threes[place >> 6] |= 1 << (place & 63);
            }
        }
        out
    }

    fn place(first: u8, second: u8, third: u8) -> usize {
        (usize::from(first) << 10 ^ usize::from(second) << 5 ^ usize::from(third)) & 0xFFFF
    }

    /// The first place from `at` on where a word begins as some form does.
    fn next(&self, plain: &str, mut at: usize) -> Option<usize> {
        let bytes = plain.as_bytes();
        loop {
            at += bytes.get(at..)?.iter().position(|&b| self.first[b as usize])?;
            if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
                at += 1;
                continue;
            }
            let byte = |i: usize| bytes.get(at + i).copied().unwrap_or(0);
            let place = Beginnings::place(bytes[at], byte(1), byte(2));
            let begins = self.threes[place >> 6] >> (place & 63) & 1 == 1
                && plain.is_char_boundary(at)
                && begins_word(plain, at);
            if begins {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// Tells lines all in capitals; remembers the last one, so that a long line is read once.
struct Lines<'a> {
    text: &'a str,
    last: Span,
    capitals: bool,
}

impl Lines<'_> {
    fn is_capitals(&mut self, span: Span) -> bool {
        if !self.last.contains(span) || self.last.is_empty() {
            let start = self.text[..span.start].rfind('\n').map_or(0, |i| i + 1);
            let end = self.text[span.end..].find('\n').map_or(self.text.len(), |i| span.end + i);
            self.last = Span::new(start, end);
            let line = self.last.slice(self.text);
            self.capitals = !line.contains(char::is_lowercase)
                && line.chars().filter(|c| c.is_uppercase()).nth(2 * span.len() + 1).is_some();
        }
        self.capitals
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::io::gazetteer::read_gazetteer_from;

    fn gazetteer() -> Gazetteer {
        let csv = include_str!("../../tests/fixtures/gazetteer.csv");
        Gazetteer::new(read_gazetteer_from(csv.as_bytes(), Path::new("gazetteer.csv")).unwrap()).unwrap()
    }

    /// Mentions as `form=ID:kind`.
    fn found(text: &str) -> Vec<String> {
        let gazetteer = gazetteer();
        let one = |m: Mention| format!("{}={}:{}", m.span.slice(text), gazetteer.actor(m.actor).id, m.kind);
        gazetteer.find_mentions(text).into_iter().map(one).collect()
    }

    #[test]
    fn every_kind_of_name_is_found() {
        assert_eq!(
            found("The Philippines and the Kremlin: Filipinos met Vladimir Putin, said NATO."),
            [
                "Philippines=PHL:name",
                "Kremlin=RUS:metonym",
                "Filipinos=PHL:demonym",
                "Vladimir Putin=RUS:leader",
                "NATO=NATO:name"
            ]
        );
    }

    #[test]
    fn names_are_whole_words() {
        assert_eq!(found("Chinatown, Russias, Xi'an, Putinism, AUSA"), [""; 0]);
        assert_eq!(
            found("US-led, China’s, (Russia), Turkey/Israel, the U.S.-China talks, Manila's"),
            [
                "US=USA:name",
                "China=CHN:name",
                "Russia=RUS:name",
                "Turkey=TUR:name",
                "Israel=ISR:name",
                "U.S.=USA:name",
                "China=CHN:name",
                "Manila=PHL:metonym"
            ]
        );
        assert_eq!(found("U.S.A. and U.S.7th"), ["U.S.A.=USA:name", "U.S.=USA:name"]);
    }

    #[test]
    fn the_longest_name_counts_and_a_shorter_one_where_it_is_no_word() {
        assert_eq!(found("European Union leaders"), ["European Union=EU:name"]);
        assert_eq!(found("European Unionists"), ["European=EU:demonym"]);
        assert_eq!(found("South China Sea"), [""; 0]);
    }

    #[test]
    fn case_counts_except_in_headlines() {
        assert_eq!(found("They told us who it was; russia, putin"), [""; 0]);
        assert_eq!(found("US and WHO agree"), ["US=USA:name", "WHO=WHO:name"]);
        assert_eq!(found("RUSSIA TELLS US WHO IT IS"), ["RUSSIA=RUS:name"]);
        assert_eq!(found("RUSSIA WARNS\nThe US reacted."), ["RUSSIA=RUS:name", "US=USA:name"]);
        assert_eq!(found("PUTIN MEETS XI JINPING"), ["PUTIN=RUS:leader", "XI JINPING=CHN:leader"]);
    }

    #[test]
    fn accents_apostrophes_and_line_ends_make_no_difference() {
        assert_eq!(
            found("Turkiye, TÜRKİYE’s, Malacanang"),
            ["Turkiye=TUR:name", "TÜRKİYE=TUR:name", "Malacanang=PHL:metonym"]
        );
        assert_eq!(
            found("United\nStates, United  States"),
            ["United\nStates=USA:name", "United  States=USA:name"]
        );
        assert_eq!(found("United\n\nStates"), [""; 0]);
    }

    #[test]
    fn leaders_with_a_slip_in_their_names_are_found() {
        assert_eq!(
            found("Vladamir Putin and Rodrigo Duterta"),
            ["Vladamir Putin=RUS:leader", "Rodrigo Duterta=PHL:leader"]
        );
        assert_eq!(found("President Duterta thanked Russia"), ["Duterta=PHL:leader", "Russia=RUS:name"]);
        assert_eq!(found("Rodrigo Duarte and Vladimir Russia"), [""; 0]);
    }

    #[test]
    fn a_leaders_form_that_two_persons_share_is_nobodys() {
        let mut one = Actor::new("A", "Aland", crate::ActorKind::State);
        one.leaders.push(crate::actor::Leader {
            names: vec!["Kim One".into(), "Kim".into()],
            from: None,
            until: None,
        });
        let mut two = Actor::new("B", "Beland", crate::ActorKind::State);
        two.leaders.push(crate::actor::Leader {
            names: vec!["Kim Two".into(), "Kim".into()],
            from: None,
            until: None,
        });
        let gazetteer = Gazetteer::new(vec![one, two]).unwrap();
        assert_eq!(gazetteer.find_mentions("Kim met Kim Two").len(), 1);
    }

    /// Mark Rutte of the Netherlands, then of NATO.
    fn two_offices() -> Gazetteer {
        let csv = "id,name,kind,leaders\n\
            NLD,Netherlands,state,Mark Rutte/Rutte@2010-10-14..2024-07-02|Wim Kok/Kok@1994..2002\n\
            NATO,NATO,organisation,Mark Rutte@2024-10-01..\n";
        let actors = crate::io::gazetteer::read_gazetteer_from(csv.as_bytes(), "g.csv".as_ref());
        Gazetteer::new(actors.unwrap()).unwrap()
    }

    #[test]
    fn the_date_tells_for_whom_a_leader_speaks() {
        let gazetteer = two_offices();
        let found = |text: &str, date: &str| -> Vec<String> {
            let mentions = gazetteer.find_mentions_on(text, Date::parse(date));
            mentions.iter().map(|m| gazetteer.actor(m.actor).id.clone()).collect()
        };
        // a form that one office has is the person's in the other, and so is a misspelt one
        for text in
            ["Mark Rutte spoke.", "Rutte spoke.", "MARK RUTTE SPOKE", "Mark Ruttes spoke.", "Marc Rutte"]
        {
            assert_eq!(found(text, "2018-05-01"), ["NLD"], "{text}");
            assert_eq!(found(text, "2025"), ["NATO"], "{text}");
            assert_eq!(found(text, ""), ["NATO"], "{text}");
        }
        for date in ["1980", "1998", "2024", ""] {
            assert_eq!(found("Wim Kok and Kok", date), ["NLD", "NLD"], "{date}");
        }
        assert_eq!(gazetteer.find_mentions("Rutte"), gazetteer.find_mentions_on("Rutte", None));
    }

    #[test]
    fn ids_are_found_in_any_case_and_must_differ() {
        let gazetteer = gazetteer();
        assert_eq!(gazetteer.by_id("rus"), gazetteer.by_id("RUS"));
        assert_eq!(gazetteer.by_id("XXX"), None);
        assert_eq!(gazetteer.fingerprint().len(), 64);
        let mut actors = gazetteer.actors().to_vec();
        actors[0].aliases.push("New Name".into());
        assert_ne!(Gazetteer::new(actors.clone()).unwrap().fingerprint(), gazetteer.fingerprint());
        actors.push(actors[0].clone());
        let error = Gazetteer::new(actors).unwrap_err();
        assert!(error.to_string().starts_with("two actors have the id"), "{error}");
    }

    #[test]
    fn time_grows_with_the_text_only() {
        let gazetteer = gazetteer();
        let started = std::time::Instant::now();
        for unit in ["US ", "RUSSIAN", "European Unio", "x", "Vladimir Putim ", "é", "\n", "United ", "WHO,"]
        {
            gazetteer.find_mentions(&unit.repeat(1_000_000 / unit.len()));
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn mentions_are_apart_and_on_character_boundaries(
            parts in prop::collection::vec(prop_oneof![
                "(?s)\\PC{0,6}", "[ \\n’'.\u{301}\u{AD}]{1,3}",
                prop::sample::select(vec!["US", "Russia", "Türkiye", "Vladamir Putin", "European", " Union", "U.S.", "PUTIN", "President Duterta"]).prop_map(str::to_owned),
            ], 0..12),
        ) {
            let text = parts.concat();
            let mut end = 0;
            for mention in gazetteer().find_mentions(&text) {
                let Span { start, end: stop } = mention.span;
                prop_assert!(start >= end && start < stop);
                prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(stop));
                end = stop;
            }
        }
    }
}
