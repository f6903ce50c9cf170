//! Family: the words around holder and target, by side, distance and quotation.

use super::lexicon::Cue;
use super::scene::{Role, View};
use super::sink::{Atom, BLANK, Seen, Sink};
use super::space::hash_str;

/// Value of a feature `d` words away: 1 at the centre, a half at `half` words.
#[inline]
fn decay(d: usize, half: f32) -> f32 {
    1.0 / (1.0 + d as f32 / half)
}

/// Stems, marked where negated.
pub(crate) fn unigrams(view: &View, sink: &mut impl Sink) {
    for i in 0..view.len() {
        sink.add_word(view.seen(i, 0), || [view.not(i), view.stem(i)], 1.0, i);
    }
}

/// The words by which the target is named, and those of the holder: who is who, and so left out unless asked for.
pub(crate) fn names(view: &View, holder: Option<usize>, sink: &mut impl Sink) {
    let roles = [(Atom::fixed("t_"), Some(view.target)), (Atom::fixed("h_"), holder)];
    for (role, at) in roles.into_iter().filter_map(|(role, at)| Some((role, at?))) {
        for word in view.name(at).split_ascii_whitespace() {
            sink.add(&[role, Atom { hash: hash_str(word), text: word }], 1.0, at);
        }
    }
}

/// Pairs of neighbouring stems.
pub(crate) fn bigrams(view: &View, sink: &mut impl Sink) {
    for i in 1..view.len() {
        sink.add(&[view.stem(i - 1), BLANK, view.stem(i)], 1.0, i);
    }
}

/// Side and stem, weaker with distance.
pub(crate) fn sided(view: &View, centre: usize, sink: &mut impl Sink) {
    for i in (0..view.len()).filter(|&i| i != centre) {
        let parts = || [view.side(i, centre), view.not(i), view.stem(i)];
        sink.add_word(view.seen(i, usize::from(i > centre)), parts, decay(i.abs_diff(centre), 4.0), i);
    }
}

/// Side and stem of the three words on either side.
pub(crate) fn window(view: &View, centre: usize, sink: &mut impl Sink) {
    for i in centre.saturating_sub(3)..view.len().min(centre + 4) {
        if i != centre {
            let parts = || [view.side(i, centre), view.not(i), view.stem(i)];
            sink.add_word(view.seen(i, usize::from(i > centre)), parts, 1.0, i);
        }
    }
}

/// For each word the distance to the nearest mention of the target and to the nearest other actor.
#[derive(Default)]
pub(crate) struct Distances {
    pub own: Vec<u16>,
    pub other: Vec<u16>,
}

impl Distances {
    pub fn measure(&mut self, roles: &[Role]) {
        for distances in [&mut self.own, &mut self.other] {
            distances.clear();
            distances.resize(roles.len(), u16::MAX);
        }
        for (at, role) in roles.iter().enumerate().filter(|(_, role)| **role != Role::Word) {
            let distances = match role {
                Role::Target | Role::Again => &mut self.own,
                _ => &mut self.other,
            };
            let (before, behind) = distances.split_at_mut(at);
            before.iter_mut().rev().zip(1..).for_each(|(d, far)| *d = far.min(*d));
            behind.iter_mut().zip(0..).for_each(|(d, far)| *d = far.min(*d));
        }
    }
}

/// Stems weighted by the distance to the nearest mention of the target.
pub(crate) fn nearest(view: &View, distances: &Distances, sink: &mut impl Sink) {
    for (i, &own) in distances.own.iter().enumerate().filter(|(_, own)| **own > 0) {
        sink.add_word(view.seen(i, 0), || [view.not(i), view.stem(i)], decay(usize::from(own), 4.0), i);
    }
}

/// Whether the mention at `centre` speaks or is spoken to.
pub(crate) fn speaks(view: &View, centre: usize) -> (bool, bool) {
    let says = |i: usize| view.has_cue(i, Cue::Saying);
    let after = (centre + 1..view.len().min(centre + 4)).any(says);
    let before = (centre.saturating_sub(2)..centre).any(says);
    (after, before)
}

/// Part of the target in a quotation, whether the word is quoted, and its stem.
pub(crate) fn quoted(view: &View, centre: usize, sink: &mut impl Sink) {
    const PARTS: [Atom; 3] = [Atom::fixed("spk"), Atom::fixed("inq"), Atom::fixed("out")];
    const MARKS: [Atom; 2] = [Atom::fixed("-q_"), Atom::fixed("+q_")];
    let (after, before) = speaks(view, centre);
    let part = if after || before {
        0
    } else if view.words[centre].quoted {
        1
    } else {
        2
    };
    for i in (0..view.len()).filter(|&i| i != centre) {
        let mark = usize::from(view.words[i].quoted);
        let parts = || [PARTS[part], MARKS[mark], view.not(i), view.stem(i)];
        sink.add_word(view.seen(i, 2 * part + mark), parts, decay(i.abs_diff(centre), 8.0), i);
    }
}

/// Sequences of two to four stems that hold the centre.
pub(crate) fn sequences(view: &View, centre: usize, sink: &mut impl Sink) {
    for n in 2..=4usize {
        for start in (centre + 1).saturating_sub(n)..=centre.min(view.len().saturating_sub(n)) {
            if start + n > view.len() {
                continue;
            }
            let mut parts = [BLANK; 7];
            for k in 0..n {
                parts[2 * k] = view.stem(start + k);
            }
            let at = if start == centre { centre + 1 } else { start };
            sink.add(&parts[..2 * n - 1], 1.0, at);
        }
    }
}

/// Character 3- to 5-grams of the words up to eight away, by side.
pub(crate) fn characters(view: &View, centre: usize, sink: &mut impl Sink) {
    for i in centre.saturating_sub(8)..view.len().min(centre + 9) {
        if view.is_mention(i) {
            continue;
        }
        let seen = Seen { way: usize::from(i > centre), ..view.seen(i, 0) };
        sink.add_letters(seen, view.side(i, centre), view.info(i), i);
    }
}

/// Stems between holder and target, and those before and behind the pair.
pub(crate) fn between(view: &View, holder: usize, sink: &mut impl Sink) {
    const PLACES: [Atom; 4] =
        [Atom::fixed("h..t_"), Atom::fixed("t..h_"), Atom::fixed("before_"), Atom::fixed("behind_")];
    let (low, high) = (holder.min(view.target), holder.max(view.target));
    let inner = usize::from(holder > view.target);
    for i in (0..view.len()).filter(|&i| i != low && i != high) {
        let place = if i < low {
            2
        } else if i > high {
            3
        } else {
            inner
        };
        sink.add_word(view.seen(i, place), || [PLACES[place], view.not(i), view.stem(i)], 1.0, i);
    }
}
