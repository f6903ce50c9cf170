//! Files of every form, packed or not, and runs that something stops.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::{Done, Place, ROWS, command, run, str};

fn predicted(input: &Path) -> Done {
    run(&["predict", str(input), "--format", "csv"])
}

#[test]
fn all_forms_hold_the_same_rows() {
    let place = Place::new();
    let csv = place.file("rows.csv", ROWS);
    let expected = predicted(&csv);
    assert_eq!((expected.code, expected.stdout.lines().count()), (0, 13), "{}", expected.stderr);
    for name in ["r.jsonl", "r.parquet", "r.arrow", "r.csv.gz", "r.csv.zst", "r.jsonl.gz", "r.parquet.zst"] {
        let path = place.path(name);
        let done = run(&["data", "convert", str(&csv), "-o", str(&path)]);
        assert_eq!(done.code, 0, "{name}: {}", done.stderr);
        let found = predicted(&path);
        assert_eq!(found.code, 0, "{name}: {}", found.stderr);
        // `convert` adds columns that the first file had not: they are empty
        let column = |done: &Done, wanted: &str| {
            let mut reader = csv::Reader::from_reader(done.stdout.as_bytes());
            let at = reader.headers().unwrap().iter().position(|name| name == wanted).unwrap();
            reader.records().map(|row| row.unwrap()[at].to_owned()).collect::<Vec<String>>()
        };
        for wanted in ["holder", "target", "stance", "p_favor", "text"] {
            assert_eq!(column(&found, wanted), column(&expected, wanted), "{name}: {wanted}");
        }
    }
}

#[test]
fn what_is_packed_is_told_by_its_bytes_and_not_its_name() {
    let place = Place::new();
    let csv = place.file("rows.csv", ROWS);
    let packed = place.path("r.parquet.zst");
    assert_eq!(run(&["data", "convert", str(&csv), "-o", str(&packed)]).code, 0);
    let expected = predicted(&packed);
    let renamed = place.path("r.parquet");
    fs::rename(&packed, &renamed).unwrap();
    let found = predicted(&renamed);
    assert_eq!(found.code, 0, "{}", found.stderr);
    // rows without a document are called by file and number
    assert_eq!(found.stdout, expected.stdout.replace("r.parquet.zst", "r.parquet"));
}

#[test]
fn carried_columns_keep_their_types() {
    let place = Place::new();
    let rows = "{\"text\":\"Oslo scolded Lima.\",\"target\":\"PER\",\"n\":7,\"share\":0.25,\"ok\":true,\"note\":\"7\"}\n";
    let input = place.file("rows.jsonl", rows);
    let kept = |found: &str| {
        let row: serde_json::Value = serde_json::from_str(found).unwrap();
        ["n", "share", "ok", "note"].map(|name| row[name].to_string()).join(" ")
    };
    let done = run(&["predict", str(&input), "--format", "jsonl"]);
    assert_eq!(kept(&done.stdout), "7 0.25 true \"7\"");
    let parquet = place.path("o.parquet");
    assert_eq!(run(&["predict", str(&input), "-o", str(&parquet)]).code, 0);
    let again = run(&["predict", str(&parquet), "--format", "jsonl"]);
    let row: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    // our own numbers are numbers there too
    assert!(row["input_confidence"].is_f64() && row["input_start"].is_u64(), "{row}");
}

#[test]
fn a_damaged_member_keeps_the_rows_before_it() {
    let place = Place::new();
    let rows: String = (0..900)
        .map(|i| format!("{{\"text\":\"Kenya praised Norway, {} times.\"}}\n", i * 7919 % 9001))
        .collect();
    let plain = place.file("rows.jsonl", rows);
    let packed = place.path("whole.jsonl.gz");
    assert_eq!(run(&["predict", str(&plain), "-o", str(&packed)]).code, 0);
    let one = fs::read(&packed).unwrap();
    let mut bytes = [one.clone(), one.clone()].concat();
    // the way of compression that the header of the second member names
    bytes[one.len() + 2] = 9;
    let done = predicted(&place.file("damaged.jsonl.gz", bytes));
    assert_eq!(done.code, 2);
    let is_told = done.stderr.contains("gzip data is damaged") && done.stderr.contains("at byte ");
    assert!(is_told && done.stderr.contains("of the file"), "{}", done.stderr);
    let whole = predicted(&packed);
    assert_eq!((whole.code, done.stdout == whole.stdout), (0, true));
}

#[test]
fn columns_that_cannot_be_read() {
    let place = Place::new();
    let csv = place.file("rows.csv", ROWS);
    let parquet = place.path("r.parquet");
    assert_eq!(run(&["data", "convert", str(&csv), "-o", str(&parquet)]).code, 0);
    let bytes = fs::read(&parquet).unwrap();
    let cut = place.file("cut.parquet", &bytes[..bytes.len() - 9]);
    let done = predicted(&cut);
    assert_eq!((done.code, done.stdout.as_str()), (2, ""));
    assert!(done.stderr.contains("cut.parquet: is no Parquet file, or one cut short"), "{}", done.stderr);
    let done = run(&["predict", str(&parquet), "--text-column", "texts"]);
    assert!(done.stderr.contains("no column `texts`; the nearest is `text`"), "{}", done.stderr);
    let done = predicted(&place.file("no.arrow", "no columns here"));
    assert!(done.stderr.contains("is no Arrow file, or one cut short"), "{}", done.stderr);
}

/// Articles enough to be killed in the middle of.
fn many_articles() -> String {
    let actors = ["Kenya", "Norway", "Peru", "Japan", "Ghana", "Oman", "Chile", "Malta"];
    let mut out = String::new();
    for i in 0..9_000usize {
        let of = |k: usize| actors[(i * 7 + k * k) % actors.len()];
        out.push_str(&format!(
            "{{\"document\":\"d{i}\",\"text\":\"{} praised {} on day {i}.\\nThe ferry was late, and nobody minded much. \
             Envoys of {} said that {} had broken its word, and threatened to leave the talks.\\nThe harbour was quiet.\"}}\n",
            of(0),
            of(1),
            of(2),
            of(3)
        ));
    }
    out
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    const N_KILLS: usize = 20;
    let place = Place::new();
    let input = place.file("articles.jsonl", many_articles());
    let (plain, output) = (place.path("plain.csv"), place.path("killed.csv"));
    assert_eq!(run(&["predict", str(&input), "-o", str(&plain)]).code, 0);
    let expected = fs::read(&plain).unwrap();
    let go_on = ["predict", str(&input), "--resume", "-o", str(&output)];
    let (mut n_kills, mut n_resumed, mut seed) = (0, 0, 7u64);
    while n_kills < N_KILLS {
        let mut child = command(&go_on).spawn().unwrap();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        std::thread::sleep(Duration::from_millis(20 + (seed >> 33) % 900));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            n_kills += 1;
            n_resumed += usize::from(!output.exists());
        }
        child.wait().unwrap();
        if output.exists() {
            assert!(fs::read(&output).unwrap() == expected, "after {n_kills} kills");
            fs::remove_file(&output).unwrap();
        }
    }
    assert!(n_resumed > 0);
    let done = run(&go_on);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert!(fs::read(&output).unwrap() == expected);
    let beside = fs::read_dir(output.parent().unwrap()).unwrap();
    let left: Vec<_> =
        beside.map(|entry| entry.unwrap().file_name()).filter(|n| n != "articles.jsonl").collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

/// A limit on the size of files stands for a disk that fills: a write fails in the middle of a row.
#[test]
#[cfg(unix)]
fn a_run_that_met_a_full_disk_goes_on_to_the_same_bytes() {
    let place = Place::new();
    let input = place.file("news.jsonl", many_articles());
    let whole = place.path("whole.csv");
    assert_eq!(run(&["predict", str(&input), "-o", str(&whole)]).code, 0);
    let whole = std::fs::read(whole).unwrap();
    let output = place.path("rows.csv");
    // in blocks of 512 bytes: a third of the output, then two thirds, then all
    let third = whole.len() / 3 / 512;
    for blocks in [third, 2 * third] {
        let command = format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec {} predict {} --resume -o {}",
            env!("CARGO_BIN_EXE_geostance"),
            str(&input),
            str(&output)
        );
        let stopped: Done = std::process::Command::new("sh").args(["-c", &command]).output().unwrap().into();
        assert_eq!(stopped.code, 2, "{}", stopped.stderr);
        assert!(
            stopped.stderr.contains("rows.csv") && stopped.stderr.contains("large"),
            "{}",
            stopped.stderr
        );
        assert!(!output.exists(), "what is not whole has not the name of the whole");
    }
    let done = run(&["predict", str(&input), "--resume", "-o", str(&output)]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(std::fs::read(&output).unwrap() == whole);
}

#[test]
fn a_run_goes_on_only_as_it_began() {
    let place = Place::new();
    let input = place.file("a.jsonl", "{\"text\":\"Kenya praised Norway.\"}\n");
    let output = place.path("o.csv");
    place.file("o.csv.journal", "{\"run\":\"another\"}\n");
    place.file("o.csv.part", "kept");
    let done = run(&["predict", str(&input), "--resume", "-o", str(&output)]);
    assert_eq!((done.code, output.exists()), (2, false));
    assert!(done.stderr.contains("o.csv.journal: is of another run"), "{}", done.stderr);
    assert_eq!(fs::read_to_string(place.path("o.csv.part")).unwrap(), "kept");
    for name in ["o.parquet", "o.csv.gz"] {
        let done = run(&["predict", str(&input), "--resume", "-o", str(&place.path(name))]);
        assert!(done.stderr.contains("--resume writes plain csv or jsonl"), "{}", done.stderr);
    }
}

#[test]
fn unordered_rows_are_the_same_rows() {
    let place = Place::new();
    let input =
        place.file("articles.jsonl", many_articles().lines().take(800).collect::<Vec<_>>().join("\n"));
    let sorted = |args: &[&str]| {
        let done = run(args);
        assert_eq!(done.code, 0, "{}", done.stderr);
        let mut lines: Vec<String> = done.stdout.lines().map(str::to_owned).collect();
        lines[1..].sort();
        lines
    };
    let plain = ["predict", str(&input), "--format", "csv"];
    let unordered = ["predict", str(&input), "--format", "csv", "--unordered", "--threads", "3"];
    assert_eq!(sorted(&plain), sorted(&unordered));
}
