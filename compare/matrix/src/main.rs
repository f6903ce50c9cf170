//! Writes the matrix of the target head as `geostance train` makes it, and times a fit of what was written.
//!
//! ```text
//! matrix write FOLDER TRAIN DEV...          train.*, dev0.*, dev1.* and so on, in FOLDER
//! matrix fit FOLDER L2 TOLERANCE|PASSES plain|nb   one fit, by passes where it is 1 or more; weights.f64, intercepts.f64 and *.predicted in FOLDER
//! matrix online TRAIN TEST COLUMNS L2 PASSES   rows of text, `CLASS | COLUMN COLUMN ...`, learnt as they are read
//! matrix parties FILE...                    a line of JSON for each labelled row: where holder, target and others stand
//! ```
//!
//! Files hold bare numbers, little-endian: `.values` f32, `.columns` u32, `.starts` u64, `.gold` a byte a row,
//! classes in the order AGAINST, NEUTRAL, FAVOR. Both verbs print one line of JSON.

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use geostance::actor::candidate::Cast;
use geostance::actor::gazetteer::Gazetteer;
use geostance::corpus::Staged;
use geostance::feature::Featurizer;
use geostance::feature::lexicon::Lexicon;
use geostance::io::corpus::{Columns, read_corpus};
use geostance::io::gazetteer::built_in;
use geostance::model::{ClassWeight, Known, OnlineFit, StanceModelValidParams, probabilities_of};
use geostance::train::{Case, TrainParams, feature_matrix, feature_space};
use geostance::{FeatureMatrix, Stance, StanceModel};
use linfa::traits::Predict;
use linfa::{DatasetBase, ParamGuard};
use ndarray::Array1;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let told = match args[..] {
        ["write", folder, train, ref dev @ ..] => write(Path::new(folder), train, dev)?,
        ["fit", folder, l2, tolerance, scaling @ ("plain" | "nb")] => {
            fit(Path::new(folder), l2.parse()?, tolerance.parse()?, scaling == "nb")?
        }
        ["online", train, test, columns, l2, passes] => {
            online(train, test, columns.parse()?, l2.parse()?, passes.parse()?)?
        }
        ["parties", ref files @ ..] => {
            return files.iter().try_for_each(|path| parties(path));
        }
        _ => {
            return Err(
                "usage: matrix write FOLDER TRAIN DEV... | matrix fit FOLDER L2 TOLERANCE plain|nb | \
                 matrix online TRAIN TEST COLUMNS L2 PASSES | matrix parties FILE...".into()
            );
        }
    };
    println!("{told}");
    Ok(())
}

/// Rows of a file with a stance, as parties and roles.
fn read(path: &str, gazetteer: &Gazetteer) -> Result<Vec<(String, Staged, Stance)>> {
    let loaded = read_corpus(Path::new(path), &Columns::default(), None)?;
    let examples = loaded.corpus.examples.into_iter();
    let staged = |e: geostance::corpus::Example| Some((e.stage(gazetteer).ok()?, e));
    Ok(examples.filter_map(staged).filter_map(|(s, e)| Some((e.text, s, e.stance?))).collect())
}

/// Prints the spans of the parties of each row, in bytes, with their roles: 0 target, 1 holder, others from 2.
fn parties(path: &str) -> Result<()> {
    let gazetteer = Gazetteer::new(built_in()?)?;
    let loaded = read_corpus(Path::new(path), &Columns::default(), None)?;
    for example in &loaded.corpus.examples {
        let (Ok(staged), Some(stance)) = (example.stage(&gazetteer), example.stance) else { continue };
        let parties: Vec<_> = staged.parties.iter().map(|(s, p)| json!([s.start, s.end, p.0])).collect();
        let row = json!({
            "file": path,
            "line": example.line,
            "text": example.text,
            "parties": parties,
            "directed": matches!(staged.cast, Cast::Directed { .. }),
            "stance": stance.index(),
            "split": example.split.map(|split| split.as_str()),
        });
        println!("{row}");
    }
    Ok(())
}

fn write(folder: &Path, train: &str, dev: &[&str]) -> Result<Value> {
    let gazetteer = Gazetteer::new(built_in()?)?;
    let lexicon = Arc::new(Lexicon::built_in());
    let rows = read(train, &gazetteer)?;
    let space = feature_space(&lexicon, &cases(&rows), TrainParams::default().min_rows, false);
    let featurizer = Featurizer::new(lexicon, space);
    let mut told = vec![write_part(folder, "train", &featurizer, &rows)?];
    for (i, path) in dev.iter().enumerate() {
        told.push(write_part(folder, &format!("dev{i}"), &featurizer, &read(path, &gazetteer)?)?);
    }
    Ok(json!(told))
}

fn cases(rows: &[(String, Staged, Stance)]) -> Vec<Case<'_>> {
    rows.iter().map(|(text, s, _)| Case { text, parties: &s.parties, cast: s.cast }).collect()
}

fn write_part(
    folder: &Path,
    name: &str,
    featurizer: &Featurizer,
    rows: &[(String, Staged, Stance)],
) -> Result<Value> {
    let x = feature_matrix(featurizer, &cases(rows));
    let to = |ending: &str| folder.join(format!("{name}.{ending}"));
    let mut starts = vec![0u64];
    starts.extend(x.rows().scan(0, |at, row| {
        *at += row.columns.len() as u64;
        Some(*at)
    }));
    let gold: Vec<u8> = rows.iter().map(|(_, _, stance)| stance.index() as u8).collect();
    fs::write(to("starts"), bytes(starts, u64::to_le_bytes))?;
    fs::write(to("columns"), bytes(x.rows().flat_map(|r| r.columns).copied(), u32::to_le_bytes))?;
    fs::write(to("values"), bytes(x.rows().flat_map(|r| r.values).copied(), f32::to_le_bytes))?;
    fs::write(to("gold"), gold)?;
    fs::write(to("n_columns"), x.n_columns().to_string())?;
    Ok(json!({ "part": name, "rows": x.n_rows(), "columns": x.n_columns(), "values": x.n_values() }))
}

fn read_part(folder: &Path, name: &str) -> Result<DatasetBase<FeatureMatrix, Array1<Stance>>> {
    let read = |ending: &str| fs::read(folder.join(format!("{name}.{ending}")));
    let starts = numbers(&read("starts")?, u64::from_le_bytes);
    let columns = numbers(&read("columns")?, u32::from_le_bytes);
    let values = numbers(&read("values")?, f32::from_le_bytes);
    let mut x = FeatureMatrix::new(fs::read_to_string(folder.join(format!("{name}.n_columns")))?.parse()?);
    let mut entries = Vec::new();
    for range in starts.windows(2).map(|w| w[0] as usize..w[1] as usize) {
        entries.clear();
        entries.extend(columns[range.clone()].iter().copied().zip(values[range].iter().copied()));
        x.push_row(&entries);
    }
    Ok(DatasetBase::new(x, read("gold")?.iter().map(|&k| Stance::ALL[usize::from(k)]).collect()))
}

fn fit(folder: &Path, l2: f64, tolerance: f64, nb_scaling: bool) -> Result<Value> {
    let train = read_part(folder, "train")?;
    let params = StanceModel::params().l2(l2).class_weight(ClassWeight::Balanced).nb_scaling(nb_scaling);
    let begin = Instant::now();
    let model = if tolerance < 1.0 {
        let params = params.tolerance(tolerance).check()?;
        params.fit_reporting(&train, Known::default(), &mut |_| ControlFlow::Continue(()))?
    } else {
        passes(&train, &params.check()?, tolerance as usize)?
    };
    let seconds = begin.elapsed().as_secs_f64();
    let peak = peak_kib();

    let weights = model.weights().as_flattened().iter().map(|&w| f64::from(w));
    fs::write(folder.join("weights.f64"), bytes(weights, f64::to_le_bytes))?;
    fs::write(folder.join("intercepts.f64"), bytes(model.intercepts(), f64::to_le_bytes))?;
    for name in (0..).map(|i| format!("dev{i}")).take_while(|name| part_exists(folder, name)) {
        let predicted = model.predict(&read_part(folder, &name)?.records);
        let predicted: Vec<u8> = predicted.iter().map(|stance| stance.index() as u8).collect();
        fs::write(folder.join(format!("{name}.predicted")), predicted)?;
    }
    let told = json!({ "seconds": seconds, "peak_kib": peak, "summary": model.summary(), "iterations": tolerance });
    Ok(told)
}

/// A fit of rows shown one by one, in an order of no meaning.
fn passes(
    train: &DatasetBase<FeatureMatrix, Array1<Stance>>,
    params: &StanceModelValidParams,
    n_passes: usize,
) -> Result<StanceModel> {
    let (x, gold) = (&train.records, &train.targets);
    let counts = Stance::ALL.map(|class| gold.iter().filter(|g| **g == class).count());
    let mut order: Vec<u32> = (0..gold.len() as u32).collect();
    order.sort_by_cached_key(|i| i.wrapping_mul(0x9e37_79b9).swap_bytes());
    let mut fit = OnlineFit::new(params, x.n_columns(), counts, None, None)?;
    for _ in 0..n_passes {
        order.iter().for_each(|&i| fit.learn(x.row(i as usize), gold[i as usize]));
    }
    Ok(fit.model()?)
}

fn part_exists(folder: &Path, name: &str) -> bool {
    folder.join(format!("{name}.gold")).exists()
}

/// Hands over each row of a file: classes from 1 on, columns with the value 1.
fn each_row(path: &str, columns: usize, mut row: impl FnMut(&FeatureMatrix, usize)) -> Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, fs::File::open(path)?);
    let (mut line, mut x, mut entries) = (Vec::new(), FeatureMatrix::new(columns), Vec::new());
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let mut numbers = line.split(|b| !b.is_ascii_digit()).filter(|word| !word.is_empty());
        let number = |word: &[u8]| word.iter().fold(0u32, |n, digit| 10 * n + u32::from(digit - b'0'));
        let class = number(numbers.next().ok_or("a row without a class")?) as usize - 1;
        entries.clear();
        entries.extend(numbers.map(|word| (number(word), 1.0)));
        entries.sort_unstable_by_key(|e| e.0);
        entries.dedup_by_key(|e| e.0);
        x.clear();
        x.push_row(&entries);
        row(&x, class);
    }
}

fn online(train: &str, test: &str, columns: usize, l2: f64, passes: usize) -> Result<Value> {
    let params = StanceModel::params().l2(l2).check()?;
    let begin = Instant::now();
    let mut counts = [0; 3];
    let mut reader = BufReader::new(fs::File::open(train)?);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        counts[usize::from(line[0] - b'1')] += 1;
        line.clear();
    }
    let mut fit = OnlineFit::<Stance>::new(&params, columns, counts, None, None)?;
    for _ in 0..passes {
        each_row(train, columns, |x, class| fit.learn(x.row(0), Stance::ALL[class]))?;
    }
    let model = fit.model()?;
    drop(fit);
    let seconds = begin.elapsed().as_secs_f64();
    let peak = peak_kib();
    let (mut n, mut right, mut loss) = (0usize, 0usize, 0.0);
    each_row(test, columns, |x, class| {
        let p = probabilities_of(model.scores(x.row(0)));
        n += 1;
        loss -= p[class].ln();
        right += usize::from((0..3).all(|k| p[k] <= p[class]));
    })?;
    let (loss, accuracy) = (loss / n as f64, right as f64 / n as f64);
    Ok(json!({ "seconds": seconds, "peak_kib": peak, "loss": loss, "accuracy": accuracy }))
}

/// The most memory this process has held so far, where the system tells it.
fn peak_kib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn bytes<T, const N: usize>(numbers: impl IntoIterator<Item = T>, to: impl Fn(T) -> [u8; N]) -> Vec<u8> {
    numbers.into_iter().flat_map(to).collect()
}

fn numbers<T, const N: usize>(bytes: &[u8], from: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks::<N>().0.iter().map(|b| from(*b)).collect()
}
