//! Family: who thinks what of whom, by the frames of verbs, nouns of action and role words.
//!
//! Frames after Rashkin, Singh and Choi (ACL 2016); which side of the word an actor stands on comes from
//! the order of words, voice and prepositions, without a parser.

use super::argument::Arguments;
use super::lexicon::{Cue, Frame, KINDS};
use super::scene::View;
use super::sink::{Atom, NONE, NOT, Sink};
use super::word::List;

/// How a framed word is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Voice {
    Active,
    Passive,
    Nominal,
    Role,
}

/// A framed word of the sentence.
pub(crate) struct Framed {
    pub at: usize,
    pub voice: Voice,
    pub frame: Frame,
    pub negated: bool,
    /// The mention that does it, and the one that it is done to.
    pub arguments: Arguments,
}

/// Finds the framed words of a scene, how each is used, and whether it is negated.
pub(crate) fn framed(view: &View, out: &mut Vec<Framed>) {
    out.clear();
    for (i, word) in view.words.iter().enumerate() {
        let entry = &word.entry;
        if view.is_mention(i) || (entry.verb, entry.noun, entry.role) == (None, None, None) {
            continue;
        }
        let determiner = i > 0 && view.is_in(i - 1, List::Determiner);
        let behind = view.lower(i + 1);
        let info = view.info(i);
        let inflected = info.participle || info.lower.ends_with("ing");
        let determined = determiner && !inflected;
        let governs = matches!(behind, "of" | "against" | "from") && !inflected;
        let (voice, frame) = match (entry.verb, entry.noun, entry.role) {
            (None, _, Some(role)) => (Voice::Role, role),
            (Some(_), _, Some(role)) if determiner || matches!(behind, "of" | "to") => (Voice::Role, role),
            (verb, Some(noun), _) if verb.is_none() || determined || governs => (Voice::Nominal, noun),
            (Some(verb), ..) => {
                let by = (i + 1..i + 4).any(|k| view.lower(k) == "by");
                let be = (i.saturating_sub(3)..i).any(|k| !view.is_mention(k) && view.info(k).auxiliary);
                (if info.participle && (be || by) { Voice::Passive } else { Voice::Active }, verb)
            }
            _ => continue,
        };
        let turned = |k: usize| view.has_cue(k, Cue::Negator) || view.has_cue(k, Cue::Reverser);
        let negated = (i.saturating_sub(3)..i).any(turned);
        let arguments = Arguments::of(view, i, voice);
        out.push(Framed { at: i, voice, frame, negated, arguments });
    }
}

/// The preposition that governs the mention at `j`, looking past titles and articles.
pub(super) fn preposition<'a>(view: &View<'a>, j: usize) -> &'a str {
    for k in (j.saturating_sub(3)..j).rev() {
        if view.is_in(k, List::Governor) {
            return view.lower(k);
        }
        if !view.is_in(k, List::Title) {
            return "";
        }
    }
    ""
}

/// Which side of a framed word a mention stands on; the weak ones are likelier wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Subject,
    WeakSubject,
    Object,
    WeakObject,
}

fn side(view: &View, word: &Framed, j: usize) -> Side {
    let i = word.at;
    let before = j < i;
    let governor = if before { "" } else { preposition(view, j) };
    let genitive = view.lower(j + 1) == "'s" && before && i - j <= 4;
    match word.voice {
        Voice::Active if before && view.lower(j + 1) == "'s" && i - j > 3 => Side::WeakSubject,
        Voice::Active if before => Side::Subject,
        Voice::Active => match governor {
            "by" | "in" | "over" | "into" | "upon" => Side::WeakObject,
            _ => Side::Object,
        },
        Voice::Passive if before => Side::Object,
        Voice::Passive if governor == "by" => Side::Subject,
        Voice::Passive => Side::WeakObject,
        Voice::Nominal if before => {
            if genitive {
                Side::Subject
            } else {
                Side::WeakSubject
            }
        }
        Voice::Nominal => match governor {
            "by" | "from" => Side::Subject,
            "" | "in" | "about" | "into" | "upon" => Side::WeakObject,
            _ => Side::Object,
        },
        Voice::Role if before => {
            if genitive {
                Side::Object
            } else {
                Side::Subject
            }
        }
        Voice::Role => match governor {
            "of" | "to" | "with" | "for" | "at" | "about" => Side::Object,
            _ => Side::WeakSubject,
        },
    }
}

impl Side {
    const fn atom(self) -> Atom<'static> {
        match self {
            Side::Subject => Atom::fixed("S"),
            Side::WeakSubject => Atom::fixed("s"),
            Side::Object => Atom::fixed("O"),
            Side::WeakObject => Atom::fixed("o"),
        }
    }

    const fn subject(self) -> bool {
        matches!(self, Side::Subject | Side::WeakSubject)
    }

    const fn sure(self) -> bool {
        matches!(self, Side::Subject | Side::Object)
    }
}

const MINUS: Atom<'static> = Atom::fixed("-");
const PLUS: Atom<'static> = Atom::fixed("+");
const ZERO: Atom<'static> = Atom::fixed("0");

pub(super) fn signed(value: i8) -> Atom<'static> {
    match value.signum() {
        -1 => MINUS,
        1 => PLUS,
        _ => ZERO,
    }
}

fn above(value: f32) -> Atom<'static> {
    if value > 0.0 { Atom::fixed(">") } else { Atom::fixed("<") }
}

const fn far(d: usize) -> Atom<'static> {
    match d {
        0..=2 => Atom::fixed("@2"),
        3..=5 => Atom::fixed("@5"),
        6..=10 => Atom::fixed("@10"),
        _ => Atom::fixed("@far"),
    }
}

const KIND_ATOMS: [Atom<'static>; KINDS.len()] = {
    let mut atoms = [NONE; KINDS.len()];
    let mut i = 0;
    while i < KINDS.len() {
        atoms[i] = Atom::fixed(KINDS[i]);
        i += 1;
    }
    atoms
};

impl Framed {
    /// Attitude of subject to object, turned where negated.
    pub fn attitude(&self) -> i8 {
        if self.negated { -self.frame.attitude } else { self.frame.attitude }
    }

    /// What kind of act it is.
    pub fn kind(&self) -> Atom<'static> {
        KIND_ATOMS[usize::from(self.frame.kind)]
    }
}

/// Frames seen from the target alone: what is done to it, what it does.
pub(crate) fn toward(view: &View, words: &[Framed], sink: &mut impl Sink) {
    let mut net = [0.0f32; 2];
    for word in words {
        let (i, t) = (word.at, view.target);
        let role = side(view, word, t);
        let (d, attitude) = (i.abs_diff(t), word.attitude());
        let weight = 1.0 / (1.0 + d as f32 / 4.0);
        let kind = KIND_ATOMS[usize::from(word.frame.kind)];
        sink.add(&[role.atom(), signed(attitude)], 1.0, i);
        sink.add(&[role.atom(), signed(attitude), kind], 1.0, i);
        sink.add(&[role.atom(), signed(attitude), far(d)], 1.0, i);
        sink.add(&[Atom::fixed("effect "), role.atom(), signed(word.frame.effect), far(d)], 1.0, i);
        if word.frame.subject != 0 {
            sink.add(&[Atom::fixed("own "), role.atom(), signed(word.frame.subject), far(d)], 1.0, i);
        }
        net[usize::from(role.subject())] += f32::from(attitude) * weight;
    }
    for (value, name) in net.into_iter().zip([Atom::fixed("net object"), Atom::fixed("net subject")]) {
        if value.abs() > 1e-6 {
            sink.add(&[name, above(value)], 1.0, view.target);
            sink.add(&[name, Atom::fixed(" size"), above(value)], value.abs().min(2.0), view.target);
        }
    }
}

/// Who is subject and who is object of a framed word.
fn direction(holder: Side, target: Side) -> Atom<'static> {
    match (holder.subject(), target.subject()) {
        (true, false) => Atom::fixed("h→t"),
        (false, true) => Atom::fixed("t→h"),
        (true, true) => Atom::fixed("ht→"),
        (false, false) => Atom::fixed("→ht"),
    }
}

/// Frames seen from both ends: by direction, place, kind, voice and distance.
pub(crate) fn directed(view: &View, holder: usize, words: &[Framed], sink: &mut impl Sink) {
    let target = view.target;
    let (low, high) = (holder.min(target), holder.max(target));
    let mut net = [[0.0f32; 2]; 4];
    let mut first: Option<(usize, &Framed, Atom)> = None;
    for word in words {
        let (i, attitude) = (word.at, word.attitude());
        let (h, t) = (side(view, word, holder), side(view, word, target));
        let course = direction(h, t);
        let place = if i < low {
            Atom::fixed(" before ")
        } else if i > high {
            Atom::fixed(" behind ")
        } else {
            Atom::fixed(" between ")
        };
        let inside = low < i && i < high;
        let kind = KIND_ATOMS[usize::from(word.frame.kind)];
        let d = i.abs_diff(holder).min(i.abs_diff(target));
        sink.add(&[course, signed(attitude)], 1.0, i);
        sink.add(&[course, place, signed(attitude)], 1.0, i);
        sink.add(&[course, place, kind, signed(attitude)], 1.0, i);
        sink.add(&[course, place, far(d), signed(attitude)], 1.0, i);
        sink.add(&[Atom::fixed("effect "), course, place, signed(word.frame.effect)], 1.0, i);
        if h.sure() && t.sure() && h.subject() != t.subject() {
            let voice = match word.voice {
                Voice::Active => Atom::fixed("active "),
                Voice::Passive => Atom::fixed("passive "),
                Voice::Nominal => Atom::fixed("nominal "),
                Voice::Role => Atom::fixed("role "),
            };
            sink.add(&[course, place, Atom::fixed("sure "), signed(attitude)], 1.0, i);
            sink.add(&[course, place, voice, signed(attitude)], 1.0, i);
        }
        if word.frame.subject != 0 {
            sink.add(&[Atom::fixed("own "), h.atom(), t.atom(), place, signed(word.frame.subject)], 1.0, i);
        }
        let weight = 1.0 / (1.0 + (i.abs_diff(holder) + i.abs_diff(target)) as f32 / 8.0);
        let slot = match (h.subject(), t.subject()) {
            (true, false) => 0,
            (false, true) => 1,
            (true, true) => 2,
            (false, false) => 3,
        };
        net[slot][usize::from(inside)] += f32::from(attitude) * weight;
        if attitude != 0 && inside && first.is_none_or(|(best, ..)| i - low < best) {
            first = Some((i - low, word, course));
        }
    }
    const SLOTS: [Atom; 4] =
        [Atom::fixed("net h→t"), Atom::fixed("net t→h"), Atom::fixed("net ht→"), Atom::fixed("net →ht")];
    for (name, [outside, inside]) in SLOTS.iter().zip(net) {
        for (value, place) in [(inside, Atom::fixed(" between")), (inside + outside, NONE)] {
            if value.abs() > 1e-6 {
                sink.add(&[*name, place, above(value)], 1.0, target);
                sink.add(
                    &[*name, place, Atom::fixed(" size"), above(value)],
                    (3.0 * value.abs()).min(2.0),
                    target,
                );
            }
        }
    }
    match first {
        Some((_, word, course)) => {
            sink.add(&[Atom::fixed("first "), course, signed(word.attitude())], 1.0, word.at);
        }
        None => sink.add(&[Atom::fixed("no first")], 1.0, target),
    }
}

/// The framed words themselves, by direction.
pub(crate) fn directed_words(view: &View, holder: usize, words: &[Framed], sink: &mut impl Sink) {
    for word in words {
        let i = word.at;
        let course = direction(side(view, word, holder), side(view, word, view.target));
        let turned = if word.negated { NOT } else { NONE };
        let weight = 1.0 / (1.0 + (i.abs_diff(holder) + i.abs_diff(view.target)) as f32 / 8.0);
        let inside = i > holder.min(view.target) && i < holder.max(view.target);
        let place = if inside { Atom::fixed(" between ") } else { Atom::fixed(" outside ") };
        sink.add(&[course, Atom::fixed(" "), view.stem(i)], weight, i);
        sink.add(&[course, place, turned, view.stem(i)], weight, i);
        sink.add(&[view.stem(i)], weight, i);
    }
}
