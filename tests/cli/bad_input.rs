//! Bad input: one sentence with its place, exit status 2, nothing half-written.

use crate::{Place, ROWS, command, run, str};
use std::io::{BufRead, Read};
use std::process::Stdio;

/// Trains on `bytes` and expects a refusal that says `message`, and no model.
#[track_caller]
fn train_refuses(name: &str, bytes: impl AsRef<[u8]>, message: &str) {
    let place = Place::new();
    let (data, model) = (place.file(name, bytes), place.path("out.model"));
    let done = run(&["train", "--data", str(&data), "-o", str(&model)]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(done.stderr.contains(message), "expected {message:?} in {}", done.stderr);
    assert!(!model.exists() && !model.with_extension("md").exists());
    assert_eq!(std::fs::read_dir(data.parent().unwrap()).unwrap().count(), 1, "something was left behind");
}

/// Adds a row to good ones: it must be named, the rest used, the model written.
#[track_caller]
fn row_is_skipped(row: &str, message: &str) {
    let place = Place::new();
    let data = place.file("rows.csv", format!("{ROWS}{row}\n"));
    let model = place.path("out.model");
    let done = run(&["train", "--folds", "0", "--l2", "1", "--data", str(&data), "-o", str(&model)]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(done.stderr.contains(message), "expected {message:?} in {}", done.stderr);
    assert!(done.stderr.contains("1 row was skipped"), "{}", done.stderr);
    assert!(model.exists());
}

#[test]
fn a_missing_file() {
    let done = run(&["train", "--data", "nowhere.csv", "-o", "x.model"]);
    assert_eq!((done.code, done.stderr.contains("nowhere.csv: No such file")), (2, true), "{}", done.stderr);
    let done = run(&["predict", "nowhere.txt"]);
    assert_eq!((done.code, done.stderr.contains("nowhere.txt: No such file")), (2, true), "{}", done.stderr);
}

#[test]
fn a_folder_without_articles() {
    let place = Place::new();
    place.file("notes.doc", "x");
    let done = run(&["predict", str(&place.path(""))]);
    assert_eq!(
        (done.code, done.stderr.contains("is a folder without articles")),
        (2, true),
        "{}",
        done.stderr
    );
}

#[test]
fn an_empty_file() {
    train_refuses("rows.csv", "", "rows.csv: is empty");
    train_refuses("rows.csv", "text,target,stance\n", "rows.csv: holds no row");
    let place = Place::new();
    let done = run(&["predict", str(&place.file("a.txt", "\n"))]);
    assert_eq!((done.code, done.stderr.contains("a.txt: is empty")), (2, true), "{}", done.stderr);
}

#[test]
fn a_header_without_a_column_names_the_nearest() {
    let message = "rows.csv:1: the header has no column `stance`; the nearest is `stanse`";
    train_refuses("rows.csv", "text,target,stanse\nOslo won.,NOR,FAVOR\n", message);
}

#[test]
fn unusable_rows_are_named_and_the_rest_goes_on() {
    row_is_skipped("only one field", "rows.csv:14: found 1 fields, expected 5 as in the header");
    row_is_skipped("Oslo won.,NOR,FAVUOR,,", "rows.csv:14: column `stance`: found `FAVUOR`");
    row_is_skipped("Oslo won.,NOR,FAVUOR,,", "the nearest is FAVOR");
    row_is_skipped("Oslo won.,NOR,FAVOR,,GLOOMY", "rows.csv:14: column `sentiment`: found `GLOOMY`");
    row_is_skipped("Oslo won.,FRA,FAVOR,,", "rows.csv:14: target `FRA` (France) is not in the text");
    row_is_skipped("Oslo won.,NOR,FAVOR,FRA,", "rows.csv:14: holder `FRA` (France) is not in the text");
    row_is_skipped("Oslo\0won.,NOR,FAVOR,,", "rows.csv:14: column `text`: holds a NUL byte at byte 4");
}

#[test]
fn offsets_must_lie_in_the_text() {
    let rows = |from: &str, to: &str| {
        let row = format!(
            "{{\"text\":\"Né à Oslo.\",\"target\":\"NOR\",\"stance\":\"FAVOR\",\"target_start\":{from},\"target_end\":{to}}}\n"
        );
        row.repeat(2)
    };
    train_refuses(
        "rows.jsonl",
        rows("5", "99"),
        "rows.jsonl:2: column `target_start`: 5..99 leaves the text, which has 10 code points",
    );
    train_refuses("rows.jsonl", rows("7", "3"), "column `target_end`: 3 does not come after 7");
    train_refuses(
        "rows.jsonl",
        rows("\"x\"", "3"),
        "column `target_start`: found `x`, expected an offset in code points",
    );
}

#[test]
fn bytes_that_are_no_text() {
    train_refuses(
        "rows.csv",
        b"text,target,stance\nO\xff won.,NOR,FAVOR\n",
        "rows.csv:2: column `text`: is not UTF-8 at byte 1",
    );
    let place = Place::new();
    let done = run(&["predict", str(&place.file("a.txt", b"Oslo\nwon\xff."))]);
    assert_eq!(
        (done.code, done.stderr.contains("a.txt:2: is not UTF-8 at byte 8")),
        (2, true),
        "{}",
        done.stderr
    );
    let done = run(&["predict", str(&place.file("a.txt", b"Oslo\0won."))]);
    assert_eq!(
        (done.code, done.stderr.contains("a.txt:1: holds a NUL byte at byte 4")),
        (2, true),
        "{}",
        done.stderr
    );
}

#[test]
fn a_line_of_fifty_megabytes() {
    let place = Place::new();
    let mut bytes = b"{\"text\":\"".to_vec();
    bytes.resize(50_000_000, b'a');
    bytes.extend_from_slice(b"\"}\n{\"text\":\"Kenya praised Norway.\"}\n");
    let done = run(&["predict", str(&place.file("a.jsonl", &bytes)), "--format", "jsonl"]);
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("a.jsonl:1: is 50000003 bytes long, the longest row read is 32 MB"),
        "{}",
        done.stderr
    );
    assert!(done.stdout.contains("Kenya praised Norway."), "the row behind it is judged");
    let done = run(&["predict", str(&place.file("a.txt", vec![b'a'; 50_000_000]))]);
    assert_eq!(
        (done.code, done.stderr.contains("a.txt: is longer than 32 MB")),
        (2, true),
        "{}",
        done.stderr
    );
}

#[test]
fn one_class_or_no_dev_rows() {
    train_refuses("rows.csv", "text,target,stance\nOslo won.,NOR,FAVOR\nLima won.,PER,FAVOR\n", "FAVOR");
    let place = Place::new();
    let (data, dev) = (place.file("rows.csv", ROWS), place.file("dev.csv", "text,target,stance\n"));
    let model = place.path("out.model");
    let done = run(&["train", "--data", str(&data), "--dev", str(&dev), "-o", str(&model)]);
    assert_eq!((done.code, done.stderr.contains("dev.csv: holds no row")), (2, true), "{}", done.stderr);
    assert!(!model.exists());
}

#[test]
fn a_byte_order_mark_line_ends_and_line_breaks_in_fields_are_read() {
    let place = Place::new();
    let rows = format!("\u{feff}{}", ROWS.replace('\n', "\r\n").replace("the rice.", "\"\"rice\"\""));
    let rows = rows.replace("Manila thanked Moscow for \"\"rice\"\"", "\"Manila thanked\r\nMoscow\"");
    let (data, model) = (place.file("rows.csv", rows), place.path("out.model"));
    let done = run(&["train", "--folds", "0", "--l2", "1", "--data", str(&data), "-o", str(&model)]);
    assert_eq!(done.code, 0, "{}", done.stderr);
}

#[test]
fn damaged_models_are_refused_in_one_sentence() {
    let place = Place::new();
    let good = std::fs::read(place.model()).unwrap();
    let refused = |bytes: &[u8], message: &str| {
        let path = place.file("bad.model", bytes);
        let done = run(&["model", "show", str(&path)]);
        assert_eq!(done.code, 2);
        assert!(
            done.stderr.starts_with("geostance: ") && done.stderr.contains("bad.model"),
            "{}",
            done.stderr
        );
        assert!(done.stderr.contains(message) && done.stderr.trim().lines().count() == 1, "{}", done.stderr);
    };
    for part in [0, 1, 7, 8, 9, 100, good.len() / 2, good.len() - 1] {
        refused(&good[..part], "is no model of geostance");
    }
    for k in 0..40 {
        let at = k * (good.len() - 1) / 39;
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        refused(&bytes, "is ");
    }
    refused(b"not a model at all, but long enough to be read", "is no model of geostance");
    let newer = good.windows(12).position(|w| w == b"\"format\":\"1\"").unwrap();
    let mut bytes = good.clone();
    bytes[newer + 10] = b'7';
    refused(&bytes, "is of format 7, this program reads up to 1");
}

#[test]
fn outputs_that_cannot_be_written() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let below_a_file = place.path("rows.csv/out.model");
    let done = run(&["train", "--data", str(&data), "-o", str(&below_a_file)]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("out.model") && !done.stderr.contains("finding actors"), "{}", done.stderr);
    let done = run(&["predict", str(&data), "-o", str(&place.path(""))]);
    assert_eq!((done.code, done.stderr.contains("is a folder")), (2, true), "{}", done.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk() {
    let place = Place::new();
    let data = place.file("a.txt", "Kenya praised Norway.");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let done = command(&["predict", str(&data), "--format", "csv"]).stdout(full).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("No space left"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_during_training_leaves_nothing() {
    let place = Place::new();
    let mut rows = String::from("text,target,stance\n");
    for i in 0..12_000u32 {
        let words: Vec<String> =
            (0..30).map(|k| format!("w{}", i.wrapping_mul(2654435761) >> (k % 12) & 0x3ff)).collect();
        let stance = ["FAVOR", "AGAINST", "NEUTRAL"][(i % 3) as usize];
        rows.push_str(&format!("Oslo {},NOR,{stance}\n", words.join(" ")));
    }
    let (data, model) = (place.file("rows.csv", rows), place.path("out.model"));
    let mut child = command(&["train", "--data", str(&data), "-o", str(&model)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // the folds begin after this line
    let mut progress = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut stderr = String::new();
    while !stderr.ends_with("columns\n") && progress.read_line(&mut stderr).unwrap() > 0 {}
    std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    progress.read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{stderr}");
    assert!(stderr.contains("stopped before the end; nothing was written"), "{stderr}");
    assert!(!model.exists());
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 1);
}

#[test]
fn an_output_of_nothing_is_not_written() {
    let place = Place::new();
    let out = place.path("out.csv");
    for (name, bytes, message) in [
        ("a.txt", &b"Oslo\xff"[..], "a.txt:1: is not UTF-8"),
        (
            "a.jsonl",
            &b"{\"text\":\"Oslo\\u0000\"}\n{\"text\":1"[..],
            "a.jsonl:1: column `text`: holds a NUL byte",
        ),
        ("b.jsonl", &b"\n"[..], "b.jsonl: holds no text"),
    ] {
        let done = run(&["predict", str(&place.file(name, bytes)), "--format", "csv", "-o", str(&out)]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains(message), "{}", done.stderr);
        assert!(!out.exists());
    }
}

#[test]
fn a_row_is_named_by_its_file_and_threads_have_a_limit() {
    let place = Place::new();
    let rows = place.file("rows.csv", "text,target,document\nOslo won.,FRA,wire-1\n");
    let done = run(&["predict", str(&rows), "--format", "csv"]);
    assert_eq!((done.code, done.stderr.contains("rows.csv:2: target `FRA`")), (2, true), "{}", done.stderr);
    assert_eq!(run(&["predict", str(&rows), "--threads", "99999"]).code, 2);
}

#[test]
fn a_card_has_its_own_place() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let done = run(&["train", "--data", str(&data), "-o", str(&place.path("x.md"))]);
    assert_eq!((done.code, done.stderr.contains("may not end in .md")), (2, true), "{}", done.stderr);
    let done = run(&["train", "--data", str(&data), "-o", "-"]);
    assert_eq!(
        (done.code, done.stderr.contains("cannot go to standard output")),
        (2, true),
        "{}",
        done.stderr
    );
    std::fs::create_dir(place.path("y.md")).unwrap();
    let done = run(&["train", "--data", str(&data), "-o", str(&place.path("y.model"))]);
    assert_eq!((done.code, place.path("y.model").exists()), (2, false), "{}", done.stderr);
}

#[test]
fn blank_lines_and_line_breaks_in_fields_are_counted() {
    let place = Place::new();
    let rows = "\n\ntext,target,stance\n\n\"Oslo won\n\nthe cup.\",NOR,FAVOR\n\n\nOslo won.,NOR,FAVUOR\n\none field\n\n";
    for (ends, bytes) in [("LF", rows.to_owned()), ("CRLF", rows.replace('\n', "\r\n"))] {
        let done = run(&["data", "check", str(&place.file("rows.csv", &bytes))]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(
            done.stdout.contains("rows.csv:10: column `stance`: found `FAVUOR`"),
            "{ends}: {}",
            done.stdout
        );
        assert!(done.stdout.contains("rows.csv:12: found 1 fields"), "{ends}: {}", done.stdout);
        let done = run(&["predict", str(&place.file("head.csv", bytes.replace("text", "txet")))]);
        assert!(done.stderr.contains("head.csv:3: the header has no column `text`"), "{}", done.stderr);
    }
}

#[test]
fn a_quote_that_is_never_closed_swallows_no_rows() {
    let place = Place::new();
    let rows = "note,text,target,stance\na,Oslo won.,NOR,FAVOR\nb,\"Lima lost.,PER,AGAINST\nc,Oslo lost.,NOR,AGAINST\n";
    let done = run(&["data", "check", str(&place.file("rows.csv", rows))]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert_eq!(
        done.stdout,
        format!("{}:3: a quote that opens in this row is never closed\n", str(&place.path("rows.csv")))
    );
    let last = "target,stance,text\nNOR,FAVOR,Oslo won.\nPER,AGAINST,\"Lima lost.\nNOR,AGAINST,Oslo lost.";
    let done = run(&["predict", str(&place.file("last.csv", last)), "--format", "csv"]);
    assert!(done.stderr.contains("last.csv:3: a quote that opens"), "{}", done.stderr);
    assert_eq!((done.code, done.stdout.lines().count()), (2, 2), "{}", done.stdout);
    train_refuses(
        "rows.csv",
        "\"text,target,stance\nOslo won.,NOR,FAVOR\n",
        "rows.csv:1: a quote that opens",
    );
    let closed = "text,target,stance\n\"\"\n\"Oslo won.\n\",NOR,\"FAVOR\"";
    let done = run(&["data", "check", str(&place.file("closed.csv", closed))]);
    assert!(done.stdout.ends_with(":2: found 1 fields, expected 3 as in the header\n"), "{}", done.stdout);
}

#[test]
fn rows_of_which_none_names_its_target_are_counted_before_any_work() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let absent =
        "text,target,stance\nOslo won.,FRA,FAVOR\nLima lost.,GHA,AGAINST\nQuito slept.,PER,NONESUCH\n";
    let (absent, model) = (place.file("absent.csv", absent), place.path("out.model"));
    for args in [
        &["train", "--data", str(&data), "--dev", str(&absent), "-o", str(&model)][..],
        &["train", "--data", str(&absent), "-o", str(&model)],
        &["evaluate", "--data", str(&absent)],
    ] {
        let done = run(args);
        assert_eq!((done.code, model.exists()), (2, false), "{}", done.stderr);
        let last = done.stderr.lines().last().unwrap();
        assert!(last.contains("absent.csv: none of the 3 rows read"), "{last}");
        assert!(last.ends_with("2 of them name a target or holder that is not in their text"), "{last}");
        assert!(
            done.stderr.contains("absent.csv:3: target `GHA` (Ghana) is not in the text"),
            "{}",
            done.stderr
        );
        assert!(!done.stderr.contains("finding actors"), "{}", done.stderr);
    }
    let done = run(&["evaluate", "--data", str(&data), "--split", "dev"]);
    assert_eq!(
        (done.code, done.stderr.contains("rows.csv: holds no row of split dev")),
        (2, true),
        "{}",
        done.stderr
    );
}

#[test]
fn dev_rows_that_the_model_cannot_judge_do_not_cost_the_model() {
    let place = Place::new();
    let (data, model) = (place.file("rows.csv", ROWS), place.path("out.model"));
    let args =
        ["train", "--folds", "0", "--l2", "1", "--head", "tone", "--dev", str(&data), "--data", str(&data)];
    let done = run(&[&args[..], &["-o", str(&model)]].concat());
    assert_eq!((done.code, model.exists()), (2, true), "{}", done.stderr);
    assert!(done.stderr.contains("rows.csv:2: no head of stances was trained"), "{}", done.stderr);
}

#[test]
fn an_output_may_not_be_an_input() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let same = place.path("../").join(place.path("").file_name().unwrap()).join("rows.csv");
    for args in [
        &["predict", str(&data), "-o", str(&same)][..],
        &["predict", str(&place.path("")), "-o", str(&same)],
        &["train", "--data", str(&data), "-o", str(&same)],
        &["data", "convert", str(&data), "-o", str(&same)],
        &["data", "split", str(&data), "-o", str(&same)],
        &["actors", "find", str(&data), "-o", str(&same)],
    ] {
        let done = run(args);
        assert_eq!(done.code, 2, "{args:?} {}", done.stderr);
        assert!(
            done.stderr.ends_with("is read and cannot be written to by the same command\n"),
            "{}",
            done.stderr
        );
        assert_eq!(std::fs::read_to_string(&data).unwrap(), ROWS);
        assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_card_that_cannot_be_written_leaves_no_model() {
    let place = Place::new();
    let (data, model) = (place.file("rows.csv", ROWS), place.path("out.model"));
    std::os::unix::fs::symlink("/dev/full", place.path("out.md")).unwrap();
    let done = run(&["train", "--folds", "0", "--l2", "1", "--data", str(&data), "-o", str(&model)]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    let last = done.stderr.lines().last().unwrap();
    assert!(last.starts_with("geostance: ") && last.contains("out.md: No space left"), "{last}");
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 2, "something was left behind");
}

#[cfg(target_os = "linux")]
#[test]
fn links_are_followed_and_devices_written_to() {
    let place = Place::new();
    let (data, real, link) =
        (place.file("rows.csv", ROWS), place.file("real.csv", "old"), place.path("link.csv"));
    std::os::unix::fs::symlink(&real, &link).unwrap();
    assert_eq!(run(&["predict", str(&data), "-o", str(&link)]).code, 0);
    assert!(link.is_symlink() && std::fs::read_to_string(&real).unwrap().starts_with("document,"));
    let full = place.path("full");
    std::os::unix::fs::symlink("/dev/full", &full).unwrap();
    for verb in [&["predict"][..], &["data", "convert"], &["actors", "find"]] {
        let done = run(&[verb, &[str(&data), "-o", str(&full)]].concat());
        assert_eq!((done.code, done.stderr.contains("No space left")), (2, true), "{}", done.stderr);
    }
    let done = run(&["predict", str(&data), "-o", "/dev/stdout"]);
    assert!(done.code == 0 && done.stdout.starts_with("document,"), "{}", done.stderr);
    let (a, b) = (place.path("a"), place.path("b"));
    std::os::unix::fs::symlink(&a, &b).unwrap();
    std::os::unix::fs::symlink(&b, &a).unwrap();
    let done = run(&["predict", str(&a)]);
    assert_eq!((done.code, done.stderr.lines().count()), (2, 1), "{}", done.stderr);
}

#[test]
fn every_verb_names_a_missing_file_and_a_folder_in_one_sentence() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    for (name, message) in [("nowhere.csv", "nowhere.csv: No such file"), ("folder.csv", "folder.csv: ")] {
        let path = place.path(name);
        std::fs::create_dir_all(place.path("folder.csv")).unwrap();
        let (path, out) = (str(&path), place.path("out.model"));
        for args in [
            &["train", "--data", path, "-o", str(&out)][..],
            &["train", "--data", str(&data), "--dev", path, "-o", str(&out)],
            &["train", "--data", str(&data), "--from", path, "-o", str(&out)],
            &["evaluate", "--data", path],
            &["evaluate", "--data", str(&data), "--model", path],
            &["predict", path],
            &["predict", str(&data), "--model", path],
            &["explain", "Oslo won.", "--target", "NOR", "--gazetteer", path],
            &["model", "show", path],
            &["data", "check", path],
            &["data", "convert", path],
            &["data", "split", path],
            &["data", "stats", path],
            &["data", "agreement", path, "--columns", "stance,second"],
            &["actors", "find", path],
            &["actors", "list", "--gazetteer", path],
        ] {
            let done = run(args);
            assert_eq!((done.code, out.exists()), (2, false), "{args:?} {}", done.stderr);
            let last = done.stderr.lines().last().unwrap();
            assert!(last.starts_with("geostance: ") && last.contains(message), "{args:?} {}", done.stderr);
        }
    }
}

#[test]
fn offsets_inside_a_grapheme_are_offsets() {
    let place = Place::new();
    // a letter with an accent of its own, and an emoji of three code points
    let text = "e\u{301}lan of \u{1f469}\u{200d}\u{1f680} Oslo.";
    let row = |from: usize, to: usize| {
        format!("{{\"text\":\"{text}\",\"target\":\"it\",\"target_start\":{from},\"target_end\":{to}}}\n")
    };
    let n = text.chars().count();
    let all: Vec<String> = (0..n).flat_map(|from| (from + 1..=n).map(move |to| row(from, to))).collect();
    let rows = place.file("rows.jsonl", all.concat());
    let done = run(&["predict", str(&rows), "--format", "csv"]);
    assert!(done.code == 0 || done.code == 2, "{}", done.stderr);
    assert!(!done.stderr.contains("panicked"), "{}", done.stderr);
    let done = run(&["predict", str(&place.file("out.jsonl", row(0, n + 1)))]);
    let message = format!(
        "out.jsonl:1: column `target_start`: 0..{} leaves the text, which has {n} code points",
        n + 1
    );
    assert!(done.code == 2 && done.stderr.contains(&message), "{}", done.stderr);
}

#[test]
fn a_split_without_rows_is_named() {
    let rows = ROWS.replace("sentiment\n", "sentiment,split\n").replace("TIVE\n", "TIVE,dev\n");
    let rows = rows.replace("NEUTRAL\n", "NEUTRAL,dev\n");
    train_refuses("rows.csv", &rows, "rows.csv: holds no row to train on");
    train_refuses(
        "rows.csv",
        rows.replace(",dev\n", ",third\n"),
        "column `split`: found `third`, expected train, dev or test",
    );
    let place = Place::new();
    let done = run(&["evaluate", "--split", "test", "--data", str(&place.file("rows.csv", rows))]);
    assert!(
        done.code == 2 && done.stderr.contains("rows.csv: holds no row of split test"),
        "{}",
        done.stderr
    );
}

#[test]
fn no_verb_writes_below_a_file_or_leaves_anything_there() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let below = place.path("rows.csv/out.csv");
    for verb in [&["predict"][..], &["data", "convert"], &["data", "split"], &["actors", "find"]] {
        let done = run(&[verb, &[str(&data), "-o", str(&below)]].concat());
        assert_eq!((done.code, done.stderr.lines().count()), (2, 1), "{}", done.stderr);
        assert!(done.stderr.contains("rows.csv/out.csv: Not a directory"), "{}", done.stderr);
    }
    assert_eq!(std::fs::read_dir(place.path("")).unwrap().count(), 1);
}
