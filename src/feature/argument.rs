//! Family: the one subject and the one object of each framed word, and whose words are said.
//!
//! Found without a parser. A subject is sought to the left as far as the clause goes, and past a verb that is joined
//! to the one before it; an object to the right, up to the next clause.

use super::frame::{Framed, Voice, preposition, signed};
use super::lexicon::Cue;
use super::scene::{Role, View};
use super::sink::{Atom, NONE, NOT, Sink};
use super::word::List;

/// So far from a word its arguments are sought.
const REACH: usize = 24;

/// The mentions that are subject and object of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments {
    subject: Option<usize>,
    object: Option<usize>,
}

impl Arguments {
    pub fn of(view: &View, i: usize, voice: Voice) -> Arguments {
        match voice {
            Voice::Active => Arguments { subject: subject(view, i), object: object(view, i) },
            Voice::Passive => Arguments { subject: agent(view, i), object: subject(view, i) },
            Voice::Nominal => {
                let genitive = (i.saturating_sub(4)..i).rev().find(|&k| view.is_mention(k));
                let agent = agent(view, i);
                // `lodged a protest`: the noun has the subject of its verb
                let verb = || (i.saturating_sub(5)..i).rev().find(|&k| is_verb(view, k));
                let subject = genitive.or(agent).or_else(|| subject(view, verb()?));
                Arguments { subject, object: object(view, i).filter(|k| Some(*k) != agent) }
            }
            Voice::Role => {
                let owns = |k: usize| view.is_mention(k) && view.lower(k + 1) == "'s";
                let genitive = (i.saturating_sub(3)..i).rev().find(|&k| owns(k));
                let governed = || if view.is_in(i + 1, List::Governor) { object(view, i) } else { None };
                let object = genitive.or_else(governed);
                Arguments { subject: subject(view, i).filter(|k| Some(*k) != object), object }
            }
        }
    }
}

fn is_verb(view: &View, i: usize) -> bool {
    if view.is_mention(i) {
        return false;
    }
    let entry = &view.words[i].entry;
    entry.verb.is_some() || matches!(entry.cue, Some(Cue::Saying | Cue::Light)) || view.info(i).auxiliary
}

/// The mention that is subject of the word at `i`.
fn subject(view: &View, i: usize) -> Option<usize> {
    let mut adjoins = true;
    let mut joined = false;
    for k in (i.saturating_sub(REACH)..i).rev() {
        if view.is_mention(k) {
            // one behind a preposition is no subject, save `the government of Chad`
            if joined || !matches!(preposition(view, k), "" | "of") {
                continue;
            }
            return Some(k);
        }
        if adjoins && view.is_in(k, List::Joiner) {
            joined = true;
        } else if joined && is_verb(view, k) {
            joined = false;
        } else if view.is_in(k, List::Relative) {
            return (k.saturating_sub(3)..k).rev().find(|&j| view.is_mention(j));
        } else if view.is_in(k, List::Stop) || view.is_in(k, List::Opener) {
            return None;
        }
        adjoins &= view.is_in(k, List::Adverb) || view.is_in(k, List::Joiner) || view.info(k).auxiliary;
    }
    None
}

/// The mention that is object of the word at `i`.
fn object(view: &View, i: usize) -> Option<usize> {
    let ends = |k: usize| [List::Stop, List::Opener, List::Relative].iter().any(|&list| view.is_in(k, list));
    (i + 1..view.len().min(i + REACH)).take_while(|&k| !ends(k)).find(|&k| view.is_mention(k))
}

/// The mention behind the word at `i` by which it is done.
fn agent(view: &View, i: usize) -> Option<usize> {
    (i + 1..view.len().min(i + REACH))
        .take_while(|&k| !view.is_in(k, List::Stop))
        .find(|&k| view.is_mention(k) && preposition(view, k) == "by")
}

/// A word of saying, whose words it brings in, and how these sound: -1, 0 or 1.
pub(crate) struct Saying {
    at: usize,
    speaker: Option<usize>,
    tone: i8,
}

/// More words of saying than these are not asked after.
const MOST_SAYINGS: usize = 4;

/// Finds the words of saying of a scene. What is said is what is quoted, or stands behind the word.
pub(crate) fn sayings(view: &View, out: &mut Vec<Saying>) {
    out.clear();
    for at in (0..view.len()).filter(|&i| view.has_cue(i, Cue::Saying)).take(MOST_SAYINGS) {
        let behind = || (at + 1..view.len().min(at + 4)).find(|&k| view.is_mention(k));
        let said = view.charged.iter().map(|&k| k as usize).filter(|&k| k > at || view.words[k].quoted);
        let sum: f32 = said.map(|k| view.words[k].polarity.iter().sum::<f32>()).sum();
        let tone = i8::from(sum > 0.3) - i8::from(sum < -0.3);
        out.push(Saying { at, speaker: subject(view, at).or_else(behind), tone });
    }
}

/// The part that a mention plays for the candidate.
fn part(view: &View, at: Option<usize>) -> Atom<'static> {
    match at.map(|i| view.roles[i]) {
        None | Some(Role::Word) => Atom::fixed("0"),
        Some(Role::Target | Role::Again) => Atom::fixed("T"),
        Some(Role::Holder) => Atom::fixed("H"),
        Some(Role::Other) => Atom::fixed("X"),
    }
}

/// Who does what to whom, and who says it.
pub(crate) fn parts(view: &View, words: &[Framed], sayings: &[Saying], sink: &mut impl Sink) {
    const TO: Atom = Atom::fixed(">");
    for word in words {
        let Arguments { subject, object } = word.arguments;
        if subject.is_none() && object.is_none() {
            continue;
        }
        let (subject, object) = (part(view, subject), part(view, object));
        let attitude = signed(word.attitude());
        let turned = if word.negated { NOT } else { NONE };
        sink.add(&[subject, TO, object, attitude], 1.0, word.at);
        sink.add(&[subject, TO, object, attitude, word.kind()], 1.0, word.at);
        sink.add(&[subject, TO, object, turned, view.stem(word.at)], 1.0, word.at);
        let effect = signed(word.frame.effect);
        sink.add(&[Atom::fixed("effect "), subject, TO, object, effect], 1.0, word.at);
    }
    const SAYS: Atom = Atom::fixed(" says");
    for saying in sayings {
        let speaker = part(view, saying.speaker);
        let place = if view.target > saying.at { Atom::fixed(" T behind") } else { Atom::fixed(" T before") };
        let quoted = view.words[view.target].quoted;
        let quoted = if quoted { Atom::fixed(" T quoted") } else { Atom::fixed(" T told") };
        let tone = signed(saying.tone);
        sink.add(&[speaker, SAYS, place], 1.0, saying.at);
        sink.add(&[speaker, SAYS, place, tone], 1.0, saying.at);
        sink.add(&[speaker, SAYS, quoted, tone], 1.0, saying.at);
        sink.add(&[speaker, SAYS, Atom::fixed(" "), view.stem(saying.at), place], 1.0, saying.at);
    }
}
