//! A leader's name and a date → the actor for whom he speaks.
//!
//! Entries with the same full name are one person, whichever actor they stand at. The actor of a person who served
//! several is told by the date: of the terms that cover it the one that started last, and where none does the one that
//! started last of all. Where no date is known it is the last actor whom he served for [`LONG`], or, where there is
//! none, the one whom he served longest: a month as minister does not outweigh years at the head of the agency. So a
//! term never takes a mention away: who served one actor alone is his before, in and after office. A form that several
//! persons share counts where all of them lead to one actor.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::surface::Surface;
use super::{Actor, ActorIndex, Leader};
use crate::date::Date;

/// Days after which an office is what its holder is known by: two years.
const LONG: i64 = 730;

/// A person by his full name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PersonIndex(u32);

/// For whom one who bears a name speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// For one actor, whatever the date.
    Of(ActorIndex),
    /// For one of several; counts in the lists of [`Offices`].
    ByDate(u32),
}

#[derive(Debug, Clone)]
struct Office {
    actor: ActorIndex,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
}

impl Office {
    fn covers(&self, date: Date) -> bool {
        self.from.is_none_or(|from| from <= date.last())
            && self.until.is_none_or(|until| date.first() <= until)
    }
}

/// Which person served which actor when.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offices {
    /// The offices of each person, by start.
    persons: Vec<Vec<Office>>,
    by_name: HashMap<String, PersonIndex>,
    /// Persons who share a form, each list once.
    shared: Vec<Vec<PersonIndex>>,
}

/// The form of a full name that makes entries one person.
pub(crate) fn full_name(leader: &Leader) -> Option<String> {
    leader.names.first().map(|name| plain(name))
}

/// A name as names are compared: accents off, single spaces.
pub(crate) fn plain(name: &str) -> String {
    Surface::of(name.trim()).text.into_owned()
}

impl Offices {
    /// The offices of all leaders.
    pub fn of(actors: &[Actor]) -> Offices {
        let mut out = Offices::default();
        for (actor, leader) in leaders(actors) {
            let Some(name) = full_name(leader) else { continue };
            let next = PersonIndex(out.persons.len() as u32);
            let person = *out.by_name.entry(name).or_insert(next);
            if person == next {
                out.persons.push(Vec::new());
            }
            let end = |date: &Option<String>| date.as_deref().and_then(Date::parse);
            out.persons[person.0 as usize].push(Office {
                actor,
                from: end(&leader.from).map(Date::first),
                until: end(&leader.until).map(Date::last),
            });
        }
        out.persons.iter_mut().for_each(|offices| offices.sort_by_key(|office| office.from));
        out
    }

    /// The person of an entry.
    pub fn person(&self, leader: &Leader) -> Option<PersonIndex> {
        self.by_name.get(&full_name(leader)?).copied()
    }

    /// The bearer of a form that these persons share; `None`: their actors differ at any date.
    pub fn bearer(&mut self, persons: &[PersonIndex]) -> Option<Bearer> {
        let offices = |person: &PersonIndex| &self.persons[person.0 as usize];
        let first = offices(persons.first()?).first()?.actor;
        let of_one =
            |person: &PersonIndex| offices(person).iter().all(|o| o.actor == offices(person)[0].actor);
        if persons.iter().flat_map(offices).all(|office| office.actor == first) {
            return Some(Bearer::Of(first));
        }
        if persons.iter().all(of_one) {
            return None;
        }
        let known = self.shared.iter().position(|list| list == persons);
        let list = known.unwrap_or_else(|| {
            self.shared.push(persons.to_vec());
            self.shared.len() - 1
        });
        Some(Bearer::ByDate(list as u32))
    }

    /// The actor for whom the bearer speaks at the date; `None` where those who share the name differ.
    pub fn actor(&self, bearer: Bearer, date: Option<Date>) -> Option<ActorIndex> {
        let list = match bearer {
            Bearer::Of(actor) => return Some(actor),
            Bearer::ByDate(list) => &self.shared[list as usize],
        };
        let mut actors = list.iter().map(|person| served(&self.persons[person.0 as usize], date));
        let first = actors.next()?;
        if actors.all(|other| other == first) { first } else { None }
    }
}

fn served(offices: &[Office], date: Option<Date>) -> Option<ActorIndex> {
    let office = match date {
        Some(date) => {
            let at_date = offices.iter().filter(|office| office.covers(date));
            let last = at_date.max_by_key(|office| office.from);
            last.or_else(|| offices.iter().max_by_key(|office| office.from))
        }
        None => offices.iter().max_by_key(|office| (days(offices, office.actor).min(LONG), office.from)),
    };
    office.map(|office| office.actor)
}

/// For how many days the actor was served, days in two of its offices counted once; `offices` stand by start.
///
/// A term without an end is a long one, one of which nobody knows the start counts as none.
fn days(offices: &[Office], actor: ActorIndex) -> i64 {
    let mut days = 0;
    let mut counted = NaiveDate::MIN;
    for office in offices.iter().filter(|office| office.actor == actor) {
        let Some(from) = office.from else { continue };
        let until = office.until.unwrap_or(from + chrono::TimeDelta::days(LONG));
        days += (until - from.max(counted)).num_days().max(0);
        counted = counted.max(until);
    }
    days
}

/// All leaders, each with its actor.
pub(crate) fn leaders(actors: &[Actor]) -> impl Iterator<Item = (ActorIndex, &Leader)> {
    (0..)
        .map(ActorIndex)
        .zip(actors)
        .flat_map(|(i, actor)| actor.leaders.iter().map(move |leader| (i, leader)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ActorKind;
    use crate::actor::gazetteer::Gazetteer;
    use crate::io::gazetteer::built_in;

    /// Actors `0..` with leaders `name@from..until`, and the actor for whom `name` speaks at each date.
    fn served_at(entries: &[(usize, &str)], names: &[&str], dates: &[&str]) -> Vec<Option<u32>> {
        let mut actors: Vec<Actor> =
            (0..3).map(|i| Actor::new(format!("A{i}"), "Aland", ActorKind::State)).collect();
        for (actor, entry) in entries {
            let (name, term) = entry.split_once('@').unwrap();
            let (from, until) = term.split_once("..").unwrap();
            let end = |date: &str| (!date.is_empty()).then(|| date.to_owned());
            actors[*actor].leaders.push(Leader {
                names: vec![name.into()],
                from: end(from),
                until: end(until),
            });
        }
        let mut offices = Offices::of(&actors);
        let persons: Vec<PersonIndex> = names.iter().map(|name| offices.by_name[*name]).collect();
        let Some(bearer) = offices.bearer(&persons) else { return vec![None; dates.len()] };
        dates.iter().map(|date| offices.actor(bearer, Date::parse(date)).map(|a| a.0)).collect()
    }

    #[test]
    fn the_term_that_covers_the_date_decides_else_the_last() {
        let rutte = [(0, "Mark Rutte@2010-10-14..2024-07-02"), (1, "Mark Rutte@2024-10-01..")];
        let dates = ["2015", "2024-07-02", "2024-08", "2024-10-01", "2024", "1999", "2030-01-01", "none"];
        let want = [0, 0, 1, 1, 1, 1, 1, 1].map(Some);
        assert_eq!(served_at(&rutte, &["Mark Rutte"], &dates), want);
        let rutte = [rutte[1], rutte[0]];
        assert_eq!(served_at(&rutte, &["Mark Rutte"], &dates), want, "order of rows");
    }

    #[test]
    fn without_a_date_the_last_long_office_counts_else_the_longest() {
        let no_date = ["none"];
        let short_and_later = [(0, "A B@2001..2005"), (1, "A B@2006-01..2006-06")];
        assert_eq!(served_at(&short_and_later, &["A B"], &no_date), [Some(0)]);
        let long_and_later = [(0, "A B@1981..1995"), (1, "A B@1996..2001")];
        assert_eq!(served_at(&long_and_later, &["A B"], &no_date), [Some(1)]);
        let short_ones = [(0, "A B@2001-01..2001-09"), (1, "A B@2002-01..2002-03")];
        assert_eq!(served_at(&short_ones, &["A B"], &no_date), [Some(0)]);
        let twice_at_once =
            [(0, "A B@2001-01..2002-06"), (1, "A B@2004-01..2004-12"), (1, "A B@2004-01..2004-12")];
        assert_eq!(served_at(&twice_at_once, &["A B"], &no_date), [Some(0)]);
        let still_held = [(0, "A B@2010..2019"), (1, "A B@2020..")];
        assert_eq!(served_at(&still_held, &["A B"], &no_date), [Some(1)]);
        let alike = [(0, "A B@2005-01-01..2005-12-31"), (1, "A B@2001-01-01..2001-12-31")];
        assert_eq!(served_at(&alike, &["A B"], &no_date), [Some(0)], "the later");
        let no_start = [(0, "A B@..2020"), (1, "A B@2001..2002")];
        assert_eq!(served_at(&no_start, &["A B"], &no_date), [Some(1)]);
    }

    #[test]
    fn of_terms_that_overlap_the_later_counts_and_one_without_start_is_the_earliest() {
        let two = [(0, "A B@2000.."), (1, "A B@2010..2012"), (2, "A B@..")];
        let dates = ["1990", "2005", "2011-06", "2013", "2012-12-31"];
        assert_eq!(served_at(&two, &["A B"], &dates), [2, 0, 1, 0, 1].map(Some));
    }

    #[test]
    fn one_actors_person_is_his_at_any_date() {
        let one = [(1, "A B@2000..2001"), (1, "A B@2005..2006")];
        assert_eq!(served_at(&one, &["A B"], &["1990", "2003", "2020", "x"]), [Some(1); 4]);
    }

    #[test]
    fn two_persons_of_one_name_count_where_they_lead_to_one_actor() {
        let two = [(0, "A B@2000..2001"), (0, "C B@2005..2010"), (1, "C B@2011..")];
        assert_eq!(served_at(&two, &["A B", "C B"], &["2006", "2012", "x"]), [Some(0), None, None]);
        let apart = [(0, "A B@2000..2001"), (1, "C B@2005..2010")];
        assert_eq!(served_at(&apart, &["A B", "C B"], &["2000", "2006"]), [None, None]);
    }

    #[test]
    fn known_persons_speak_without_a_date_for_whom_they_are_known() {
        let gazetteer = Gazetteer::new(built_in().unwrap()).unwrap();
        for (name, id) in [
            ("Annalena Baerbock", "DEU"),
            ("Mohamed ElBaradei", "IAEA"),
            ("António Guterres", "UN"),
            ("Mark Rutte", "NATO"),
            ("Ursula von der Leyen", "EU"),
            ("Donald Tusk", "POL"),
            ("Boutros Boutros-Ghali", "UN"),
        ] {
            let ids: Vec<&str> =
                gazetteer.find_mentions(name).iter().map(|m| &*gazetteer.actor(m.actor).id).collect();
            assert_eq!(ids, [id], "{name}");
        }
    }
}
