//! `actors check`: every fault with its file, line and column.

use crate::{Place, run, str};

const HEADER: &str = "id,name,kind,aliases,demonyms,metonyms,leaders,wikidata,parents\n";

/// Checks a file of these rows and expects these lines, `g.csv` standing for its path, and this exit status.
#[track_caller]
fn check(rows: &str, code: i32, lines: &[&str]) {
    let place = Place::new();
    let file = place.file("g.csv", format!("{HEADER}{rows}"));
    let done = run(&["actors", "check", str(&file)]);
    let stdout = done.stdout.replace(str(&file), "g.csv");
    assert_eq!(stdout.lines().collect::<Vec<_>>(), lines);
    assert_eq!(done.code, code, "{}", done.stderr);
    let n = |start: &str| lines.iter().filter(|line| line.starts_with(start)).count();
    let counts = format!("{} faults, {} warnings, {} notices\n", n("g.csv"), n("warning"), n("notice"));
    assert_eq!(done.stderr, counts);
}

#[test]
fn a_sound_file() {
    check("A,Aland,state,Åland Islands,,,John Aa/Aa@2010..2014,Q1,\n", 0, &[]);
}

#[test]
fn terms_of_one_person_at_two_states() {
    check(
        "A,Aland,state,,,,John Aa/Aa@2010..2014,,\n\"B\",Bland,state,,,,John Aa@2013-05..,,\n\
         C,Cland,state,,,,John Aa@2006-01-01..2010-01-01,,\nD,Dland,bloc,,,,John Aa@2006..2020,,\n",
        2,
        &["g.csv:3: column `leaders`: `John Aa`: the term 2013-05.. overlaps 2010..2014 at `A`, line 2"],
    );
}

#[test]
fn a_term_that_ends_before_it_starts() {
    check(
        "A,Aland,state,,,,John Aa@2014-05..2014-04-30|Jim Bb@2014-05..2014-05-01,,\n",
        2,
        &["g.csv:2: column `leaders`: the term `2014-05..2014-04-30` ends before it starts"],
    );
}

#[test]
fn identifiers_and_aliases_that_stand_twice() {
    check(
        "A,Aland,state,Islands,,,,Q1,\nB,Bland,state,\"Islands\",,,,Q1,\nb,Cland,state,,,,,,\n",
        2,
        &[
            "g.csv:3: column `aliases`: `Islands` also names `A` at line 2",
            "g.csv:3: column `wikidata`: `Q1` stands at line 2 already",
            "g.csv:4: column `id`: `b` stands at line 3 already",
        ],
    );
}

#[test]
fn a_surname_of_leaders_of_two_actors() {
    check(
        "A,Aland,state,,,,John Aa/Aa@2010..2014,,\nB,Bland,state,,,,Jim Aa/Aa@2010..2014,,\n",
        2,
        &["g.csv:3: column `leaders`: `Aa` also names `A` at line 2, another person"],
    );
}

#[test]
fn parents_in_a_circle() {
    check(
        "A,Aland,state,,,,,,B\nB,Bland,state,,,,,,C\nC,Cland,state,,,,,,A|X\n",
        2,
        &[
            "g.csv:2: column `parents`: parents go in a circle: A → B → C → A",
            "g.csv:4: column `parents`: there is no actor `X`",
        ],
    );
}

#[test]
fn warnings_and_notices_are_no_faults() {
    check(
        "A,Aland,state,Will|WHO,,,Jim Bb|John May/May@2010..,,\n",
        0,
        &[
            "notice: g.csv:2: column `leaders`: `Jim Bb` has no term",
            "warning: g.csv:2: column `aliases`: `Will` is a common English word",
            "warning: g.csv:2: column `leaders`: `May` is a common English word",
        ],
    );
}
