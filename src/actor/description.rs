//! Text with mentions → further mentions: descriptions, surnames and pronouns whose actor is clear.
//!
//! One pass in reading order keeps what has been said so far: who was named, whose office was spoken of, which
//! person is whose. A description becomes a mention only where one actor alone fits; a doubtful one is nobody's.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::ActorIndex;
use super::gazetteer::Gazetteer;
use super::mention::{Mention, MentionKind};
use crate::text::span::Span;
use crate::text::token::{Token, TokenKind, tokenize};

const NOUNS: &str = include_str!("../../data/descriptions.csv");

/// So many sentences back a description may refer.
const MEMORY: usize = 4;
/// A pronoun refers to somebody of this sentence or the one before.
const PRONOUN_MEMORY: usize = 1;
/// Tokens in which a label such as `THE DELEGATE OF GUYANA:` ends.
const LONGEST_LABEL: usize = 12;

/// What a noun can stand for.
#[derive(Debug, Clone, Copy, Default)]
struct Noun {
    /// The number of those it describes: `tribunal`.
    body: Option<usize>,
    /// The office it names, a number for all nouns of one office: `ambassador`, `envoy`.
    office: Option<usize>,
    /// With `his` or `their` it is their state: `country`.
    land: bool,
    /// May stand between an actor and an office: `foreign`.
    modifier: bool,
}

/// The nouns of descriptions, read from `data/descriptions.csv`.
#[derive(Debug, Clone)]
pub struct Descriptions {
    nouns: HashMap<&'static str, Noun, RandomState>,
    /// By first letter the lengths of the nouns, a bit each: most words are neither.
    beginnings: [u32; 26],
    /// For each actor the numbers of the bodies that describe it.
    bodies: Vec<Vec<usize>>,
    n_bodies: usize,
    n_offices: usize,
}

impl Descriptions {
    /// The nouns that are compiled in, for the actors of `gazetteer`.
    pub fn of(gazetteer: &Gazetteer) -> Descriptions {
        let mut nouns: HashMap<&'static str, Noun, RandomState> = HashMap::default();
        let mut offices: Vec<&str> = Vec::new();
        let actors = gazetteer.actors();
        let mut bodies = vec![Vec::new(); actors.len()];
        let mut n_bodies = 0;
        for line in NOUNS.lines().skip(1) {
            let mut fields = line.split(',');
            let (Some(noun), Some(kind), Some(refers)) = (fields.next(), fields.next(), fields.next()) else {
                continue;
            };
            let entry = nouns.entry(noun).or_default();
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
                _ => entry.modifier = true,
            }
        }
        let mut beginnings = [0; 26];
        let first = |noun: &str| usize::from(noun.as_bytes()[0] - b'a');
        let mut all: Vec<&str> = nouns.keys().copied().collect();
        all.sort_unstable();
        all.iter().for_each(|noun| beginnings[first(noun)] |= 1 << noun.len().min(31));
        Descriptions { nouns, beginnings, bodies, n_bodies, n_offices: offices.len() }
    }

    /// Adds to `mentions` those of descriptions, surnames and pronouns.
    ///
    /// `mentions` are in order and apart, and stay so; `sentences` are those of `text`.
    pub fn resolve(&self, text: &str, sentences: &[Span], mentions: &mut Vec<Mention>) {
        if mentions.is_empty() {
            return;
        }
        let mut reader = Reader::new(self, text);
        let mut tokens = Vec::new();
        let mut from = 0;
        for (index, &sentence) in sentences.iter().enumerate() {
            while mentions.get(from).is_some_and(|m| m.span.start < sentence.start) {
                from += 1;
            }
            let inside = mentions[from..].iter().take_while(|m| m.span.end <= sentence.end).count();
            tokens.clear();
            tokenize(text, sentence, &mut tokens);
            let known = &mentions[from..from + inside];
            Line { reader: &mut reader, tokens: &tokens, known, index, sentence }.read();
            from += inside;
        }
        if !reader.found.is_empty() {
            mentions.append(&mut reader.found);
            mentions.sort_by_key(|m| m.span);
        }
    }
}

/// What was read so far.
struct Reader<'a> {
    nouns: &'a Descriptions,
    text: &'a str,
    found: Vec<Mention>,
    /// For each body of the nouns who was named of those it describes.
    described: Vec<Latest>,
    /// For each office of the nouns whose it was.
    offices: Vec<Latest>,
    /// Whose person was spoken of.
    persons: Latest,
    /// Surname → whose person it is; `None` where it is shared.
    surnames: HashMap<&'a str, Option<ActorIndex>>,
    /// Capitalised noun → the organisation whose it is: `the Authority`.
    bodies: HashMap<&'a str, ActorIndex>,
    /// Who says `I` and `we`.
    speaker: Option<ActorIndex>,
}

impl<'a> Reader<'a> {
    fn new(nouns: &'a Descriptions, text: &'a str) -> Reader<'a> {
        Reader {
            nouns,
            text,
            found: Vec::new(),
            described: vec![Latest::default(); nouns.n_bodies],
            offices: vec![Latest::default(); nouns.n_offices],
            persons: Latest::default(),
            surnames: HashMap::new(),
            bodies: HashMap::new(),
            speaker: None,
        }
    }

    /// An actor is named in a sentence.
    fn name(&mut self, actor: ActorIndex, sentence: usize) {
        for &body in &self.nouns.bodies[actor.0 as usize] {
            self.described[body].see(actor, sentence);
        }
    }

    fn bind_surname(&mut self, surname: &'a str, actor: ActorIndex) {
        let held = self.surnames.entry(surname).or_insert(Some(actor));
        if *held != Some(actor) {
            *held = None;
        }
    }
}

/// The actor seen last, and how far back no other was seen: the one of a stretch, without a list of all.
#[derive(Debug, Clone, Copy, Default)]
struct Latest {
    /// The actor, and the sentence in which it was seen last.
    seen: Option<(ActorIndex, usize)>,
    /// The sentence in which another was seen last.
    other: Option<usize>,
}

impl Latest {
    fn see(&mut self, actor: ActorIndex, sentence: usize) {
        if let Some((held, last)) = self.seen
            && held != actor
        {
            self.other = Some(last);
        }
        self.seen = Some((actor, sentence));
    }

    /// The one actor seen in this sentence or after it; `None` where there was none or another one too.
    fn since(&self, sentence: usize) -> Option<ActorIndex> {
        let (actor, last) = self.seen?;
        (last >= sentence && self.other.is_none_or(|other| other < sentence)).then_some(actor)
    }
}

/// One sentence being read.
struct Line<'r, 'a> {
    reader: &'r mut Reader<'a>,
    tokens: &'r [Token],
    known: &'r [Mention],
    index: usize,
    sentence: Span,
}

impl<'a> Line<'_, 'a> {
    fn read(mut self) {
        self.label();
        let mut i = 0;
        let mut next = 0;
        while i < self.tokens.len() {
            while self.known.get(next).is_some_and(|m| m.span.end <= self.tokens[i].span.start) {
                next += 1;
            }
            match self.known.get(next) {
                Some(&mention) if mention.span.start <= self.tokens[i].span.start => {
                    let mut end = i;
                    while end < self.tokens.len() && self.tokens[end].span.start < mention.span.end {
                        end += 1;
                    }
                    self.take_mention(mention, i, end);
                    i = end;
                }
                _ => i = self.take_word(i),
            }
        }
    }

    fn word(&self, i: usize) -> &'a str {
        self.tokens[i].span.slice(self.reader.text)
    }

    fn noun(&self, i: usize) -> Option<&Noun> {
        let word = self.word(i);
        let Descriptions { nouns, beginnings, .. } = self.reader.nouns;
        let first = word.as_bytes()[0].to_ascii_lowercase().checked_sub(b'a')?;
        let may_be = beginnings.get(usize::from(first))? >> word.len().min(31) & 1 == 1;
        if !may_be {
            return None;
        }
        nouns.get(word).or_else(|| match word.as_bytes()[0].is_ascii_uppercase() {
            true => nouns.get(word.to_lowercase().as_str()),
            false => None,
        })
    }

    fn is(&self, i: usize, words: &[&str]) -> bool {
        i < self.tokens.len() && words.iter().any(|w| self.word(i).eq_ignore_ascii_case(w))
    }

    fn is_capitalised(&self, i: usize) -> bool {
        i < self.tokens.len()
            && self.tokens[i].kind == TokenKind::Word
            && self.word(i).chars().next().is_some_and(char::is_uppercase)
    }

    /// The mention that covers token `i`.
    fn mention_at(&self, i: usize) -> Option<Mention> {
        let at = self.tokens.get(i)?.span;
        let place = self.known.partition_point(|m| m.span.end <= at.start);
        self.known.get(place).copied().filter(|m| m.span.start <= at.start)
    }

    fn add(&mut self, from: usize, to: usize, actor: ActorIndex) {
        let span = Span::new(self.tokens[from].span.start, self.tokens[to].span.end);
        let free = (from..=to).all(|i| self.mention_at(i).is_none())
            && self.reader.found.last().is_none_or(|m| m.span.end <= span.start);
        if free {
            self.reader.found.push(Mention { span, actor, kind: MentionKind::Nominal });
            self.reader.name(actor, self.index);
        }
    }

    /// `THE DELEGATE OF GUYANA: ...` changes who speaks; so does `Statement by Guyana` in a title.
    fn label(&mut self) {
        let starts_line =
            self.reader.text[..self.sentence.start].trim_end_matches([' ', '\t']).ends_with('\n');
        if self.index > 0 && !starts_line {
            return;
        }
        let colon = (1..self.tokens.len().min(LONGEST_LABEL)).find(|&i| self.word(i) == ":");
        let label = colon.filter(|&colon| {
            (0..colon).all(|i| {
                self.tokens[i].kind != TokenKind::Word
                    || self.is_capitalised(i)
                    || self.mention_at(i).is_some()
                    || self.is(i, &["of", "the", "and", "for", "de"])
            }) && (0..colon).any(|i| self.word(i).len() > 1)
        });
        if let Some(colon) = label {
            let start = self.tokens[colon].span.start;
            self.reader.speaker = self.known.iter().rfind(|m| m.span.end <= start).map(|m| m.actor);
        } else if self.index == 0 {
            let statement = ["statement", "speech", "remarks", "address", "intervention", "declaration"];
            let by = (1..self.tokens.len())
                .find(|&i| self.is(i, &["by", "of", "from"]) && self.is(i - 1, &statement));
            if let Some(by) = by {
                let start = self.tokens[by].span.start;
                self.reader.speaker = self.known.iter().find(|m| m.span.start > start).map(|m| m.actor);
            }
        }
    }

    /// A mention that the gazetteer found: who was named, and what it says of the words around.
    fn take_mention(&mut self, mention: Mention, from: usize, to: usize) {
        self.reader.name(mention.actor, self.index);
        if mention.kind == MentionKind::Leader {
            self.reader.persons.see(mention.actor, self.index);
            if to - from > 1 {
                let surname = self.word(to - 1);
                self.reader.bind_surname(surname, mention.actor);
            }
        }
        // `the ECOWAS Authority`
        if mention.kind == MentionKind::Name && self.is_capitalised(to) && self.mention_at(to).is_none() {
            let noun = self.word(to);
            self.reader.bodies.entry(noun).or_insert(mention.actor);
        }
    }

    /// A word outside of mentions; returns the next token to look at.
    fn take_word(&mut self, i: usize) -> usize {
        let word = self.word(i);
        let bytes = word.as_bytes();
        if !bytes[0].is_ascii_alphabetic() {
            return i + 1;
        }
        let mut lower = [0; 5];
        let short = bytes.len().min(lower.len());
        lower[..short].copy_from_slice(&bytes[..short]);
        lower.make_ascii_lowercase();
        match &lower[..short] {
            b"he" | b"she" => {
                if let Some(actor) = self.antecedent() {
                    self.add(i, i, actor);
                    self.reader.persons.see(actor, self.index);
                }
                return i + 1;
            }
            b"i" | b"we" | b"us" | b"our" | b"my" | b"ours" if !matches!(word, "US" | "i") => {
                if let Some(actor) = self.reader.speaker {
                    self.add(i, i, actor);
                }
                return i + 1;
            }
            b"his" | b"her" | b"their" => {
                if i + 1 < self.tokens.len()
                    && self.noun(i + 1).is_some_and(|noun| noun.land)
                    && let Some(actor) = self.antecedent()
                {
                    self.add(i, i + 1, actor);
                    return i + 2;
                }
                return i + 1;
            }
            _ => {}
        }
        if let Some(&noun) = self.noun(i) {
            if let Some(office) = noun.office {
                return self.take_office(i, office);
            }
            if let Some(body) = noun.body {
                self.take_body(i, body);
            }
        }
        if self.is_capitalised(i) {
            self.take_capitalised(i);
        }
        i + 1
    }

    /// The person of this sentence or the one before, where it is one actor's.
    fn antecedent(&self) -> Option<ActorIndex> {
        let since = |reach: usize| self.reader.persons.since(self.index.saturating_sub(reach));
        since(0).or_else(|| since(PRONOUN_MEMORY))
    }

    /// `the tribunal`, where one actor alone that was named lately fits.
    fn take_body(&mut self, i: usize, body: usize) {
        if i == 0 || !self.is(i - 1, &["the"]) || self.is(i + 1, &["of"]) {
            return;
        }
        // part of a longer name or of another noun's phrase
        if self.mention_at(i + 1).is_some() || self.is_capitalised(i + 1) {
            return;
        }
        if let Some(actor) = self.reader.described[body].since(self.index.saturating_sub(MEMORY)) {
            self.add(i - 1, i, actor);
        }
    }

    /// An office: bound to an actor by the words around it, or a description of one bound before.
    fn take_office(&mut self, i: usize, office: usize) -> usize {
        let mut first = i;
        while first > 0
            && self.mention_at(first - 1).is_none()
            && self.noun(first - 1).is_some_and(|n| n.modifier)
        {
            first -= 1;
        }
        let owner = self.owner(first, i);
        if let Some((actor, begins)) = owner {
            self.reader.offices[office].see(actor, self.index);
            self.reader.persons.see(actor, self.index);
            self.bind_apposed(begins, actor);
            return self.take_name(i + 1, actor);
        }
        let described = first > 0
            && self.is(first - 1, &["the"])
            && !self.is(i + 1, &["of", "for", "-"])
            && !self.is_capitalised(i + 1);
        if described {
            let of_office = &self.reader.offices[office];
            let recent = of_office.since(self.index.saturating_sub(MEMORY));
            if let Some(actor) = recent.or_else(|| of_office.since(0)) {
                self.add(first - 1, i, actor);
                self.reader.persons.see(actor, self.index);
            }
        }
        i + 1
    }

    /// Whose office it is that stands at the tokens `first..=last`, and the token where the phrase begins.
    fn owner(&self, first: usize, last: usize) -> Option<(ActorIndex, usize)> {
        // `Russian ambassador`, `Russia's ambassador`
        let before = first.checked_sub(1)?;
        let possessor = match self.is(before, &["'s", "’s", "'", "’"]) {
            true => before.checked_sub(1),
            false => Some(before),
        };
        let start_of = |mention: Mention| self.tokens.partition_point(|t| t.span.start < mention.span.start);
        if let Some(mention) = possessor.and_then(|at| self.mention_at(at))
            && mention.kind != MentionKind::Leader
        {
            return Some((mention.actor, start_of(mention)));
        }
        // `President Duterte`
        if let Some(mention) = self.mention_at(last + 1).filter(|m| m.kind == MentionKind::Leader) {
            return Some((mention.actor, first));
        }
        // `the president of Ghana`
        if self.is(last + 1, &["of"]) {
            let at = if self.is(last + 2, &["the"]) { last + 3 } else { last + 2 };
            return self.mention_at(at).map(|mention| (mention.actor, first));
        }
        None
    }

    /// `Ayman Safadi, Jordan's foreign minister`: the name before the comma belongs to the actor.
    fn bind_apposed(&mut self, begins: usize, actor: ActorIndex) {
        let mut end = begins;
        if end > 0 && self.is(end - 1, &["the"]) {
            end -= 1;
        }
        if end < 3 || self.word(end - 1) != "," {
            return;
        }
        let last = end - 2;
        let is_name = |i: usize| self.is_capitalised(i) && self.mention_at(i).is_none();
        if is_name(last) && is_name(last - 1) {
            let surname = self.word(last);
            self.reader.bind_surname(surname, actor);
            self.reader.persons.see(actor, self.index);
        }
    }

    /// The name that follows an office: it belongs to the actor. Returns the token after it.
    fn take_name(&mut self, from: usize, actor: ActorIndex) -> usize {
        let mut end = from;
        while end < from + 4 && self.is_capitalised(end) && self.mention_at(end).is_none() {
            end += 1;
        }
        if end > from {
            let surname = self.word(end - 1);
            self.reader.bind_surname(surname, actor);
            self.add(from, end - 1, actor);
        }
        end.max(from)
    }

    /// A capitalised word: a surname that belongs to an actor, or an organisation's noun.
    fn take_capitalised(&mut self, i: usize) {
        let word = self.word(i);
        if let Some(&Some(actor)) = self.reader.surnames.get(word) {
            let titled = i > 0 && self.is(i - 1, &["mr", "mrs", "ms", "dr", "sir", "gen"]);
            let whole = i == 0 || titled || !self.is_capitalised(i - 1) || self.mention_at(i - 1).is_some();
            if whole && !self.is_capitalised(i + 1) {
                self.add(i, i, actor);
                self.reader.persons.see(actor, self.index);
            }
            return;
        }
        if i == 0 || !self.is(i - 1, &["the"]) {
            return;
        }
        // `The Authority of Heads of State and Government of ECOWAS`
        if self.is(i + 1, &["of"]) {
            let mut end = i + 1;
            while self.is(end, &["of", "the", "and", "for"])
                || self.is_capitalised(end) && self.mention_at(end).is_none()
            {
                end += 1;
            }
            if let Some(mention) = self.mention_at(end).filter(|_| self.is(end - 1, &["of", "the"])) {
                self.reader.bodies.entry(word).or_insert(mention.actor);
            }
        } else if !self.is_capitalised(i + 1)
            && let Some(&actor) = self.reader.bodies.get(word)
        {
            self.add(i - 1, i, actor);
        }
    }
}
