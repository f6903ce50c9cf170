//! Model files of every format that was ever written still load, and still answer the same.
//!
//! `tests/fixtures/format-N.model` is a model of format N, a few kilobytes, trained on the rows of `tests/fixtures/`;
//! `format-N.csv` is what it answered. It was trained with the small gazetteer and lexicon that lie beside it, so that
//! a new word in ours changes nothing. Where a file loads but answers otherwise, features changed their meaning under
//! their names, and users' models would be wrong without a word: that needs a new format. One that no release has
//! written yet may be written again:
//!
//! ```sh
//! REWRITE_NEWEST_FORMAT=1 cargo test --test compat
//! ```

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use geostance::Pipeline;
use geostance::actor::gazetteer::Gazetteer;
use geostance::corpus::{Corpus, Split};
use geostance::feature::lexicon::Lexicon;
use geostance::io::corpus::{Columns, read_corpus};
use geostance::io::gazetteer::read_gazetteer;
use geostance::io::model::{FORMAT, Model, ModelCard, read_model, write_model};
use geostance::pipeline::Desk;
use geostance::train::{TrainParams, train};

const HEADER: [&str; 5] = ["id", "p_favor", "p_neutral", "p_against", "sentiment"];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn gazetteer() -> Arc<Gazetteer> {
    Arc::new(Gazetteer::new(read_gazetteer(fixture("gazetteer.csv")).unwrap()).unwrap())
}

fn lexicon() -> Arc<Lexicon> {
    let text = |name: &str| fs::read_to_string(fixture(name)).unwrap();
    Arc::new(Lexicon::from_csv(&text("lexicon.csv"), &text("cues.csv")).unwrap())
}

fn rows() -> Corpus {
    read_corpus(&fixture("rows.csv"), &Columns::default(), None).unwrap().corpus
}

/// What a model says of all rows: identifier, three probabilities, tone.
fn answers(pipeline: &Pipeline) -> Vec<(String, [f32; 3], String)> {
    let mut desk = Desk::default();
    let rows = rows();
    let answer = |example| {
        let (judgement, tone) = pipeline.judge_example(&mut desk, example).unwrap();
        let [against, neutral, favor] = judgement.0;
        (example.id.clone().unwrap(), [favor, neutral, against], tone.as_str().to_owned())
    };
    rows.examples.iter().map(answer).collect()
}

/// Trains and writes the files of the newest format.
fn rewrite() {
    let params =
        TrainParams { l2: Some(2.0), folds: 0, min_rows: 1, max_columns: 160, ..TrainParams::default() };
    let go_on = |_: &str| ControlFlow::Continue(());
    let (gazetteer, lexicon) = (gazetteer(), lexicon());
    let rows = rows().split(Split::Train);
    let trained = train(&rows, gazetteer.clone(), lexicon.clone(), &params, None, &go_on).unwrap();
    let card = ModelCard {
        format: FORMAT,
        geostance: env!("CARGO_PKG_VERSION").to_owned(),
        seed: params.seed,
        class_weight: "balanced".to_owned(),
        min_rows: params.min_rows,
        n_columns: trained.pipeline.featurizer().space().len(),
        gazetteer: gazetteer.fingerprint(),
        lexicon: lexicon.fingerprint().to_owned(),
        heads: trained.reports,
        ..ModelCard::default()
    };
    let path = fixture(&format!("format-{FORMAT}.model"));
    write_model(&path, &trained.pipeline, &card).unwrap();
    // weights are rounded in the file, so the answers are those of the file
    let model = read_model(&path, gazetteer, lexicon).unwrap();
    let mut writer = csv::Writer::from_path(fixture(&format!("format-{FORMAT}.csv"))).unwrap();
    writer.write_record(HEADER).unwrap();
    for (id, p, tone) in answers(&model.pipeline) {
        let [favor, neutral, against] = p.map(|p| format!("{p:.4}"));
        writer.write_record([id, favor, neutral, against, tone]).unwrap();
    }
    writer.flush().unwrap();
}

/// The model of one format, the newest one written again first where that is asked for.
fn load(format: u32) -> Model {
    static ONCE: OnceLock<()> = OnceLock::new();
    ONCE.get_or_init(|| {
        if std::env::var_os("REWRITE_NEWEST_FORMAT").is_some_and(|value| value == "1") {
            rewrite();
        }
    });
    read_model(&fixture(&format!("format-{format}.model")), gazetteer(), lexicon()).unwrap()
}

#[test]
fn a_model_of_every_format_answers_as_it_did() {
    for format in 1..=FORMAT {
        let model = load(format);
        assert_eq!(model.card.format, format);
        let mut reader = csv::Reader::from_path(fixture(&format!("format-{format}.csv"))).unwrap();
        assert_eq!(reader.headers().unwrap(), &HEADER[..]);
        let expected: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let answers = answers(&model.pipeline);
        assert_eq!(answers.len(), expected.len());
        for ((id, p, tone), row) in answers.iter().zip(&expected) {
            assert_eq!((id.as_str(), tone.as_str()), (&row[0], &row[4]), "format {format}");
            for (k, p) in p.iter().enumerate() {
                let was: f32 = row[k + 1].parse().unwrap();
                assert!(
                    (p - was).abs() < 1e-3,
                    "format {format}, row {id}, {}: {p}, was {was}",
                    HEADER[k + 1]
                );
            }
        }
        // the rows tell the stances apart, so that a model of nothing would not pass
        for k in 1..4 {
            assert!(expected.iter().any(|row| row[k].parse::<f32>().unwrap() > 0.5), "{}", HEADER[k]);
        }
    }
}

#[test]
fn the_newest_format_is_written_as_it_was_read() {
    let model = load(FORMAT);
    let place = tempfile::tempdir().unwrap();
    let again = place.path().join("again.model");
    write_model(&again, &model.pipeline, &model.card).unwrap();
    assert!(fs::read(again).unwrap() == fs::read(fixture(&format!("format-{FORMAT}.model"))).unwrap());
}

/// Bytes of the newest model that call themselves of the next format.
fn of_tomorrow() -> Vec<u8> {
    load(FORMAT);
    let mut bytes = fs::read(fixture(&format!("format-{FORMAT}.model"))).unwrap();
    let (now, next) = (format!("\"format\":\"{FORMAT}\""), format!("\"format\":\"{}\"", FORMAT + 1));
    assert_eq!(now.len(), next.len());
    let at = bytes.windows(now.len()).position(|window| window == now.as_bytes()).unwrap();
    bytes[at..at + next.len()].copy_from_slice(next.as_bytes());
    bytes
}

#[test]
fn a_newer_format_is_refused_in_one_sentence() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("tomorrow.model");
    fs::write(&path, of_tomorrow()).unwrap();
    let sentence = format!(
        "{}: is of format {}, this program reads up to {FORMAT}; a newer geostance is needed",
        path.display(),
        FORMAT + 1
    );
    let error = read_model(&path, gazetteer(), lexicon()).err().unwrap();
    assert_eq!(error.to_string(), sentence);

    let mut command = Command::new(env!("CARGO_BIN_EXE_geostance"));
    let done = command.args(["predict", "--model"]).arg(&path).arg(fixture("articles")).output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    assert_eq!(String::from_utf8(done.stderr).unwrap(), format!("geostance: {sentence}\n"));
    assert!(done.stdout.is_empty());
}

#[test]
fn a_model_of_another_lexicon_is_refused_in_one_sentence() {
    load(FORMAT);
    let path = fixture(&format!("format-{FORMAT}.model"));
    let error = read_model(&path, gazetteer(), Arc::new(Lexicon::built_in())).err().unwrap().to_string();
    assert!(error.contains("was trained with another lexicon") && !error.contains('\n'), "{error}");
}
