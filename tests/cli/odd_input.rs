//! Odd input: read where its meaning is plain, else refused as bad input is.

use crate::{Done, Place, ROWS, command, run, str};
use std::io::Write;
use std::process::Stdio;

/// Runs with `bytes` on standard input.
fn feed(args: &[&str], bytes: &str) -> Done {
    let mut command = command(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    // in two pieces: what is told by the beginning may not depend on how it comes
    let (first, rest) = bytes.split_at(2.min(bytes.len()));
    input.write_all(first.as_bytes()).unwrap();
    input.flush().unwrap();
    input.write_all(rest.as_bytes()).unwrap();
    drop(input);
    child.wait_with_output().unwrap().into()
}

#[test]
fn labelled_rows_are_read_from_standard_input_by_their_shape() {
    let place = Place::new();
    let tsv = "text\ttarget\tstance\nKenya praised Norway.\tNOR\tFAVOR\n";
    let jsonl = "{\"text\":\"Kenya praised Norway.\",\"target\":\"NOR\",\"stance\":\"FAVOR\"}\n";
    let dse = "[Kenya] praised [Norway].\tKenya\tNorway\t1\n";
    for (bytes, n) in [(ROWS, 12), (tsv, 1), (jsonl, 1), (dse, 2)] {
        let done = feed(&["data", "check", "-"], bytes);
        assert!(done.stderr.contains(&format!("{n} rows read; 0 cannot be used")), "{}", done.stderr);
        let done = feed(&["data", "convert", "-", "-o", "-"], bytes);
        assert_eq!((done.code, done.stdout.lines().count()), (0, n + 1), "{}", done.stderr);
    }
    let model = place.path("out.model");
    let done = feed(&["train", "--folds", "0", "--l2", "1", "--data", "-", "-o", str(&model)], ROWS);
    assert!(done.code == 0 && model.exists(), "{}", done.stderr);
    let done = feed(&["evaluate", "--data", "-"], ROWS);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for (format, bytes) in [("csv", ROWS), ("tsv", tsv), ("jsonl", jsonl), ("txt", "Kenya praised Norway.")] {
        for verb in [&["predict"][..], &["actors", "find"]] {
            let done = feed(&[verb, &["-", "--input-format", format, "-o", "-"]].concat(), bytes);
            assert!(done.code == 0 && done.stdout.contains("NOR"), "{}", done.stderr);
        }
    }
    let done = feed(&["explain", "-", "--target", "NOR"], "Kenya\0praised Norway.");
    assert!(done.code == 2 && done.stderr.contains("-:1: holds a NUL byte at byte 5"), "{}", done.stderr);
}

#[test]
fn json_that_is_no_row_is_named_with_its_byte() {
    let place = Place::new();
    let deep = format!("{{\"text\":{}", "[".repeat(100_000));
    let lines = [
        (deep.as_str(), "is no JSON object: recursion limit exceeded at byte 135 of the line"),
        ("{\"text\":\"a\",\"n\":1e999}", "is no JSON object: number out of range at byte 21 of the line"),
        ("[\"text\"]", "is no JSON object: invalid type: sequence, expected an object"),
        ("{\"text\":\"a\",\"text\":\"b\"}", "column `text` stands twice"),
        ("{\"text\":null}", "column `text`: is empty or missing"),
        ("{\"text\":\"\\ud800\"}", "is no JSON object: "),
        (
            "{\"text\":\"Oslo won.\",\"target_start\":99999999999999999999,\"target_end\":3}",
            "expected an offset",
        ),
        ("{\"text\":\"Oslo won.\",\"target_start\":-1,\"target_end\":3}", "found `-1`, expected an offset"),
    ];
    let rows: Vec<&str> =
        lines.iter().map(|(line, _)| *line).chain(["{\"text\":\"Oslo thanked Lima.\"}"]).collect();
    let done = run(&["predict", str(&place.file("rows.jsonl", rows.join("\n")))]);
    assert_eq!(done.code, 2);
    for (i, ((_, message), said)) in lines.iter().zip(done.stderr.lines()).enumerate() {
        assert!(
            said.contains(&format!("rows.jsonl:{}: ", i + 1)) && said.contains(message),
            "{message}: {said}"
        );
    }
    assert!(done.stdout.contains("Oslo thanked Lima."), "{}", done.stderr);
}

#[test]
fn columns_without_a_name_are_passed_over() {
    let place = Place::new();
    let rows = place.file("rows.csv", "text,target,stance,,\nKenya praised Norway.,NOR,FAVOR,x,\n");
    for args in [&["predict", str(&rows)][..], &["data", "convert", str(&rows)]] {
        let done = run(args);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(!done.stdout.lines().next().unwrap().ends_with(','), "{}", done.stdout);
    }
    let twice = place.file("twice.csv", "text,text,target\nOslo won.,Lima lost.,NOR\n");
    let done = run(&["predict", str(&twice)]);
    assert!(
        done.stderr.contains("twice.csv:1: column `text`: stands twice in the header"),
        "{}",
        done.stderr
    );
}

#[test]
fn labels_are_not_read_where_rows_are_only_judged() {
    let place = Place::new();
    let rows = "text,target,stance,sentiment,split\nKenya praised Norway.,NOR,sure,glum,fold 3\n";
    let done = run(&["predict", str(&place.file("rows.csv", rows))]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stdout.ends_with(",sure,glum,fold 3\n"), "{}", done.stdout);
}

#[test]
fn what_a_message_shows_is_short_and_plain() {
    let place = Place::new();
    let long = "N".repeat(200_000);
    for row in [
        format!("Oslo won.,{long},FAVOR"),
        format!("Oslo won.,NOR,{long}"),
        "Oslo won.,\"\u{1b}[31mred\nname\",FAVOR".to_owned(),
    ] {
        let rows = place.file("rows.csv", format!("text,target,stance\n{row}\n"));
        let done = run(&["data", "check", str(&rows)]);
        assert_eq!((done.code, done.stdout.lines().count()), (2, 1), "{}", done.stderr);
        assert!(done.stdout.len() < 400 && !done.stdout.contains('\u{1b}'), "{}", done.stdout);
    }
    let done = run(&["actors", "show", &long[..100_000]]);
    assert!(done.code == 2 && done.stderr.len() < 400, "{}", done.stderr);
    let article = place.file("a.txt", "Kenya\u{1b}[31m praised \u{7}Norway.");
    let table = run(&["predict", str(&article), "--format", "table"]).stdout;
    assert!(table.contains("praised") && !table.contains('\u{1b}'), "{table}");
}

#[test]
fn an_output_without_rows_is_not_written_by_data() {
    let place = Place::new();
    let (rows, out) =
        (place.file("rows.csv", "text,target,stance\nOslo won.,NOR,maybe\n"), place.path("out.csv"));
    for verb in ["convert", "split"] {
        let done = run(&["data", verb, str(&rows), "-o", str(&out)]);
        assert_eq!((done.code, out.exists()), (2, false), "{}", done.stderr);
        assert!(done.stderr.contains("rows.csv: none of the 1 rows read can be used"), "{}", done.stderr);
    }
}

#[test]
fn lines_that_end_in_cr_alone_are_counted() {
    let place = Place::new();
    let rows = place.file("rows.csv", "text,target,stance\rOslo won.,NOR,FAVOR\r\rOslo won.,FRA,FAVOR\r");
    let done = run(&["data", "check", str(&rows)]);
    assert!(done.stdout.contains("rows.csv:4: target `FRA`"), "{}", done.stdout);
    let actors =
        place.file("actors.csv", "id,name,kind\r\n\r\n\r\nAAA,\"A\r\nland\",state\r\n\r\nBBB,Bland,stat\r\n");
    let done = run(&["actors", "check", str(&actors)]);
    assert!(done.stdout.contains("actors.csv:7: column `kind`"), "{}", done.stdout);
}

#[test]
fn counts_in_json_are_whole_numbers() {
    let place = Place::new();
    let article = place.file("a.txt", "Kenya praised Norway.");
    let done = run(&["predict", str(&article), "--by", "target", "--format", "jsonl"]);
    assert!(done.stdout.contains("\"n\":1,\"n_favor\":"), "{}", done.stdout);
}

#[test]
fn a_text_in_another_language_is_warned_of_by_name() {
    let place = Place::new();
    let text = "Le président du Kenya a déclaré que son pays ne reconnaîtrait jamais la décision de la cour.";
    let french = place.file("discours.txt", text);
    let english =
        place.file("speech.txt", "The president of Kenya said that his country would never accept it.");
    let done = run(&["predict", str(&french), str(&english), "--format", "csv"]);
    assert_eq!(done.code, 0);
    assert_eq!(done.stderr.matches("warning").count(), 1, "{}", done.stderr);
    assert!(done.stderr.contains("discours.txt: this text is in French"), "{}", done.stderr);
}

#[test]
fn an_article_of_one_huge_paragraph_is_read_in_time() {
    let place = Place::new();
    let text =
        "Kenya thanked Japan for the bridge, and nobody in the hall had anything to add. ".repeat(250_000);
    let huge = place.file("huge.txt", &text);
    let done = run(&["predict", str(&huge), "--by", "document", "--format", "csv"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert_eq!(done.stdout.lines().filter(|line| line.contains(",KEN,JPN,")).count(), 1, "{}", done.stdout);
}

#[test]
fn an_article_without_actors_gives_an_empty_table_and_a_hint() {
    let place = Place::new();
    let plain = place.file("plain.txt", "Nobody came to the village fair, and the band went home at nine.");
    let done = run(&["predict", str(&plain), "--format", "csv"]);
    assert_eq!((done.code, done.stdout.lines().count()), (0, 1));
    assert!(done.stderr.contains("no actor was found"), "{}", done.stderr);
}
