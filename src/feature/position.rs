//! Family: where the centre stands in the sentence and what stands next to it.

use super::context::speaks;
use super::scene::{Role, View};
use super::sink::{Atom, NONE, Sink};
use super::word::{Bracket, List};

const COUNTS: [Atom<'static>; 7] = [
    Atom::fixed("0"),
    Atom::fixed("1"),
    Atom::fixed("2"),
    Atom::fixed("3"),
    Atom::fixed("4"),
    Atom::fixed("5"),
    Atom::fixed("6+"),
];

/// Quotation, speech, possession, position, length, neighbours and numbers of other actors.
pub(crate) fn structure(view: &View, centre: usize, sink: &mut impl Sink) {
    let n = view.len();
    let mut flag = |holds: bool, name: Atom<'static>| {
        if holds {
            sink.add(&[name], 1.0, centre);
        }
    };
    flag(view.words[centre].quoted, Atom::fixed("in quotation"));
    flag(view.traits.quotes, Atom::fixed("has quotation"));
    let (after, before) = speaks(view, centre);
    flag(after, Atom::fixed("speaks"));
    flag(before, Atom::fixed("spoken to"));
    flag(view.traits.says, Atom::fixed("speech"));
    flag(view.lower(centre + 1) == "'s", Atom::fixed("possessive"));
    flag(view.traits.asks, Atom::fixed("question"));
    flag(view.traits.hedges, Atom::fixed("hedged"));
    flag(view.words[centre].negated, Atom::fixed("negated"));
    let place = match centre {
        0 | 1 => Atom::fixed("at start"),
        c if c < n / 3 => Atom::fixed("in first third"),
        c if c < 2 * n / 3 => Atom::fixed("in second third"),
        _ => Atom::fixed("in last third"),
    };
    flag(true, place);
    sink.add(&[Atom::fixed("length "), COUNTS[(n / 8).min(6)]], 1.0, centre);
    let count = |role: Role| view.roles.iter().filter(|r| **r == role).count();
    sink.add(&[Atom::fixed("others "), COUNTS[count(Role::Other).min(3)]], 1.0, centre);
    sink.add(&[Atom::fixed("again "), COUNTS[count(Role::Again).min(3)]], 1.0, centre);
    sink.add(&[Atom::fixed("capitals "), COUNTS[view.traits.n_capitals.min(5)]], 1.0, centre);
    neighbours(view, centre, sink);
}

fn neighbours(view: &View, centre: usize, sink: &mut impl Sink) {
    if centre > 0 {
        let known = view.is_in(centre - 1, List::Before);
        let word = if known { view.form(centre - 1) } else { NONE };
        sink.add(&[Atom::fixed("before "), word], 1.0, centre - 1);
    }
    if centre + 1 < view.len() {
        let lower = view.lower(centre + 1);
        let word = if view.is_in(centre + 1, List::Behind) {
            view.form(centre + 1)
        } else if lower.ends_with("ed") {
            Atom::fixed("-ed")
        } else if lower.ends_with('s') {
            Atom::fixed("-s")
        } else {
            NONE
        };
        sink.add(&[Atom::fixed("behind "), word], 1.0, centre + 1);
    }
}

/// Order and distance of holder and target, and what both stand next to.
pub(crate) fn pair(view: &View, holder: usize, sink: &mut impl Sink) {
    let (low, high) = (holder.min(view.target), holder.max(view.target));
    let order =
        if holder < view.target { Atom::fixed("holder first ") } else { Atom::fixed("target first ") };
    let d = high - low;
    let far = match d {
        1 => Atom::fixed("1"),
        2 => Atom::fixed("2"),
        3..=5 => Atom::fixed("3-5"),
        6..=10 => Atom::fixed("6-10"),
        11..=20 => Atom::fixed("11-20"),
        _ => Atom::fixed("21+"),
    };
    sink.add(&[order, far], 1.0, low);
    sink.add(&[order], 1.0, low);
    let others = (low + 1..high).filter(|&i| view.is_mention(i)).count();
    sink.add(&[order, Atom::fixed("others between "), COUNTS[others.min(3)]], 1.0, low);
    let joined = d == 2 && matches!(view.lower(low + 1), "and" | "or" | "," | "&" | "-" | "–" | "/");
    if joined {
        sink.add(&[Atom::fixed("joined")], 1.0, low + 1);
    }
    let listed =
        (low + 1..high).all(|i| view.is_mention(i) || matches!(view.lower(i), "and" | "," | "or" | "the"));
    if listed {
        sink.add(&[Atom::fixed("listed")], 1.0, low);
    }
    let quoted = |i: usize| view.words[i].quoted;
    if quoted(view.target) && !quoted(holder) {
        sink.add(&[order, Atom::fixed("target quoted")], 1.0, view.target);
    }
    if (low + 1..high).any(|i| !view.is_mention(i) && view.info(i).bracket != Bracket::No) {
        sink.add(&[order, Atom::fixed("quotation between")], 1.0, low);
    }
    let verbs = (low + 1..high).filter(|&i| view.words[i].entry.verb.is_some()).count();
    sink.add(&[order, Atom::fixed("verbs between "), COUNTS[verbs.min(3)]], 1.0, low);
}
