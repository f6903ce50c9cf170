//! One sentence of an article, read word by word.

use super::Word;
use super::reader::Reader;
use crate::actor::ActorIndex;
use crate::actor::mention::{Mention, MentionKind};
use crate::text::span::Span;
use crate::text::token::{Token, TokenKind};

/// So many sentences back a description may refer.
const MEMORY: usize = 4;
/// A pronoun refers to somebody of this sentence or the one before.
const PRONOUN_MEMORY: usize = 1;
/// Tokens in which a label such as `THE DELEGATE OF GUYANA:` ends.
const LONGEST_LABEL: usize = 12;
const POSSESSIVES: [&str; 4] = ["'s", "’s", "'", "’"];
/// What may stand before the subject that opens a sentence.
const OPENERS: [&str; 9] = ["the", "but", "and", "yet", "so", "then", "meanwhile", "however", "instead"];
/// What may stand between `it` and its verb.
const AUXILIARIES: [&str; 22] = [
    "has",
    "had",
    "will",
    "would",
    "did",
    "does",
    "may",
    "also",
    "not",
    "never",
    "later",
    "then",
    "already",
    "again",
    "now",
    "even",
    "repeatedly",
    "publicly",
    "formally",
    "promptly",
    "immediately",
    "n't",
];

/// One sentence being read.
pub(super) struct Line<'r, 'a> {
    pub reader: &'r mut Reader<'a>,
    pub tokens: &'r [Token],
    /// Mentions of the gazetteer in the sentence.
    pub known: &'r [Mention],
    /// Insides of the quotations that reach into the sentence.
    pub quoted: &'r [Span],
    pub index: usize,
    pub sentence: Span,
}

impl<'a> Line<'_, 'a> {
    /// Reads the sentence and remembers what later ones may refer to; tells whose words it is from end to end.
    pub fn read(mut self) -> Option<ActorIndex> {
        let before = self.reader.found.len();
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
        self.take_speech(before);
        let words = self.tokens.iter().filter(|token| token.kind == TokenKind::Word);
        let mut inner = words.map(|token| self.stands_in_quotation(token.span));
        match self.reader.speaker {
            None if !self.quoted.is_empty() && inner.all(|quoted| quoted) => self.reader.quoted,
            speaker => speaker,
        }
    }

    pub(super) fn word(&self, i: usize) -> &'a str {
        self.tokens[i].span.slice(self.reader.text)
    }

    pub(super) fn noun(&self, i: usize) -> Option<&'a Word> {
        self.reader.words.word(self.word(i))
    }

    pub(super) fn is(&self, i: usize, words: &[&str]) -> bool {
        i < self.tokens.len() && words.iter().any(|w| self.word(i).eq_ignore_ascii_case(w))
    }

    pub(super) fn is_capitalised(&self, i: usize) -> bool {
        i < self.tokens.len()
            && self.tokens[i].kind == TokenKind::Word
            && self.word(i).chars().next().is_some_and(char::is_uppercase)
    }

    /// The mention that covers token `i`.
    pub(super) fn mention_at(&self, i: usize) -> Option<Mention> {
        let at = self.tokens.get(i)?.span;
        let place = self.known.partition_point(|m| m.span.end <= at.start);
        self.known.get(place).copied().filter(|m| m.span.start <= at.start)
    }

    /// Whether token `i` stands in a quotation.
    pub(super) fn is_quoted(&self, i: usize) -> bool {
        self.stands_in_quotation(self.tokens[i].span)
    }

    pub(super) fn stands_in_quotation(&self, span: Span) -> bool {
        let next = self.quoted.partition_point(|quoted| quoted.end < span.end);
        self.quoted.get(next).is_some_and(|quoted| quoted.contains(span))
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
        if matches!(mention.kind, MentionKind::Name | MentionKind::Metonym) {
            self.open_with(mention.actor, from, to);
        }
        if mention.kind == MentionKind::Leader {
            self.reader.persons.see(mention.actor, self.index);
            if to - from > 1 {
                let surname = self.word(to - 1);
                self.reader.bind_surname(surname, mention.actor);
            }
        }
        if mention.kind != MentionKind::Name {
            return;
        }
        // `the ECOWAS Authority`, `the European Commission`
        let after = self.is_capitalised(to) && self.mention_at(to).is_none();
        let last = to - from > 1 && self.is_capitalised(to - 1) && self.noun(to - 1).is_some_and(|w| w.organ);
        if after || last {
            let noun = self.word(if after { to } else { to - 1 });
            self.reader.bodies.entry(noun).or_insert(mention.actor);
        }
    }

    /// The mention at the tokens `from..to` is what the sentence is about, where it opens it.
    fn open_with(&mut self, actor: ActorIndex, from: usize, to: usize) {
        if self.opens_sentence(from) && !self.is(to, &POSSESSIVES) {
            self.reader.topic = Some((actor, self.index));
        }
    }

    /// Whether nothing but openers stands before token `i`.
    fn opens_sentence(&self, i: usize) -> bool {
        (0..i).all(|i| self.tokens[i].kind != TokenKind::Word || self.is(i, &OPENERS))
    }

    /// The subject of this sentence so far, else of the one before.
    fn topic(&self) -> Option<ActorIndex> {
        let (actor, sentence) = self.reader.topic?;
        (sentence + PRONOUN_MEMORY >= self.index).then_some(actor)
    }

    /// `It condemned`, `and it has thanked`: a pronoun that acts as only an actor does is the subject before it.
    fn take_it(&mut self, i: usize) {
        if !self.opens_sentence(i) && !self.is(i - 1, &["and", "but", "yet", "which", ";"]) {
            return;
        }
        let mut verb = i + 1;
        while self.is(verb, &AUXILIARIES) {
            verb += 1;
        }
        if verb < self.tokens.len()
            && self.noun(verb).is_some_and(|word| word.deed)
            && let Some(actor) = self.topic()
        {
            self.add(i, i, actor);
            self.reader.topic = Some((actor, self.index));
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
            b"it" => {
                self.take_it(i);
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
            if self.is(begins, &["its"]) {
                self.add(begins, i, actor);
            }
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
        // `Its foreign minister`
        if self.is(before, &["its"]) {
            return self.topic().map(|actor| (actor, before));
        }
        let possessor = match self.is(before, &POSSESSIVES) {
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
