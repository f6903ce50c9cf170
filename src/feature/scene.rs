//! A sentence made ready for featurizing: words, parties, negation, quotation.

use crate::Span;
use crate::actor::candidate::{Cast, Party};
use crate::text::token::{Token, tokenize};

use super::lexicon::{Cue, Entry, Lexicon};
use super::sink::Seen;
use super::word::{Bracket, List, WordInfo, WordTable};

/// What a word stands for, seen from one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Word,
    Target,
    /// A further mention of the target.
    Again,
    Holder,
    Other,
}

/// One word of a scene, or one mention as a single word.
pub(crate) struct SceneWord {
    pub span: Span,
    /// Number in the word table; a mention has that of a full stop.
    pub info: u32,
    /// Where the name of a mention stands among those of the scene.
    pub name: u32,
    pub party: Option<Party>,
    pub negated: bool,
    pub quoted: bool,
    /// The lexicon's entry: of the word, or of the phrase that begins here.
    pub entry: Entry,
    /// Lists that the word stands in, kept here where they are near; a mention stands in none.
    pub lists: u16,
    /// Whether its stem stands in the sentence more than once, or it is a mention, whose role may.
    pub repeats: bool,
    /// Polarity of the word by itself and of its frame, turned where negated; 0 for mentions.
    pub polarity: [f32; 2],
}

/// A sentence analysed once, for all its candidates.
#[derive(Default)]
pub struct Scene {
    pub(crate) words: Vec<SceneWord>,
    pub(crate) traits: Traits,
    /// Indices of the words with a polarity.
    pub(crate) charged: Vec<u32>,
    /// The mentions as they stand in the text, in lower case, one behind the other.
    pub(crate) names: String,
    tokens: Vec<Token>,
}

/// What a sentence is like as a whole.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traits {
    pub quotes: bool,
    pub says: bool,
    pub hedges: bool,
    pub asks: bool,
    /// Words with a capital, without mentions and the first word.
    pub n_capitals: usize,
}

/// A negator turns this many words after it.
const NEGATION_REACH: u8 = 5;

impl Scene {
    /// Reads the words of `sentence` in `text`; `parties` are mentions in ascending order, without overlap.
    pub(crate) fn fill(
        &mut self,
        text: &str,
        sentence: Span,
        parties: &[(Span, Party)],
        lexicon: &Lexicon,
        table: &mut WordTable,
    ) {
        self.words.clear();
        self.names.clear();
        table.begin_sentence();
        let mut at = sentence.start;
        for &(span, party) in parties.iter().filter(|(span, _)| sentence.contains(*span)) {
            self.push_words(text, Span::new(at, span.start), lexicon, table);
            let info = table.number(".", lexicon);
            let name = self.names.len() as u32;
            self.names.extend(span.slice(text).chars().map(|c| c.to_ascii_lowercase()));
            self.names.push('\n');
            self.words.push(SceneWord {
                span,
                info,
                name,
                party: Some(party),
                negated: false,
                quoted: false,
                entry: Entry::default(),
                lists: 0,
                repeats: true,
                polarity: [0.0; 2],
            });
            at = span.end;
        }
        self.push_words(text, Span::new(at, sentence.end), lexicon, table);
        self.mark_phrases(lexicon, table);
        self.mark_negation(table);
        self.mark_quotation(table);
        self.weigh();
        self.sum_up(table);
    }

    fn push_words(&mut self, text: &str, within: Span, lexicon: &Lexicon, table: &mut WordTable) {
        if within.is_empty() {
            return;
        }
        self.tokens.clear();
        tokenize(text, within, &mut self.tokens);
        for token in &self.tokens {
            let info = table.number(token.span.slice(text), lexicon);
            let &WordInfo { entry, lists, .. } = table.info(info);
            let before = table.meet(info, self.words.len() as u32);
            if let Some(first) = before {
                self.words[first as usize].repeats = true;
            }
            self.words.push(SceneWord {
                span: token.span,
                info,
                name: 0,
                party: None,
                negated: false,
                quoted: false,
                entry,
                lists,
                repeats: before.is_some(),
                polarity: [0.0; 2],
            });
        }
    }

    fn sum_up(&mut self, table: &WordTable) {
        self.traits = Traits { quotes: self.words.iter().any(|w| w.quoted), ..Traits::default() };
        for (i, word) in self.words.iter().enumerate().filter(|(_, w)| w.party.is_none()) {
            let info = table.info(word.info);
            self.traits.says |= word.entry.cue == Some(Cue::Saying);
            self.traits.hedges |= word.entry.cue == Some(Cue::Hedge);
            self.traits.asks |= &*info.lower == "?";
            self.traits.n_capitals += usize::from(i > 0 && info.capital);
        }
    }

    /// A phrase's entry goes to its first word; the others lose theirs.
    fn mark_phrases(&mut self, lexicon: &Lexicon, table: &WordTable) {
        let mut i = 0;
        while i < self.words.len() {
            let longest = match self.words[i].party {
                None => usize::from(table.info(self.words[i].info).longest_phrase),
                Some(_) => 0,
            };
            let most = longest.min(self.words.len() - i);
            let found = (2..=most).rev().find_map(|n| {
                let words = &self.words[i..i + n];
                if words.iter().any(|w| w.party.is_some()) {
                    return None;
                }
                let stems = words.iter().map(|word| table.info(word.info).stem_hash);
                lexicon.phrase(stems).map(|entry| (n, entry))
            });
            match found {
                Some((n, entry)) => {
                    let cue = entry.cue.or(self.words[i].entry.cue);
                    self.words[i].entry = Entry { cue, ..entry };
                    for word in &mut self.words[i + 1..i + n] {
                        word.entry = Entry { cue: word.entry.cue, ..Entry::default() };
                    }
                    i += n;
                }
                None => i += 1,
            }
        }
    }

    fn mark_negation(&mut self, table: &WordTable) {
        let mut left = 0;
        for word in &mut self.words {
            let info = table.info(word.info);
            let mention = word.party.is_some();
            if !mention && word.entry.cue == Some(Cue::Negator) {
                left = NEGATION_REACH;
                continue;
            }
            if !mention && (info.is_punctuation() || &*info.lower == "but") {
                left = 0;
            }
            word.negated = left > 0;
            left = left.saturating_sub(1);
        }
    }

    fn weigh(&mut self) {
        for word in self.words.iter_mut().filter(|w| w.party.is_none()) {
            let entry = &word.entry;
            let frames = [entry.verb, entry.noun, entry.role].into_iter().flatten();
            let frame = frames.map(|f| f.attitude + f.subject).find(|v| *v != 0).unwrap_or(0).signum();
            let turn = if word.negated { -1.0 } else { 1.0 };
            word.polarity = [turn * f32::from(entry.polarity) / 2.0, turn * f32::from(frame)];
        }
        self.charged.clear();
        self.charged.extend((0..).zip(&self.words).filter(|(_, w)| w.polarity != [0.0; 2]).map(|(i, _)| i));
    }

    fn mark_quotation(&mut self, table: &WordTable) {
        let bracket = |word: &SceneWord| match word.party {
            None => table.info(word.info).bracket,
            Some(_) => Bracket::No,
        };
        // A sentence that closes a quotation it did not open began inside it.
        let first = self.words.iter().map(bracket).find(|b| *b != Bracket::No);
        let mut inside = first == Some(Bracket::Closes);
        for word in &mut self.words {
            match bracket(word) {
                Bracket::Opens => inside = true,
                Bracket::Closes => inside = false,
                Bracket::Either => inside = !inside,
                Bracket::No => word.quoted = inside,
            }
        }
    }
}

/// A scene seen from one candidate.
pub(crate) struct View<'a> {
    pub words: &'a [SceneWord],
    pub traits: Traits,
    pub charged: &'a [u32],
    pub names: &'a str,
    pub seen: &'a [Seen],
    pub table: &'a WordTable,
    pub roles: &'a [Role],
    /// Index of the target's word, or of the first word where the whole sentence is judged.
    pub target: usize,
}

impl Scene {
    /// Fills `roles` for a candidate and returns the indices of target and holder, `None` where one is absent.
    ///
    /// Of several mentions the pair nearest to each other counts, a holder behind the target being twice as far; the
    /// others are further mentions.
    pub(crate) fn assign(&self, cast: Cast, roles: &mut Vec<Role>) -> Option<(usize, Option<usize>)> {
        roles.clear();
        let (target, holder) = match cast {
            Cast::Whole => {
                roles.extend(
                    self.words.iter().map(|w| if w.party.is_some() { Role::Other } else { Role::Word }),
                );
                return Some((0, None));
            }
            Cast::Toward { target } => (target, None),
            Cast::Directed { holder, target } => (target, Some(holder)),
        };
        roles.extend(self.words.iter().map(|w| match w.party {
            None => Role::Word,
            Some(p) if p == target => Role::Again,
            Some(p) if Some(p) == holder => Role::Holder,
            Some(_) => Role::Other,
        }));
        let (t, h) = match holder {
            None => (roles.iter().position(|role| *role == Role::Again)?, None),
            Some(_) => nearest(roles).map(|(t, h)| (t, Some(h)))?,
        };
        roles[t] = Role::Target;
        Some((t, h))
    }
}

/// The target and the holder that stand nearest to each other, the first such pair; a holder behind the target is
/// twice as far, since who holds a stance is mostly named before its target.
fn nearest(roles: &[Role]) -> Option<(usize, usize)> {
    let (mut target, mut holder) = (None, None);
    let mut best: Option<(usize, usize, usize)> = None;
    for (i, role) in roles.iter().enumerate() {
        let pair = match role {
            Role::Again => {
                target = Some(i);
                holder.map(|h| (i - h, i, h))
            }
            Role::Holder => {
                holder = Some(i);
                target.map(|t| (2 * (i - t), t, i))
            }
            _ => None,
        };
        if let Some(pair) = pair
            && best.is_none_or(|best| (pair.0, pair.1) < (best.0, best.1))
        {
            best = Some(pair);
        }
    }
    best.map(|(_, t, h)| (t, h))
}

impl<'a> View<'a> {
    pub fn len(&self) -> usize {
        self.words.len()
    }

    pub fn info(&self, i: usize) -> &'a WordInfo {
        self.table.info(self.words[i].info)
    }

    /// The mention at `i` as it stands in the text, in lower case.
    pub fn name(&self, i: usize) -> &'a str {
        let from = &self.names[self.words[i].name as usize..];
        &from[..from.find('\n').unwrap_or(from.len())]
    }

    /// Whether word `i` is a mention of anybody.
    pub fn is_mention(&self, i: usize) -> bool {
        self.roles[i] != Role::Word
    }

    /// Lower-case text of word `i`; empty for a mention, `.` beyond the ends.
    pub fn lower(&self, i: usize) -> &'a str {
        if i >= self.len() {
            "."
        } else if self.is_mention(i) {
            ""
        } else {
            &self.info(i).lower
        }
    }

    /// Whether word `i` stands in a list; a mention in none.
    pub fn is_in(&self, i: usize, list: List) -> bool {
        self.words.get(i).is_some_and(|word| list.is_of(word.lists))
    }

    pub fn has_cue(&self, i: usize, cue: Cue) -> bool {
        !self.is_mention(i) && self.words[i].entry.cue == Some(cue)
    }
}
