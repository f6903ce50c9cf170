//! What is wrong, or looks odd, in a gazetteer file: each fault of its rows, and those between rows.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::actor::office::{Offices, full_name, leaders, plain};
use crate::actor::{Actor, ActorKind, Leader};
use crate::date::Date;
use crate::error::{Error, Location};

use super::gazetteer::Rows;

/// Words that stand in every text, of which an alias should be none.
const COMMON_WORDS: &str = include_str!("../../data/common_words.txt");

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The file is wrong.
    Fault,
    /// The file works and finds too much.
    Warning,
    /// Something is missing that would help.
    Notice,
}

/// Something found in a gazetteer file.
#[derive(Debug)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What it is, and where.
    pub error: Error,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.weight {
            Weight::Fault => {}
            Weight::Warning => f.write_str("warning: ")?,
            Weight::Notice => f.write_str("notice: ")?,
        }
        write!(f, "{}", self.error)
    }
}

/// All that is found in the file at `path`, in the order of its lines.
///
/// Faults: what [`read_gazetteer`](super::gazetteer::read_gazetteer) refuses; names that two actors share, unless
/// it is one person who served both; terms of one person at two states at once; Wikidata identifiers used twice;
/// parents that do not exist or go in a circle. Warnings: aliases that are one common English word. Notices:
/// leaders without a term.
pub fn check_gazetteer(path: impl AsRef<Path>) -> Vec<Finding> {
    let path = path.as_ref();
    match File::open(path) {
        Ok(file) => check_gazetteer_from(file, path),
        Err(e) => vec![Finding { weight: Weight::Fault, error: Error::io(path, e) }],
    }
}

/// As [`check_gazetteer`], of what `reader` gives; messages name it `path`.
pub fn check_gazetteer_from(reader: impl Read, path: &Path) -> Vec<Finding> {
    let rows = Rows::read(reader, path);
    let (lines, actors): (Vec<u64>, Vec<Actor>) = rows.rows.into_iter().unzip();
    let fault = |error| Finding { weight: Weight::Fault, error };
    let mut check =
        Check { path, lines: &lines, actors: &actors, found: rows.faults.into_iter().map(fault).collect() };
    check.shared_names();
    check.terms();
    check.wikidata();
    check.parents();
    check.common_words();
    let mut found = check.found;
    found.sort_by_key(|finding| match &finding.error {
        Error::Row { location, .. } => location.line,
        _ => None,
    });
    found
}

struct Check<'a> {
    path: &'a Path,
    lines: &'a [u64],
    actors: &'a [Actor],
    found: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn find(&mut self, weight: Weight, row: usize, column: &str, message: String) {
        let at = Location::file(self.path).line(self.lines[row]).column(column);
        self.found.push(Finding { weight, error: Error::row(at, message) });
    }

    fn fault(&mut self, row: usize, column: &str, message: String) {
        self.find(Weight::Fault, row, column, message);
    }

    /// The names of a row but for those of leaders, each with its column.
    fn names(&self, row: usize) -> impl Iterator<Item = (&'static str, &'a String)> + use<'a> {
        let actor = &self.actors[row];
        [
            ("name", std::slice::from_ref(&actor.name)),
            ("aliases", &actor.aliases[..]),
            ("demonyms", &actor.demonyms[..]),
            ("metonyms", &actor.metonyms[..]),
        ]
        .into_iter()
        .flat_map(|(column, names)| names.iter().map(move |name| (column, name)))
    }

    /// Names that two actors claim, unless it is a person who served both; both lines are named.
    fn shared_names(&mut self) {
        let mut offices = Offices::of(self.actors);
        let mut first: HashMap<String, (usize, Option<&Leader>)> = HashMap::new();
        for row in 0..self.actors.len() {
            let of_leaders = self.actors[row].leaders.iter();
            let of_leaders =
                of_leaders.flat_map(|l| l.names.iter().map(move |name| ("leaders", name, Some(l))));
            let all = self.names(row).map(|(column, name)| (column, name, None)).chain(of_leaders);
            for (column, name, leader) in all {
                let (holder, other) = *first.entry(plain(name)).or_insert((row, leader));
                if holder == row {
                    continue;
                }
                let persons = other.zip(leader).map(|(a, b)| (offices.person(a), offices.person(b)));
                let told_apart = match persons {
                    Some((Some(a), Some(b))) => a == b || offices.bearer(&[a.min(b), a.max(b)]).is_some(),
                    _ => false,
                };
                if !told_apart {
                    let (id, line) = (&self.actors[holder].id, self.lines[holder]);
                    let why = if persons.is_some() { ", another person" } else { "" };
                    self.fault(row, column, format!("`{name}` also names `{id}` at line {line}{why}"));
                }
            }
        }
    }

    /// Leaders without a term, and terms of one person at two states that surely overlap.
    fn terms(&mut self) {
        let actors = self.actors;
        let mut before: HashMap<String, Vec<(usize, &Leader)>> = HashMap::new();
        for (index, leader) in leaders(actors) {
            let row = index.0 as usize;
            let Some(name) = full_name(leader) else { continue };
            if leader.from.is_none() && leader.until.is_none() {
                self.find(Weight::Notice, row, "leaders", format!("`{}` has no term", leader.names[0]));
            }
            if actors[row].kind != ActorKind::State {
                continue;
            }
            let terms = before.entry(name).or_default();
            let other = terms.iter().find(|(other, term)| *other != row && overlap(term, leader));
            if let Some(&(other, term)) = other {
                let (id, line) = (&actors[other].id, self.lines[other]);
                self.fault(
                    row,
                    "leaders",
                    format!(
                        "`{}`: the term {} overlaps {} at `{id}`, line {line}",
                        leader.names[0],
                        term_of(leader),
                        term_of(term)
                    ),
                );
            }
            terms.push((row, leader));
        }
    }

    fn wikidata(&mut self) {
        let mut first: HashMap<&str, usize> = HashMap::new();
        for (row, actor) in self.actors.iter().enumerate() {
            let Some(id) = actor.wikidata.as_deref() else { continue };
            let other = *first.entry(id).or_insert(row);
            if other != row {
                let line = self.lines[other];
                self.fault(row, "wikidata", format!("`{id}` stands at line {line} already"));
            }
        }
    }

    /// Parents that do not exist, and circles, each named once at its first row.
    fn parents(&mut self) {
        let actors = self.actors;
        let index: HashMap<&str, usize> =
            actors.iter().enumerate().rev().map(|(i, actor)| (actor.id.as_str(), i)).collect();
        let mut parents: Vec<Vec<usize>> = Vec::new();
        for (row, actor) in actors.iter().enumerate() {
            let mut known = Vec::new();
            for parent in &actor.parents {
                match index.get(parent.as_str()) {
                    Some(&i) => known.push(i),
                    None => self.fault(row, "parents", format!("there is no actor `{parent}`")),
                }
            }
            parents.push(known);
        }
        // depth-first; `state` 1: on the path, 2: done
        let mut state = vec![0u8; parents.len()];
        for root in 0..parents.len() {
            let mut path: Vec<(usize, usize)> = if state[root] == 0 { vec![(root, 0)] } else { Vec::new() };
            while let Some((node, edge)) = path.last_mut() {
                state[*node] = 1;
                let Some(&parent) = parents[*node].get(*edge) else {
                    state[*node] = 2;
                    path.pop();
                    continue;
                };
                *edge += 1;
                match state[parent] {
                    0 => path.push((parent, 0)),
                    1 => {
                        let start = path.iter().position(|&(node, _)| node == parent).unwrap_or(0);
                        let circle: Vec<&str> = path[start..]
                            .iter()
                            .map(|&(node, _)| node)
                            .chain([parent])
                            .map(|node| actors[node].id.as_str())
                            .collect();
                        let message = format!("parents go in a circle: {}", circle.join(" → "));
                        self.fault(parent, "parents", message);
                    }
                    _ => {}
                }
            }
        }
    }

    /// Aliases and surnames that are found where a common word starts a sentence; acronyms are none.
    fn common_words(&mut self) {
        let common: HashSet<&str> = COMMON_WORDS.split_whitespace().collect();
        for row in 0..self.actors.len() {
            let surnames =
                self.actors[row].leaders.iter().flat_map(|l| &l.names).map(|name| ("leaders", name));
            let aliases = self.names(row).filter(|(column, _)| *column == "aliases");
            let mut seen: HashSet<&str> = HashSet::new();
            for (column, name) in aliases.chain(surnames) {
                let is_acronym = name.chars().skip(1).any(char::is_uppercase);
                if !is_acronym && common.contains(name.to_lowercase().as_str()) && seen.insert(name) {
                    self.find(Weight::Warning, row, column, format!("`{name}` is a common English word"));
                }
            }
        }
    }
}

fn term_of(leader: &Leader) -> String {
    format!("{}..{}", leader.from.as_deref().unwrap_or(""), leader.until.as_deref().unwrap_or(""))
}

/// Whether two terms share more than a day of handover, however their months and years are read.
fn overlap(one: &Leader, other: &Leader) -> bool {
    let date = |end: &Option<String>| end.as_deref().and_then(Date::parse);
    let ends_after = |one: &Leader, other: &Leader| match (date(&one.until), date(&other.from)) {
        (Some(until), Some(from)) => from.last() < until.first(),
        _ => true,
    };
    ends_after(one, other) && ends_after(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "id,name,kind,aliases,demonyms,metonyms,leaders,wikidata,parents\n";

    fn found(rows: &str) -> Vec<String> {
        let csv = format!("{HEADER}{rows}");
        check_gazetteer_from(csv.as_bytes(), Path::new("g.csv")).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn each_fault_names_its_line_and_column() {
        assert_eq!(
            found(
                "A,Aland,stat,Onea||Twob,,,,,\n\
                 a,Bland,state,,,,X Y@soon..2019,159,\n\
                 ,,state,,,,,,\n\
                 C,Cland,bloc\n\
                 D,Dland,state,,,,X/@2020..2019-02|Z@2019|Q@2023-02-29..2024,,\n"
            ),
            [
                "g.csv:2: column `kind`: unknown kind `stat`, the nearest is `state`",
                "g.csv:2: column `aliases`: empty alias between two bars",
                "g.csv:3: column `leaders`: `soon` is no date, expected YYYY-MM-DD, YYYY-MM or YYYY",
                "g.csv:3: column `wikidata`: `159` is no Wikidata identifier like Q159",
                "g.csv:3: column `id`: `a` stands at line 2 already",
                "g.csv:4: column `id`: `` is no id, expected one word",
                "g.csv:4: column `name`: empty, expected the common English name",
                "g.csv:5: 3 fields, expected 9",
                "g.csv:6: column `leaders`: empty name in `X/@2020..2019-02`",
                "g.csv:6: column `leaders`: the term `2020..2019-02` ends before it starts",
                "g.csv:6: column `leaders`: `2019` is no term, expected start..end as in 2012-05-07..",
                "g.csv:6: column `leaders`: `2023-02-29` is no date, expected YYYY-MM-DD, YYYY-MM or YYYY",
                "notice: g.csv:6: column `leaders`: `Z` has no term",
            ]
        );
    }

    #[test]
    fn faults_between_rows_are_found() {
        assert_eq!(
            found("A,Aland,state,One,,,,Q1,B\nB,Bland,state,Two2,,Óne,,Q1,A|X\nC,Cland,state,,,,,,C\n"),
            [
                "g.csv:2: column `parents`: parents go in a circle: A → B → A",
                "warning: g.csv:2: column `aliases`: `One` is a common English word",
                "g.csv:3: column `metonyms`: `Óne` also names `A` at line 2",
                "g.csv:3: column `wikidata`: `Q1` stands at line 2 already",
                "g.csv:3: column `parents`: there is no actor `X`",
                "g.csv:4: column `parents`: parents go in a circle: C → C",
            ]
        );
    }

    #[test]
    fn one_person_may_serve_two_actors_but_not_two_states_at_once() {
        let rows = |second: &str, kind: &str| {
            found(&format!(
                "A,Aland,state,,,,José Aa/Aa@2010-05..2014-09-22,,\nB,Bland,{kind},,,,Jose Aa/Aa@{second},,\n"
            ))
        };
        for term in ["2014-09-22..", "2014..", "2001..2010", "..2010-05"] {
            assert_eq!(rows(term, "state"), [""; 0], "{term}");
        }
        for term in ["2013..2015", "2011..2012", "2014-09-21..", "..2010-06"] {
            let message = format!(
                "g.csv:3: column `leaders`: `Jose Aa`: the term {term} overlaps 2010-05..2014-09-22 at `A`, line 2"
            );
            assert_eq!(rows(term, "state"), [message], "{term}");
            assert_eq!(rows(term, "organisation"), [""; 0], "{term}");
        }
    }

    #[test]
    fn a_surname_of_two_persons_is_a_fault_where_no_date_tells() {
        let leaders = |second: &str| {
            found(&format!("A,Aland,state,,,,John Aa/Aa@2010..2014,,\nB,Bland,state,,,,{second},,\n"))
        };
        assert_eq!(
            leaders("Jim Aa/Aa@2016.."),
            ["g.csv:3: column `leaders`: `Aa` also names `A` at line 2, another person"]
        );
        assert_eq!(leaders("John Aa@2016.."), [""; 0]);
        assert_eq!(
            found("A,Aland,state,Aa,,,,,\nB,Bland,state,,,,Jim Aa/Aa@2016..,,\n"),
            ["g.csv:3: column `leaders`: `Aa` also names `A` at line 2"]
        );
    }

    #[test]
    fn common_words_are_told_from_acronyms() {
        assert_eq!(
            found(
                "A,Will,state,May|AID|LeT|Union|European Union,,,Jim Will/Will@2016..|Jim Will/Will@2012..2013,,\n"
            ),
            [
                "warning: g.csv:2: column `aliases`: `May` is a common English word",
                "warning: g.csv:2: column `aliases`: `Union` is a common English word",
                "warning: g.csv:2: column `leaders`: `Will` is a common English word",
            ]
        );
    }

    #[test]
    fn the_built_in_gazetteer_is_sound() {
        let found = check_gazetteer_from(super::super::gazetteer::BUILT_IN, Path::new("data/gazetteer.csv"));
        let faults: Vec<String> =
            found.iter().filter(|f| f.weight == Weight::Fault).map(Finding::to_string).collect();
        assert_eq!(faults, [""; 0]);
    }
}
