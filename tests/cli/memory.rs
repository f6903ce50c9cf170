//! Training in bounded memory: `train --memory`.

use std::path::Path;

use super::{Done, Place, ROWS, run, str};

fn train(place: &Place, data: &Path, name: &str, more: &[&str]) -> (Done, Vec<u8>) {
    let model = place.path(name);
    let mut args = vec!["train", "--data", str(data), "-o", str(&model)];
    args.extend(more);
    let done = run(&args);
    let bytes = std::fs::read(&model).unwrap_or_default();
    (done, bytes)
}

/// Every fifth row of the corpus, from one on.
fn some_rows(first: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/stance.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(reader.headers().unwrap()).unwrap();
    for row in reader.records().skip(first).step_by(5) {
        out.write_record(&row.unwrap()).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

#[test]
fn bounded_memory_finds_what_training_without_bounds_finds() {
    let place = Place::new();
    let data = place.file("rows.csv", some_rows(0));
    let (whole, _) = train(&place, &data, "whole.model", &["--l2", "2"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let (one, bytes) =
        train(&place, &data, "one.model", &["--l2", "2", "--memory", "256M", "--threads", "1"]);
    assert_eq!(one.code, 0, "{}", one.stderr);
    let (_, again) = train(&place, &data, "two.model", &["--l2", "2", "--memory", "0.25G"]);
    assert!(again.is_empty(), "a size has no point");
    let (_, again) = train(&place, &data, "two.model", &["--l2", "2", "--memory", "256m", "--threads", "3"]);
    assert!(bytes == again, "the same whatever the number of threads");

    // the same rows in columns, of which no thread holds more than a part
    let parquet = place.path("rows.parquet");
    assert_eq!(run(&["data", "convert", str(&data), "-o", str(&parquet)]).code, 0);
    let (done, _) = train(&place, &parquet, "columns.model", &["--l2", "2", "--memory", "256M"]);
    assert_eq!(done.code, 0, "{}", done.stderr);

    let others = place.file("others.csv", some_rows(1));
    let predicted = |model: &str| {
        let done = run(&["predict", str(&others), "--model", str(&place.path(model)), "--format", "csv"]);
        let mut rows = csv::Reader::from_reader(done.stdout.as_bytes());
        // the input's own columns stand first, and it has a stance too
        let header = rows.headers().unwrap().clone();
        let at = |name: &str| (0..header.len()).rfind(|&i| &header[i] == name).unwrap();
        let (stance, favor) = (at("stance"), at("p_favor"));
        let row = |r: csv::StringRecord| (r[stance].to_owned(), r[favor].parse::<f64>().unwrap());
        rows.records().map(|r| row(r.unwrap())).collect::<Vec<_>>()
    };
    let (whole, one, columns) =
        (predicted("whole.model"), predicted("one.model"), predicted("columns.model"));
    assert_eq!(one, columns);
    let same = whole.iter().zip(&one).filter(|(a, b)| a.0 == b.0).count();
    assert!(same * 100 > whole.len() * 90, "{same} of {}", whole.len());
    let apart: f64 = whole.iter().zip(&one).map(|(a, b)| (a.1 - b.1).abs()).sum();
    assert!(apart / (whole.len() as f64) < 0.04, "{}", apart / whole.len() as f64);
}

#[test]
fn rows_that_cannot_be_used_are_named_once() {
    let place = Place::new();
    let data = place.file("rows.csv", format!("{ROWS}Nobody is here.,RUS,FAVOR,,\nManila is.,PHL,LOVE,,\n"));
    let (done, bytes) =
        train(&place, &data, "a.model", &["--memory", "300M", "--min-rows", "1", "--passes", "3"]);
    assert_eq!(done.code, 2, "{}", done.stderr);
    assert!(!bytes.is_empty());
    assert_eq!(done.stderr.matches("target `RUS` (Russia) is not in the text").count(), 1, "{}", done.stderr);
    assert_eq!(done.stderr.matches("found `LOVE`").count(), 1, "{}", done.stderr);
    assert!(done.stderr.contains("rows.csv:14"), "{}", done.stderr);
    let card = std::fs::read_to_string(place.path("a.md")).unwrap();
    assert!(card.contains("3 passes"), "{card}");

    // few rows move a model little, and heads without rows stay
    let first = place.path("a.model");
    let new = place
        .file("new.csv", "text,target,stance\nPraise for Chile.,CHL,FAVOR\nShame on Peru.,PER,AGAINST\n");
    let more = ["--memory", "300M", "--folds", "0", "--from", str(&first)];
    let (done, _) = train(&place, &new, "b.model", &more);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let shown = run(&["model", "show", str(&place.path("b.model"))]);
    assert!(shown.stdout.contains("directed") && shown.stdout.contains("new.csv"), "{}", shown.stdout);
}

#[test]
fn what_cannot_be_done_in_bounded_memory_is_said() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let (done, bytes) = train(&place, &data, "a.model", &["--memory", "10M"]);
    assert!(done.stderr.contains("of at least 256M"), "{}", done.stderr);
    assert!(done.code == 2 && bytes.is_empty());
    let (done, _) = train(&place, &data, "a.model", &["--memory", "300M", "--vectors", "x.txt"]);
    assert!(done.stderr.contains("cannot be used with"), "{}", done.stderr);
    let (done, _) = train(&place, &data, "a.model", &["--passes", "3"]);
    assert!(done.stderr.contains("--memory"), "{}", done.stderr);
    let (done, _) = train(&place, Path::new("/dev/null"), "a.model", &["--memory", "300M"]);
    assert!(done.code == 2 && done.stderr.contains("cannot be read twice"), "{}", done.stderr);
    let none = place.file("none.csv", "text,target,stance\nNobody is here.,RUS,FAVOR\n");
    let (done, _) = train(&place, &none, "a.model", &["--memory", "300M"]);
    assert!(done.code == 2 && done.stderr.contains("no row can be used for training"), "{}", done.stderr);
}
