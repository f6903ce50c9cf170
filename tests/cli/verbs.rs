//! Each verb does what its help says.

use crate::{Place, ROWS, command, run, str};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::path::Path;
use std::process::Stdio;

const HEADER: &str = "document,date,source,sentence,start,end,holder,target,holder_mention,target_mention,stance,\
                      confidence,p_favor,p_neutral,p_against,sentiment,text";

#[test]
fn predict_writes_the_columns_of_the_contract() {
    let place = Place::new();
    let article = place.file("a.txt", "Thanks\n\nKenya praised Norway. Nobody else spoke.\n");
    let csv = run(&["predict", str(&article), "--format", "csv"]);
    assert_eq!(csv.code, 0, "{}", csv.stderr);
    assert_eq!(csv.stdout.lines().next(), Some(HEADER));
    assert!(csv.stdout.lines().skip(1).all(|line| line.contains(",1,8,29,")), "{}", csv.stdout);
    let jsonl = run(&["predict", str(&article), "--format", "jsonl"]);
    let rows: Vec<Value> = jsonl.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), csv.stdout.lines().count() - 1);
    for row in &rows {
        let p = |name: &str| row[name].as_f64().unwrap();
        assert!((p("p_favor") + p("p_neutral") + p("p_against") - 1.0).abs() < 2e-4);
    }
    let praise = rows.iter().find(|r| r["holder"] == "KEN" && r["target"] == "NOR").unwrap();
    assert_eq!((&praise["stance"], &praise["holder_mention"]), (&"FAVOR".into(), &"Kenya".into()));
}

#[test]
fn a_row_with_a_target_gives_one_row_with_its_columns() {
    let place = Place::new();
    let rows = place.file("rows.csv", format!("note,{}", ROWS.replace('\n', "\nx,").trim_end_matches("x,")));
    let done = run(&["predict", str(&rows), "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), ROWS.lines().count());
    assert!(lines[0].starts_with(HEADER) && lines[0].contains("note") && lines[0].contains("input_stance"));
    assert!(lines[1].contains("Manila thanked Moscow") && lines[2].contains("Oslo scolded Lima"));
}

#[test]
fn filters_and_sums() {
    let place = Place::new();
    let rows =
        "text,document,date\nKenya praised Norway.,d1,2020-01-30\nKenya thanked Norway.,d2,2020-02-02\n";
    let rows = place.file("rows.csv", rows);
    let lines = |args: &[&str]| {
        let done = run(&[&["predict", str(&rows), "--format", "csv"], args].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.stdout.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(lines(&["--opinionated"]).iter().skip(1).all(|line| !line.contains(",NEUTRAL,0.")));
    assert_eq!(lines(&["--min-confidence", "1"]).len(), 1);
    let months = lines(&["--by", "month"]);
    assert_eq!(months[0], "month,holder,target,n,n_favor,n_neutral,n_against,score,low,high,sentence");
    assert!(months.iter().any(|line| line.starts_with("2020-01,KEN,NOR,1,")));
    assert!(lines(&["--by", "target"]).iter().any(|line| line.starts_with("NOR,")));
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let place = Place::new();
    let rows = place.file("rows.csv", format!("text\n{}", "Kenya praised Norway.\n".repeat(20_000)));
    let many = place.file("many.csv", many_documents());
    let predict = |file, more: &[&str]| {
        closed_pipe(&[&["predict", file, "--format"], more].concat());
    };
    predict(str(&rows), &["csv"]);
    predict(str(&many), &["csv", "--by", "document"]);
    predict(str(&many), &["jsonl", "--by", "document"]);
    predict(str(&many), &["table", "--by", "document"]);
    let labels = concat!(env!("CARGO_MANIFEST_DIR"), "/data/stance.csv");
    closed_pipe(&["evaluate", "--data", labels, "--json", "--top", "1000"]);
}

/// Rows of which each is a document of its own.
fn many_documents() -> String {
    let row = |i| format!("d{i},Kenya praised Norway in speech {i}.\n");
    format!("document,text\n{}", (0..5_000).map(row).collect::<String>())
}

/// Runs with a reader that goes away after a few bytes.
fn closed_pipe(args: &[&str]) {
    let mut child = command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let done = child.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{args:?} {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn nothing_is_coloured_in_a_pipe() {
    let place = Place::new();
    let article = place.file("a.txt", "Kenya praised Norway.");
    for args in
        [&["predict", str(&article), "--format", "table"][..], &["explain", str(&article), "--target", "NOR"]]
    {
        let done = run(args);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(
            !done.stdout.contains('\x1b') && done.stdout.lines().all(|l| l.chars().count() <= 80),
            "{}",
            done.stdout
        );
    }
}

#[test]
fn training_is_the_same_on_any_number_of_threads() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let train = |threads: &str, name: &str| {
        let model = place.path(name);
        let done =
            run(&["train", "--folds", "3", "--threads", threads, "--data", str(&data), "-o", str(&model)]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        std::fs::read(model).unwrap()
    };
    assert!(train("1", "one.model") == train("2", "two.model"));
    let card = std::fs::read_to_string(place.path("one.md")).unwrap();
    assert!(card.contains("# Model card") && card.contains("rows.csv"));
    let predict =
        |threads: &str| run(&["predict", str(&data), "--threads", threads, "--format", "csv"]).stdout;
    assert_eq!(predict("1"), predict("2"));
}

#[test]
fn evaluate_says_all_in_json_and_can_say_no() {
    let place = Place::new();
    let (model, data) = (place.model(), place.path("rows.csv"));
    let args = ["evaluate", "--model", str(&model), "--data", str(&data)];
    let done = run(&[&args[..], &["--json", "--compare", str(&model)]].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let all: Value = serde_json::from_str(&done.stdout).unwrap();
    for score in ["macro_f1", "favor_against_f1", "accuracy"] {
        let score = &all["evaluation"][score];
        assert!(
            score["low"].as_f64() <= score["value"].as_f64()
                && score["value"].as_f64() <= score["high"].as_f64()
        );
    }
    assert_eq!(all["comparison"]["difference"]["value"], 0.0);
    assert!(all["evaluation"]["lexicon"]["macro_f1"]["value"].is_number());
    assert_eq!(run(&[&args[..], &["--min-macro-f1", "1.01"]].concat()).code, 1);
    assert_eq!(run(&[&args[..], &["--min-macro-f1", "0"]].concat()).code, 0);
}

#[test]
fn contributions_sum_to_the_score() {
    let done = run(&[
        "explain",
        "Kenya did not praise Norway's judges.",
        "--target",
        "NOR",
        "--holder",
        "KEN",
        "--json",
    ]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let all: Value = serde_json::from_str(&done.stdout).unwrap();
    let e = &all["explanation"];
    for k in 0..3 {
        let words: f64 =
            e["words"].as_array().unwrap().iter().map(|w| w["contribution"][k].as_f64().unwrap()).sum();
        let score = e["scores"][k].as_f64().unwrap();
        assert!((e["intercepts"][k].as_f64().unwrap() + words - score).abs() < 1e-6);
    }
    let done = run(&["explain", "Kenya praised Norway.", "--target", "FRA"]);
    assert_eq!((done.code, done.stderr.contains("target `FRA` (France) is not in the text")), (2, true));
}

#[test]
fn data_is_checked_converted_split_and_compared() {
    let place = Place::new();
    let good = place.file("rows.csv", ROWS);
    assert_eq!(run(&["data", "check", str(&good)]).code, 0);
    let split = run(&["data", "split", str(&good), "--dev", "0.25", "--test", "0.25"]);
    assert_eq!(split.code, 0, "{}", split.stderr);
    let halves = place.file("split.csv", split.stdout.as_bytes());
    assert_eq!(run(&["data", "check", str(&halves)]).code, 0);
    let leaky = ROWS.replace("sentiment\n", "sentiment,split\n").replace("TIVE\n", "TIVE,train\n");
    let leaky = leaky.replace("NEUTRAL\n", "NEUTRAL,train\n")
        + "Manila thanked Moscow for the rice.,RUS,FAVOR,PHL,POSITIVE,test\n";
    let found = run(&["data", "check", str(&place.file("leaky.csv", leaky))]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    assert!(
        found.stdout.contains("leaky.csv:14: is in test, but the same text in train"),
        "{}",
        found.stdout
    );
    let jsonl = run(&["data", "convert", str(&good), "--format", "jsonl"]);
    assert_eq!(jsonl.stdout.lines().count(), 12);
    let stats: Value = serde_json::from_str(&run(&["data", "stats", str(&good), "--json"]).stdout).unwrap();
    assert_eq!((&stats["rows"], &stats["texts"]), (&12.into(), &12.into()));
    let labels = "text,target,stance,second\nOslo won.,NOR,FAVOR,pro\nOslo lost.,NOR,AGAINST,NEUTRAL\n";
    let agreement = run(&[
        "data",
        "agreement",
        str(&place.file("l.csv", labels)),
        "--columns",
        "stance,second",
        "--json",
    ]);
    let agreement: Value = serde_json::from_str(&agreement.stdout).unwrap();
    assert_eq!((&agreement[0]["rows"], &agreement[0]["agree"]), (&2.into(), &0.5.into()));
}

#[test]
fn actors_are_found_listed_and_shown() {
    let place = Place::new();
    let article = place.file("a.txt", "Né à Malacañang: Vladamir Putin wrote to us, the US and the ICC.");
    let done = run(&["actors", "find", str(&article), "--format", "jsonl"]);
    let found: Vec<Value> = done.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let actors: Vec<&str> = found.iter().map(|m| m["actor"].as_str().unwrap()).collect();
    assert_eq!(actors, ["PHL", "RUS", "USA", "ICC"]);
    assert_eq!(
        (&found[0]["start"], &found[0]["end"], &found[0]["kind"]),
        (&5.into(), &15.into(), &"metonym".into())
    );
    assert_eq!(found[1]["mention"], "Vladamir Putin");
    assert!(run(&["actors", "list", "--kind", "bloc"]).stdout.lines().any(|line| line.starts_with("EU,")));
    assert!(run(&["actors", "show", "RUS"]).stdout.starts_with("RUS  Russia  state"));
    let unknown = run(&["actors", "show", "RUX"]);
    assert_eq!((unknown.code, unknown.stderr.contains("did you mean")), (2, true));
    assert_eq!(run(&["actors", "check"]).code, 0);
}

#[test]
fn completions_and_man_pages_are_written() {
    assert!(run(&["completions", "bash"]).stdout.contains("geostance"));
    assert!(run(&["man"]).stdout.contains(".TH"));
    assert!(run(&["model", "show"]).stdout.contains("# Model card"));
}

/// Names of the columns of each row of JSONL, as they stand.
fn keys(jsonl: &str) -> Vec<Vec<String>> {
    let keys = |line: &str| -> Vec<String> {
        let row: serde_json::Map<String, Value> = serde_json::from_str(line).unwrap();
        row.into_iter().map(|(name, _)| name).collect()
    };
    jsonl.lines().map(keys).collect()
}

#[test]
fn json_lines_have_their_columns_in_the_order_of_csv() {
    let place = Place::new();
    let rows = "zone,text,target,area\nwest,Kenya praised Norway.,NOR,dry\neast,Oslo scolded Lima.,PER,wet\n";
    let rows = place.file("rows.csv", rows);
    let lines = "{\"zone\":\"west\",\"target\":\"NOR\",\"stance\":\"FAVOR\",\"area\":1,\"text\":\"Kenya praised Norway.\"}\n";
    let lines = place.file("rows.jsonl", lines);
    for args in [
        &["predict", str(&rows)][..],
        &["predict", str(&rows), "--by", "document"],
        &["data", "convert", str(&lines)],
        &["actors", "find", str(&rows)],
        &["actors", "list", "--kind", "bloc"],
    ] {
        let written = |format| run(&[args, &["--format", format]].concat()).stdout;
        let (csv, jsonl) = (written("csv"), written("jsonl"));
        let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        assert!(!jsonl.is_empty(), "{args:?}");
        for row in keys(&jsonl) {
            // empty columns of labelled rows are left out
            let there: Vec<&str> =
                header.iter().copied().filter(|name| row.iter().any(|k| k == name)).collect();
            assert_eq!(row, there, "{args:?}");
        }
    }
}

#[test]
fn the_ending_of_the_output_decides_where_no_format_is_given() {
    let place = Place::new();
    let rows = place.file("rows.csv", ROWS);
    for verb in [&["predict"][..], &["data", "convert"], &["data", "split"], &["actors", "find"]] {
        for (name, extra, is_json) in [
            ("out.jsonl", &[][..], true),
            ("out.NDJSON", &[], true),
            ("out.csv", &[], false),
            ("out.dat", &[], false),
            ("out.jsonl", &["--format", "csv"], false),
            ("out.csv", &["--format", "jsonl"], true),
        ] {
            let out = place.path(name);
            let done = run(&[verb, &[str(&rows), "-o", str(&out)], extra].concat());
            assert_eq!(done.code, 0, "{}", done.stderr);
            let written = std::fs::read_to_string(out).unwrap();
            assert_eq!(written.starts_with('{'), is_json, "{verb:?} {name} {extra:?}");
        }
    }
}

#[test]
fn actors_are_found_in_rows_of_standard_input_as_they_come() {
    let mut child = command(&["actors", "find", "-", "--input-format", "jsonl", "--format", "jsonl"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    // more than any buffer on the way holds, and no end of input yet
    let row = "{\"text\":\"Kenya praised Norway.\",\"id\":\"k\"}\n";
    let writer = std::thread::spawn(move || {
        for _ in 0..20_000 {
            input.write_all(row.as_bytes()).unwrap();
        }
        input
    });
    let mut first = vec![0; 71];
    output.read_exact(&mut first).unwrap();
    let mention = "{\"document\":\"k\",\"start\":0,\"end\":5,\"mention\":\"Kenya\",\"actor\":\"KEN\",\"kind\":\"name\"}\n";
    assert!(mention.as_bytes().starts_with(&first), "{}", String::from_utf8_lossy(&first));
    let reader = std::thread::spawn(move || std::io::read_to_string(output).unwrap());
    drop(writer.join().unwrap());
    assert!(child.wait().unwrap().success());
    assert_eq!(reader.join().unwrap().lines().count(), 40_000);
}

#[test]
fn a_renamed_column_comes_out_once() {
    let place = Place::new();
    let rows = "headline,nr,text,who,gold,stance\n\
        Kenya praised Norway.,7,see below,NOR,FAVOR,sure\nOslo scolded Lima.,8,none,PER,AGAINST,unsure\n";
    let rows = place.file("rows.csv", rows);
    let names = ["--text-column", "headline", "--target-column", "who"];
    let done = run(&[&["predict", str(&rows)][..], &names].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    let own = HEADER.replace(",target,", ",").replace(",text", "");
    assert_eq!(lines[0], format!("{own},headline,nr,text,who,gold,input_stance"));
    assert!(lines[1].ends_with(",Kenya praised Norway.,7,see below,NOR,FAVOR,sure"), "{}", lines[1]);
    let jsonl = run(&[&["predict", str(&rows), "--format", "jsonl"][..], &names].concat()).stdout;
    assert_eq!(keys(&jsonl)[1].join(","), lines[0]);
    let gold = ["--stance-column", "gold"];
    let done = run(&[&["data", "convert", str(&rows)][..], &names, &gold].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(
        lines[0].starts_with("id,text,target,stance,")
            && lines[0].ends_with(",split,nr,input_text,input_stance")
    );
    assert!(lines[2].starts_with(",Oslo scolded Lima.,PER,AGAINST,"), "{}", lines[2]);
    assert!(lines[2].ends_with(",8,none,unsure"), "{}", lines[2]);
    let args = ["data", "agreement", str(&rows), "--columns", "gold,nr"];
    assert_eq!(run(&[&args[..], &names, &gold].concat()).code, 0);
    let again = run(&["data", "convert", str(&place.file("again.csv", &done.stdout))]);
    assert_eq!(again.stdout, done.stdout);
}

#[test]
fn what_predict_wrote_can_be_read_again() {
    let place = Place::new();
    let (mut rows, mut header) = (place.file("rows.csv", ROWS), String::new());
    for round in 0..3 {
        let out = place.path(&format!("round{round}.csv"));
        let done = run(&["predict", str(&rows), "-o", str(&out)]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        header = std::fs::read_to_string(&out).unwrap().lines().next().unwrap().to_owned();
        rows = out;
    }
    assert!(header.contains(",input_stance,") && header.contains(",input_input_stance,"), "{header}");
}

#[test]
fn contradictions_are_found_whether_or_not_both_rows_give_offsets() {
    let place = Place::new();
    let rows = "text,target,stance,holder,target_start,target_end\n\
        Kenya praised Norway.,Norway,FAVOR,Kenya,14,20\n\
        Kenya praised Norway!,NORWAY,AGAINST,kenya,,\n\
        Lima thanked Oslo and scorned Oslo.,Oslo,FAVOR,,13,17\n\
        \"Lima thanked Oslo, and scorned Oslo.\",Oslo,AGAINST,,31,35\n\
        Lima thanked Oslo and scorned Oslo.,oslo,AGAINST,,30,34\n\
        Lima thanked Oslo and scorned Oslo.,Oslo,FAVOR,author,,\n";
    let found = run(&["data", "check", str(&place.file("rows.csv", rows))]);
    assert_eq!(found.code, 1, "{}", found.stderr);
    let found: Vec<&str> = found.stdout.lines().map(|line| line.split_once("rows.csv").unwrap().1).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with(":3: is labelled AGAINST, but FAVOR at ") && found[0].ends_with("rows.csv:2")
    );
    assert!(found[1].starts_with(":6: repeats ") && found[1].ends_with("rows.csv:5"), "{found:?}");
}

#[test]
fn a_matrix_has_a_row_for_each_holder_of_a_stance() {
    let place = Place::new();
    let text = place.file("a.txt", "Kenya praised Norway. Ghana condemned Togo. Kenya met Togo.\n");
    let done = run(&["predict", str(&text), "--matrix", "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert!(lines[0].starts_with("holder,"), "{}", done.stdout);
    assert!(lines.iter().any(|line| line.starts_with("KEN,")), "{}", done.stdout);
    let clash = run(&["predict", str(&text), "--matrix", "--by", "document"]);
    assert_eq!(clash.code, 2);
}

#[test]
fn a_gazetteer_of_ones_own_adds_or_replaces() {
    let place = Place::new();
    let mine = place.file("mine.csv", "id,name,kind,aliases\nACME,Acme Foundry,organisation,Acme\n");
    let text = place.file("a.txt", "Acme thanked Norway.\n");
    let found = |flag: &str| {
        let done = run(&["actors", "find", str(&text), "--format", "csv", flag, str(&mine)]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        (done.stdout.contains("ACME"), done.stdout.contains("NOR"))
    };
    assert_eq!(found("--gazetteer"), (true, true));
    assert_eq!(found("--only-gazetteer"), (true, false));
}

#[test]
fn mentions_of_some_kinds_only() {
    let place = Place::new();
    let text = place
        .file("a.txt", "Norwegian envoys left. Norway's prime minister spoke. The prime minister waited.\n");
    let kinds = |only: &str| {
        let done = run(&["actors", "find", str(&text), "--format", "csv", "--mentions", only]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.stdout
            .lines()
            .skip(1)
            .map(|line| line.rsplit(',').next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds("demonym"), ["demonym"]);
    assert_eq!(kinds("name,nominal"), ["name", "nominal"]);
    assert_eq!(run(&["actors", "find", str(&text), "--mentions", "nickname"]).code, 2);
    // a demonym alone makes no pair
    let pair = place.file("b.txt", "Norway thanked the Danish minister.\n");
    let judged = |only: &[&str]| {
        let done = run(&[&["predict", str(&pair), "--format", "csv"], only].concat());
        (done.stdout.contains(",NOR,DNK,"), done.stdout.contains(",NOR,"))
    };
    assert_eq!(judged(&[]), (true, true));
    assert_eq!(judged(&["--mentions", "name"]), (false, true));
}

#[test]
fn a_name_moves_a_judgement_only_where_training_was_to_see_names() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    let swaps = |name: &str, more: &[&str]| {
        let model = place.path(name);
        let args = [
            "train",
            "--folds",
            "0",
            "--l2",
            "0.1",
            "--min-rows",
            "1",
            "--data",
            str(&data),
            "-o",
            str(&model),
        ];
        let done = run(&[&args[..], more].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
        let args = ["evaluate", "--model", str(&model), "--data", str(&data), "--swap-actors", "--json"];
        let done = run(&args);
        assert_eq!(done.code, 0, "{}", done.stderr);
        serde_json::from_str::<Value>(&done.stdout).unwrap()["swaps"].clone()
    };
    let blind = swaps("blind.model", &[]);
    assert_eq!((&blind["n"], &blind["n_changed"]), (&json!(12), &json!(0)));
    assert_eq!(blind["greatest_change"], json!(0.0));
    assert_eq!(blind["names"], json!([]));
    let seeing = swaps("seeing.model", &["--names"]);
    assert!(seeing["greatest_change"].as_f64().unwrap() > 0.01, "{seeing}");
    let ghana = seeing["names"].as_array().unwrap().iter().find(|name| name["actor"] == "GHA").unwrap();
    assert!(ghana["shift"].as_f64().unwrap() > 0.0, "{ghana}");
    let card = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert!(card("blind.md").contains("roles, not names") && card("seeing.md").contains("--swap-actors"));
    // the table says it in words
    let done = run(&[
        "evaluate",
        "--model",
        str(&place.path("seeing.model")),
        "--data",
        str(&data),
        "--swap-actors",
    ]);
    assert!(
        done.stdout.contains("actors exchanged in 12 rows") && done.stdout.contains("GHA"),
        "{}",
        done.stdout
    );
}

#[test]
fn words_alike_in_their_vectors_get_like_weights() {
    let place = Place::new();
    let data = place.file("rows.csv", ROWS);
    // `lauded` is as often NEUTRAL as FAVOR, `praised` FAVOR
    let vectors = "praised 1 0.1\nlauded 1 0.1\nscolded -1 0.1\nferry 0 -2\n";
    let rows = format!("{ROWS}Papers lauded Oslo.,NOR,FAVOR,,\nOthers lauded Accra.,GHA,NEUTRAL,,\n");
    let more = place.file("more.csv", rows);
    let vectors = place.file("vectors.txt", vectors);
    let favor = |name: &str, args: &[&str]| {
        let model = place.path(name);
        let train = [
            "train",
            "--folds",
            "0",
            "--l2",
            "1",
            "--min-rows",
            "1",
            "--data",
            str(&more),
            "-o",
            str(&model),
        ];
        let done = run(&[&train[..], args].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
        let asked = place.file("asked.csv", "text,target\nA paper lauded Sofia.,BGR\n");
        let done = run(&["predict", str(&asked), "--model", str(&model), "--format", "jsonl"]);
        let row: Value = serde_json::from_str(&done.stdout).unwrap();
        row["p_favor"].as_f64().unwrap()
    };
    let (alone, shared) = (favor("alone.model", &[]), favor("shared.model", &["--vectors", str(&vectors)]));
    assert!(shared > alone, "{shared} {alone}");
    let cited = ["--vectors", str(&vectors), "--cite", "Someone 2014"];
    favor("cited.model", &cited);
    let card = std::fs::read_to_string(place.path("cited.md")).unwrap();
    assert!(card.contains("vectors of 4 stems in vectors.txt") && card.contains("- Someone 2014"), "{card}");
    let bad = place.file("bad.txt", "praised 1 0.1\nlauded 1\n");
    let model = place.path("x.model");
    let done = run(&["train", "--data", str(&data), "-o", str(&model), "--vectors", str(&bad)]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("bad.txt:2: expected a word and 2 numbers, found 1"), "{}", done.stderr);
    assert!(!model.exists());
}

#[test]
fn a_model_started_from_another_keeps_what_the_rows_do_not_teach() {
    let place = Place::new();
    let old = place.model();
    let rows = "text,target,stance\nPapers lauded Oslo.,NOR,FAVOR\nA columnist mocked Accra.,GHA,AGAINST\n";
    let (rows, new) = (place.file("few.csv", rows), place.path("new.model"));
    let args = ["train", "--from", str(&old), "--folds", "0", "--l2", "1", "--min-rows", "1"];
    let done = run(&[&args[..], &["--data", str(&rows), "-o", str(&new)]].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let judged = |model: &Path, text: &str| {
        let asked = place.file("asked.csv", text);
        let done = run(&["predict", str(&asked), "--model", str(model), "--format", "jsonl"]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        serde_json::from_str::<Value>(&done.stdout).unwrap()
    };
    // no row names a holder or a tone: these heads are the old ones
    let directed = "text,target,holder\nManila thanked Moscow for the rice.,RUS,PHL\n";
    let (before, after) = (judged(&old, directed), judged(&new, directed));
    for key in ["stance", "sentiment"] {
        assert_eq!(before[key], after[key], "{key}");
    }
    let card = std::fs::read_to_string(place.path("new.md")).unwrap();
    assert!(card.contains("few.csv") && card.contains("rows.csv"), "{card}");
    assert!(
        ["| target | 2 ", "| directed | 6 ", "| tone | 12 "].iter().all(|row| card.contains(row)),
        "{card}"
    );
    // and toward a target it has learnt a word
    let toward = "text,target\nPapers lauded Quito.,ECU\n";
    let favor = |model: &Path| judged(model, toward)["p_favor"].as_f64().unwrap();
    assert!(favor(&new) > favor(&old) + 0.02, "{} {}", favor(&new), favor(&old));
}
