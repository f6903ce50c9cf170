//! `--date` and the dates of rows: for whom a leader speaks who served two actors.

use crate::{Place, run, str};

const ACTORS: &str = "id,name,kind,demonyms,leaders\n\
    NLD,Netherlands,state,Dutch,Mark Rutte/Rutte@2010-10-14..2024-07-02\n\
    NATO,NATO,organisation,,Mark Rutte/Rutte@2024-10-01..\n\
    KEN,Kenya,state,Kenyan,William Ruto/Ruto@2022-09-13..\n";

/// The actors found in `rows`, a line each.
fn found(place: &Place, rows: &str, more: &[&str]) -> (Vec<String>, String) {
    let (actors, rows) = (place.file("actors.csv", ACTORS), place.file("rows.csv", rows));
    let args = ["actors", "find", str(&rows), "--only-gazetteer", str(&actors)];
    let done = run(&[&args, more].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let actor = |line: &str| line.split(',').nth(4).unwrap().to_owned();
    (done.stdout.lines().skip(1).map(actor).collect(), done.stderr)
}

#[test]
fn the_date_decides_which_office_counts_and_a_rows_own_goes_before() {
    let place = Place::new();
    let rows = |dates: &[&str]| {
        let row = |date: &&str| format!("Rutte spoke.,{date}\n");
        format!("text,date\n{}", dates.iter().map(row).collect::<String>())
    };
    let dates =
        rows(&["2018-04-16", "2018", "2018-04", "2018-04-16T10:00:00Z", "2025-01-01", "2024-08-01", ""]);
    let want = ["NLD", "NLD", "NLD", "NLD", "NATO", "NATO"];
    assert_eq!(found(&place, &dates, &[]).0, [&want[..], &["NATO"]].concat());
    assert_eq!(found(&place, &dates, &["--date", "2018-04"]).0, [&want[..], &["NLD"]].concat());
    assert_eq!(found(&place, "text\nRutte and Ruto\n", &["--date", "2012-12-31"]).0, ["NLD", "KEN"]);
    assert_eq!(found(&place, "text\nRutte and Ruto\n", &["--date", "1950"]).0, ["NATO", "KEN"]);
    assert_eq!(found(&place, &dates, &[]).1, "");
}

#[test]
fn predict_and_explain_look_at_the_date_too() {
    let place = Place::new();
    let actors = place.file("actors.csv", ACTORS);
    let article = place.file("a.txt", "Rutte praised Kenya.");
    let rows = place.file("rows.csv", "text,target,date\nKenya praised Rutte.,NLD,\n");
    let with = |args: &[&str]| run(&[args, &["--only-gazetteer", str(&actors)]].concat());
    let predict = |more: &[&str]| with(&[&["predict", str(&article), "--format", "csv"], more].concat());
    assert!(predict(&["--date", "2015"]).stdout.contains(",NLD,KEN,"));
    assert!(predict(&[]).stdout.contains(",NATO,KEN,"));
    let row = with(&["predict", str(&rows)]);
    assert_eq!((row.code, row.stderr.contains("target `NLD` (Netherlands) is not in the text")), (2, true));
    let row = with(&["predict", str(&rows), "--date", "2015-06-30"]);
    assert_eq!((row.code, row.stdout.lines().count()), (0, 2), "{}", row.stderr);
    // the date of the command is not the row's
    assert!(!row.stdout.contains("2015-06-30"), "{}", row.stdout);
    let explain = ["explain", "Kenya praised Rutte.", "--target", "NLD"];
    assert_eq!(with(&explain).code, 2);
    assert_eq!(with(&[&explain[..], &["--date", "2015"]].concat()).code, 0);
}

#[test]
fn a_bad_date_of_the_command_is_refused() {
    for verb in
        [&["predict", "-"][..], &["actors", "find", "-"], &["explain", "Oslo won.", "--target", "NOR"]]
    {
        for date in ["soon", "2018-02-30", "2018-4-1", "18", "", "2018-04-16T10:00:00Z"] {
            let done = run(&[verb, &["--date", date]].concat());
            let told = done.stderr.contains("expected YYYY-MM-DD, YYYY-MM or YYYY");
            assert_eq!((done.code, told), (2, true), "{date}: {}", done.stderr);
            assert_eq!(done.stdout, "");
        }
    }
}

#[test]
fn a_date_of_a_row_that_cannot_be_read_is_said_once_and_carried_through() {
    let place = Place::new();
    let rows = "text,date\nRutte praised Kenya.,2018-04-16\nRutte praised Kenya.,16 April 2018\n\
        Rutte praised Kenya.,2018-02-30\n";
    let note =
        "rows.csv:3: column `date`: found `16 April 2018`, expected YYYY-MM-DD, YYYY-MM or YYYY; 2 rows";
    let (actors, stderr) = found(&place, rows, &[]);
    assert_eq!(actors, ["NLD", "KEN", "NATO", "KEN", "NATO", "KEN"]);
    assert!(stderr.contains(note) && stderr.lines().count() == 1, "{stderr}");
    assert_eq!(found(&place, rows, &["--date", "2018"]).0, ["NLD", "KEN", "NLD", "KEN", "NLD", "KEN"]);
    let done = run(&["predict", str(&place.path("rows.csv")), "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains(note), "{}", done.stderr);
    assert!(done.stdout.contains(",16 April 2018,"), "{}", done.stdout);
}
