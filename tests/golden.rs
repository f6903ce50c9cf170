//! Whole outputs of the command, as a user sees them, kept in `tests/snapshots/`.
//!
//! The model is trained here, on the rows of `tests/fixtures/`, so that a new default model changes nothing. Numbers
//! are rounded to three decimals, as the last ones differ between machines. After a wanted change of an output:
//!
//! ```sh
//! INSTA_UPDATE=always cargo test --test golden
//! ```
//!
//! and the difference of the snapshots is read line by line before it is committed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Runs the command among the fixtures, so that paths in its output are those of no machine.
fn run(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_geostance"));
    let done = command.args(args).current_dir(fixtures()).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (done.status.code().unwrap(), text(done.stdout), text(done.stderr))
}

/// A model trained on the fixtures.
fn model() -> &'static str {
    static MODEL: OnceLock<(TempDir, String)> = OnceLock::new();
    let trained = MODEL.get_or_init(|| {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("small.model").to_str().unwrap().to_owned();
        let fixed = ["--folds", "0", "--l2", "2", "--min-rows", "1"];
        let files = ["train", "--data", "rows.csv", "--gazetteer", "gazetteer.csv", "-o", &path];
        let (code, _, stderr) = run(&[&files[..], &fixed].concat());
        assert_eq!(code, 0, "{stderr}");
        (place, path)
    });
    &trained.1
}

/// Writes numbers of more than three decimals with three.
fn rounded(text: &str) -> String {
    let in_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(in_number) {
        let (before, number) = rest.split_at(at);
        let (number, after) = number.split_at(number.find(|c| !in_number(c)).unwrap_or(number.len()));
        out += before;
        let decimals = number.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        match number.parse::<f64>() {
            Ok(value) if decimals > 3 => out += &format!("{value:.3}"),
            _ => out += number,
        }
        rest = after;
    }
    out + rest
}

/// Compares exit status, standard output and, where there is any, standard error with the snapshot.
#[track_caller]
fn golden(name: &str, args: &[&str], with_model: bool) {
    let more = if with_model { &["--model", model()][..] } else { &[] };
    let all = [args, &["--gazetteer", "gazetteer.csv"], more].concat();
    let (code, stdout, stderr) = run(&all);
    let mut output = format!("$ geostance {}\n{}", args.join(" "), rounded(&stdout));
    if !stderr.is_empty() {
        output += &format!("\nstandard error:\n{}", rounded(&stderr.replace(model(), "small.model")));
    }
    output += &format!("\nexit status: {code}\n");
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, output));
}

#[test]
fn predict_csv() {
    golden("predict_csv", &["predict", "articles", "--format", "csv"], true);
}

#[test]
fn predict_table() {
    golden("predict_table", &["predict", "articles", "--format", "table"], true);
}

#[test]
fn predict_by_document() {
    golden("predict_by_document", &["predict", "articles", "--by", "document", "--format", "csv"], true);
}

#[test]
fn predict_of_rows_that_name_their_target() {
    golden("predict_rows", &["predict", "rows.csv", "--format", "jsonl"], true);
}

#[test]
fn evaluate() {
    golden("evaluate", &["evaluate", "--data", "rows.csv", "--split", "test"], true);
}

#[test]
fn explain() {
    let text = "Manila did not condemn Moscow, a generous friend.";
    golden("explain", &["explain", text, "--holder", "PHL", "--target", "RUS"], true);
}

#[test]
fn actors_find() {
    golden("actors_find", &["actors", "find", "articles"], false);
}

#[test]
fn data_check() {
    golden("data_check", &["data", "check", "faulty.csv"], false);
    golden("data_check_sound", &["data", "check", "rows.csv"], false);
}

#[test]
fn the_fixtures_are_of_the_size_they_say() {
    let count = |name: &str| csv::Reader::from_path(fixtures().join(name)).unwrap().records().count();
    assert_eq!((count("gazetteer.csv"), count("rows.csv")), (12, 30));
    assert_eq!(fixtures().join("articles").read_dir().unwrap().count(), 5);
}

#[test]
fn numbers_are_rounded_and_nothing_else() {
    assert_eq!(rounded("0.12349 -0.5 1.2.34567 v2 x.12345,3.14159"), "0.123 -0.5 1.2.34567 v2 x0.123,3.142");
}
