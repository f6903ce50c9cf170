//! Family: the lexicon's polarity by region around the centre, and the pattern of signs.

use super::context::Distances;
use super::lexicon::Cue;
use super::scene::{Role, View};
use super::sink::{Atom, BLANK, Sink};
use super::word::{Bracket, List, Shape};

/// Sources of polarity: the general one, and the attitude or judgement of the frame.
const CHANNELS: [Atom<'static>; 2] = [Atom::fixed("polar"), Atom::fixed("frame")];
const ABOVE: Atom<'static> = Atom::fixed(">");
const BELOW: Atom<'static> = Atom::fixed("<");
const SIGNS: [Atom<'static>; 3] = [Atom::fixed("="), ABOVE, BELOW];

/// Sign of the word for patterns: the sum of the channels' signs.
fn sign(view: &View, i: usize) -> f32 {
    let signum = |v: f32| if v == 0.0 { 0.0 } else { v.signum() };
    view.words[i].polarity.into_iter().map(signum).sum()
}

/// Regions over which polarity is summed.
const REGIONS: [Atom<'static>; 15] = [
    Atom::fixed("all"),
    Atom::fixed("L"),
    Atom::fixed("R"),
    Atom::fixed("L5"),
    Atom::fixed("R5"),
    Atom::fixed("L10"),
    Atom::fixed("R10"),
    Atom::fixed("clause"),
    Atom::fixed("rest"),
    Atom::fixed("phraseL"),
    Atom::fixed("phraseR"),
    Atom::fixed("quoted"),
    Atom::fixed("decayed"),
    Atom::fixed("own"),
    Atom::fixed("others"),
];

/// The region whose words count less with distance.
const DECAYED: usize = 12;

/// The stretch around `centre` up to the nearest words for which `ends` holds.
fn stretch(view: &View, centre: usize, ends: impl Fn(usize) -> bool) -> (usize, usize) {
    let mut from = centre;
    while from > 0 && !ends(from - 1) {
        from -= 1;
    }
    let mut to = centre + 1;
    while to < view.len() && !ends(to) {
        to += 1;
    }
    (from, to)
}

fn ends_phrase(view: &View, i: usize) -> bool {
    if view.is_mention(i) {
        return false;
    }
    let info = view.info(i);
    match info.shape {
        Shape::Punctuation => !matches!(&*info.lower, "-" | "'" | "‘" | "`" | "*"),
        Shape::Conjunction => true,
        _ => false,
    }
}

/// Sign and size of the summed polarity by region, and of the nearest charged word on either side.
pub(crate) fn signs(view: &View, centre: usize, distances: &Distances, sink: &mut impl Sink) {
    let (phrase_from, phrase_to) = stretch(view, centre, |i| ends_phrase(view, i));
    let (clause_from, clause_to) = stretch(view, centre, |i| view.is_in(i, List::ClauseEnd));
    let mut sums = [[0.0f32; REGIONS.len()]; 2];
    let mut nearest: [Option<(usize, f32, usize)>; 2] = [None; 2];
    for i in view.charged.iter().map(|&i| i as usize).filter(|&i| i != centre) {
        let values = view.words[i].polarity;
        let d = i.abs_diff(centre);
        let right = usize::from(i > centre);
        let own = distances.own[i] <= distances.other[i];
        let in_phrase = phrase_from <= i && i < phrase_to;
        let holds = [
            true,
            right == 0,
            right == 1,
            right == 0 && d <= 5,
            right == 1 && d <= 5,
            right == 0 && d <= 10,
            right == 1 && d <= 10,
            clause_from <= i && i < clause_to,
            !(clause_from <= i && i < clause_to),
            in_phrase && right == 0,
            in_phrase && right == 1,
            view.words[i].quoted,
            false,
            own,
            !own,
        ];
        let mut shares = holds.map(|h| if h { 1.0 } else { 0.0 });
        shares[DECAYED] = 1.0 / (1.0 + d as f32 / 4.0);
        for (sums, value) in sums.iter_mut().zip(values) {
            sums.iter_mut().zip(shares).for_each(|(sum, share)| *sum += share * value);
        }
        let charge = sign(view, i);
        if charge != 0.0 && nearest[right].is_none_or(|(best, ..)| d < best) {
            nearest[right] = Some((d, charge, i));
        }
    }
    let mut way = 0;
    for (channel, sums) in CHANNELS.iter().zip(&sums) {
        for (region, &sum) in REGIONS.iter().zip(sums) {
            let sign = usize::from(sum > 1e-6) + 2 * usize::from(sum < -1e-6);
            sink.add_fixed(way + sign, || [*channel, BLANK, *region, SIGNS[sign]], 1.0, centre);
            way += SIGNS.len();
        }
    }
    const NEAREST: [Atom; 2] = [Atom::fixed("nearestL"), Atom::fixed("nearestR")];
    for (side, found) in NEAREST.iter().zip(nearest) {
        if let Some((d, charge, i)) = found {
            let sign = if charge > 0.0 { ABOVE } else { BELOW };
            sink.add(&[*side, sign], 1.0 / (1.0 + d as f32 / 4.0), i);
        }
    }
}

const POSITIVE: Atom<'static> = Atom::fixed("+");
const NEGATIVE: Atom<'static> = Atom::fixed("-");
const NEGATOR: Atom<'static> = Atom::fixed("NEG");
const SAYING: Atom<'static> = Atom::fixed("SAY");
const QUOTE: Atom<'static> = Atom::fixed("Q");

fn class<'a>(view: &View<'a>, i: usize) -> Option<Atom<'a>> {
    if view.roles[i] != Role::Word {
        return Some(view.stem(i));
    }
    let charge = sign(view, i);
    let info = view.info(i);
    if charge != 0.0 {
        return Some(if charge > 0.0 { POSITIVE } else { NEGATIVE });
    }
    if view.has_cue(i, Cue::Negator) {
        return Some(NEGATOR);
    }
    match info.shape {
        Shape::Conjunction | Shape::Preposition => Some(view.form(i)),
        _ if view.has_cue(i, Cue::Saying) => Some(SAYING),
        _ if info.bracket != Bracket::No => Some(QUOTE),
        _ => None,
    }
}

/// The nearest classed words in `order`, at most three: their classes and indices.
fn classed<'a>(view: &View<'a>, order: impl Iterator<Item = usize>) -> ([(Atom<'a>, usize); 3], usize) {
    let mut found = [(BLANK, 0); 3];
    let mut n = 0;
    for (i, atom) in order.filter_map(|i| class(view, i).map(|atom| (i, atom))).take(3) {
        found[n] = (atom, i);
        n += 1;
    }
    (found, n)
}

/// The sentence reduced to classes; windows of up to three by three around the centre.
pub(crate) fn patterns(view: &View, centre: usize, sink: &mut impl Sink) {
    let (left, n_left) = classed(view, (0..centre).rev());
    let (right, n_right) = classed(view, centre + 1..view.len());
    for a in 0..=n_left {
        for b in usize::from(a == 0)..=n_right {
            let mut parts = [BLANK; 13];
            let middle = [(view.stem(centre), centre)];
            let window = left[..a].iter().rev().chain(&middle).chain(&right[..b]).copied();
            let mut n = 0;
            for (atom, _) in window {
                parts[n] = atom;
                n += 2;
            }
            let at = if b > 0 { right[b - 1].1 } else { left[a - 1].1 };
            sink.add(&parts[..n - 1], 1.0, at);
        }
    }
}
