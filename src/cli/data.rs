//! `data`: labelled rows checked, converted, split, counted and compared.

use std::collections::BTreeMap;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand};
use geostance::audit::{Placed, check, split};
use geostance::corpus::{Example, Held, Split};
use geostance::evaluate::agreement::{cohen_kappa, krippendorff_alpha};
use geostance::io::corpus::require_column;
use geostance::io::rows::{COLUMNS, value, write_rows};
use geostance::{Error, Location, Stance, Tone};
use serde_json::json;

use super::table::table;
use super::{GazetteerArgs, OutArgs, Outcome, ShapeArgs, say, say_faults};

/// Labelled rows: check, convert, split, stats, agreement.
#[derive(Subcommand)]
pub(crate) enum DataCommand {
    /// Finds what is wrong: unknown labels, absent targets, repeats, contradictions, leaks between splits.
    ///
    /// Findings go to standard output. Exit status: 0 nothing found; 1 findings, but every row can be used; 2
    /// rows that cannot be used.
    Check(CheckArgs),
    /// Writes labelled rows of any dialect in our own columns.
    Convert(ConvertArgs),
    /// Adds a column `split`: no text, document or near-duplicate is parted.
    Split(SplitArgs),
    /// Counts rows, texts, labels, targets and holders.
    Stats(StatsArgs),
    /// Agreement of label columns: Krippendorff's alpha, and Cohen's kappa of two.
    Agreement(AgreementArgs),
}

#[derive(Args)]
pub(crate) struct FilesArgs {
    /// Labelled files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    shape: ShapeArgs,
}

#[derive(Args)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    input: FilesArgs,
    #[command(flatten)]
    actors: GazetteerArgs,
}

#[derive(Args)]
pub(crate) struct ConvertArgs {
    #[command(flatten)]
    input: FilesArgs,
    #[command(flatten)]
    out: OutArgs,
}

#[derive(Args)]
pub(crate) struct SplitArgs {
    #[command(flatten)]
    input: FilesArgs,
    #[command(flatten)]
    out: OutArgs,
    /// Share of the rows for dev
    #[arg(long, default_value_t = 0.15, value_name = "X", value_parser = parse_share)]
    dev: f64,
    /// Share of the rows for test
    #[arg(long, default_value_t = 0.15, value_name = "X", value_parser = parse_share)]
    test: f64,
    /// Seed of the order in which texts are dealt out
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
}

#[derive(Args)]
pub(crate) struct StatsArgs {
    #[command(flatten)]
    input: FilesArgs,
    /// Rows of the tables of targets and holders
    #[arg(long, default_value_t = 10, value_name = "N")]
    top: usize,
    /// As JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(crate) struct AgreementArgs {
    #[command(flatten)]
    input: FilesArgs,
    /// Label columns, one for each annotator
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required = true)]
    columns: Vec<String>,
    /// Also by the values of this column
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if (0.0..1.0).contains(&x) => Ok(x),
        _ => Err("expected a number from 0 up to 1".to_owned()),
    }
}

impl FilesArgs {
    fn read(&self) -> anyhow::Result<(Vec<Placed>, Vec<Error>)> {
        let (mut rows, mut faults) = (Vec::new(), Vec::new());
        for path in &self.files {
            let loaded = self.shape.read(path)?;
            faults.extend(loaded.faults);
            let place =
                |example: Example| Placed { location: Location::file(path).line(example.line), example };
            rows.extend(loaded.corpus.examples.into_iter().map(place));
        }
        Ok((rows, faults))
    }

    /// Reads, and refuses files of which no row can be used, each named.
    fn read_some(&self) -> anyhow::Result<(Vec<Placed>, Vec<Error>)> {
        let (rows, faults) = self.read()?;
        if rows.is_empty() {
            say_faults(&faults);
            let files: Vec<String> = self.files.iter().map(|path| path.display().to_string()).collect();
            bail!("{}: none of the {} rows read can be used", files.join(", "), faults.len());
        }
        Ok((rows, faults))
    }
}

impl DataCommand {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        match self {
            DataCommand::Check(args) => args.run(),
            DataCommand::Convert(args) => {
                args.out.check(args.input.files.iter().map(PathBuf::as_path))?;
                let (rows, faults) = args.input.read_some()?;
                let examples: Vec<Example> = rows.into_iter().map(|row| row.example).collect();
                args.out.write(|out, form| write_rows(out, &examples, form))?;
                say_faults(&faults);
                Ok(Outcome::of_skipped(faults.len()))
            }
            DataCommand::Split(args) => args.run(),
            DataCommand::Stats(args) => args.run(),
            DataCommand::Agreement(args) => args.run(),
        }
    }
}

impl CheckArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let gazetteer = self.actors.load()?;
        let (mut rows, faults) = self.input.read()?;
        mark_split_files(&self.input.files, &mut rows);
        let findings = check(&rows, &gazetteer);
        let mut out = BufWriter::new(stdout().lock());
        faults.iter().try_for_each(|fault| writeln!(out, "{fault}"))?;
        findings.iter().try_for_each(|f| writeln!(out, "{}: {}", f.location, f.message))?;
        out.flush()?;
        let unusable = faults.len() + findings.iter().filter(|f| f.unusable).count();
        let other = findings.iter().filter(|f| !f.unusable).count();
        say(format!(
            "{} rows read; {unusable} cannot be used, {other} other findings",
            rows.len() + faults.len()
        ));
        Ok(match (unusable, other) {
            (0, 0) => Outcome::Done,
            (0, _) => Outcome::No,
            _ => Outcome::Skipped,
        })
    }
}

/// Files called train, dev, valid or test are splits where their rows name none.
fn mark_split_files(files: &[PathBuf], rows: &mut [Placed]) {
    let split_of = |path: &Path| {
        let stem = path.file_stem()?.to_str()?.to_lowercase();
        stem.split(|c: char| !c.is_alphanumeric()).find_map(Split::parse)
    };
    let named: BTreeMap<&Path, Split> =
        files.iter().filter_map(|p| Some((p.as_path(), split_of(p)?))).collect();
    for row in rows.iter_mut().filter(|row| row.example.split.is_none()) {
        row.example.split = row.location.path.as_deref().and_then(|path| named.get(path).copied());
    }
}

impl SplitArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        if self.dev + self.test >= 1.0 {
            bail!("`dev` and `test` must leave something for train, got {} and {}", self.dev, self.test);
        }
        self.out.check(self.input.files.iter().map(PathBuf::as_path))?;
        let (rows, faults) = self.input.read_some()?;
        let mut examples: Vec<Example> = rows.into_iter().map(|row| row.example).collect();
        let splits = split(&examples, self.dev, self.test, self.seed);
        for (example, split) in examples.iter_mut().zip(&splits) {
            example.split = Some(*split);
        }
        self.out.write(|out, form| write_rows(out, &examples, form))?;
        let counts =
            Split::ALL.map(|s| format!("{} {}", splits.iter().filter(|x| **x == s).count(), s.as_str()));
        say(counts.join(", "));
        say_faults(&faults);
        Ok(Outcome::of_skipped(faults.len()))
    }
}

/// Values and how often each occurs, the commonest first.
fn counted<'a>(values: impl Iterator<Item = &'a str>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let mut counts: Vec<(String, usize)> = counts.into_iter().map(|(v, n)| (v.to_owned(), n)).collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counts
}

impl StatsArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        let (rows, faults) = self.input.read_some()?;
        let examples: Vec<&Example> = rows.iter().map(|row| &row.example).collect();
        let texts: BTreeMap<u64, &str> = examples.iter().map(|e| (e.text_key(), e.text.as_str())).collect();
        let mut lengths: Vec<usize> = texts.values().map(|t| t.split_whitespace().count()).collect();
        lengths.sort_unstable();
        let at = |share: f64| {
            lengths.get(((lengths.len().max(1) - 1) as f64 * share) as usize).copied().unwrap_or(0)
        };
        let holder = |e: &&Example| match &e.holder {
            Held::Anyone => "(anyone)".to_owned(),
            Held::Author => "AUTHOR".to_owned(),
            Held::By(named) => named.name.clone(),
        };
        let holders: Vec<String> = examples.iter().map(holder).collect();
        let stances = counted(examples.iter().map(|e| e.stance.map_or("(none)", Stance::as_str)));
        let tones = counted(examples.iter().map(|e| e.tone.map_or("(none)", Tone::as_str)));
        let splits = counted(examples.iter().map(|e| e.split.map_or("(none)", Split::as_str)));
        let targets = counted(examples.iter().map(|e| e.target.name.as_str()));
        let holders = counted(holders.iter().map(String::as_str));
        let mut out = BufWriter::new(stdout().lock());
        if self.json {
            let all = json!({
                "rows": rows.len(), "texts": texts.len(), "unusable": faults.len(), "stances": stances, "tones": tones,
                "splits": splits, "targets": targets, "holders": holders,
                "words": {"least": at(0.0), "quarter": at(0.25), "median": at(0.5), "three_quarters": at(0.75), "most": at(1.0)},
            });
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        } else {
            writeln!(
                out,
                "{} rows of {} texts of {} to {} words, half of them {} to {}\n",
                rows.len(),
                texts.len(),
                at(0.0),
                at(1.0),
                at(0.25),
                at(0.75)
            )?;
            for (what, counts) in [
                ("stance", &stances),
                ("sentiment", &tones),
                ("split", &splits),
                ("target", &targets),
                ("holder", &holders),
            ] {
                let mut listed = table(&[what, "rows", "%"]);
                for (value, n) in counts.iter().take(self.top) {
                    let share = 100.0 * *n as f64 / rows.len().max(1) as f64;
                    listed.add_row([value.clone(), n.to_string(), format!("{share:.1}")]);
                }
                writeln!(out, "{listed}")?;
                if counts.len() > self.top {
                    writeln!(out, "and {} more (--top)", counts.len() - self.top)?;
                }
                writeln!(out)?;
            }
        }
        out.flush()?;
        say_faults(&faults);
        Ok(Outcome::of_skipped(faults.len()))
    }
}

impl AgreementArgs {
    fn run(self) -> anyhow::Result<Outcome> {
        if self.columns.len() < 2 {
            bail!("agreement needs two label columns or more, as in --columns stance_1,stance_2");
        }
        let (rows, faults) = self.input.read_some()?;
        let columns = self.input.shape.columns();
        for column in self.columns.iter().chain(&self.by) {
            if let Some(row) = rows.first()
                && value(&row.example, &columns, column).is_none()
            {
                let others = row.example.fields.iter().map(|field| &*field.name);
                let header: Vec<&str> = COLUMNS.into_iter().chain(others).collect();
                require_column(Location::file(&self.input.files[0]), &header, column)?;
            }
        }
        let field = |example: &Example, column: &str| -> Option<String> {
            let value = value(example, &columns, column)?.trim().to_owned();
            // one class, however it is spelt
            let written = Stance::parse(&value).map(|s| s.as_str().to_owned());
            (!value.is_empty()).then(|| written.unwrap_or(value))
        };
        let mut groups: BTreeMap<String, Vec<&Example>> = BTreeMap::new();
        for row in &rows {
            groups.entry(String::new()).or_default().push(&row.example);
            if let Some(by) = &self.by {
                let value = field(&row.example, by).unwrap_or_else(|| "(none)".to_owned());
                groups.entry(value).or_default().push(&row.example);
            }
        }
        let mut all = Vec::new();
        let mut shown = table(&["", "rows", "agree %", "Krippendorff's alpha", "Cohen's kappa"]);
        for (name, examples) in &groups {
            let columns: Vec<Vec<Option<String>>> =
                self.columns.iter().map(|c| examples.iter().map(|e| field(e, c)).collect()).collect();
            let columns: Vec<Vec<Option<&str>>> =
                columns.iter().map(|c| c.iter().map(Option::as_deref).collect()).collect();
            let alpha = krippendorff_alpha(&columns);
            let kappa = if columns.len() == 2 { cohen_kappa(&columns[0], &columns[1]) } else { None };
            let both = columns[0].iter().zip(&columns[1]).filter(|(a, b)| a.is_some() && b.is_some());
            let (same, n) = both.fold((0, 0), |(same, n), (a, b)| (same + usize::from(a == b), n + 1));
            let name = if name.is_empty() { "all" } else { name };
            let number = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.3}"));
            let share = 100.0 * f64::from(same as u32) / f64::from((n as u32).max(1));
            shown.add_row([
                name.to_owned(),
                n.to_string(),
                format!("{share:.1}"),
                number(alpha),
                number(kappa),
            ]);
            all.push(
                json!({"group": name, "rows": n, "agree": share / 100.0, "alpha": alpha, "kappa": kappa}),
            );
        }
        let mut out = stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        } else {
            writeln!(out, "{shown}")?;
        }
        say_faults(&faults);
        Ok(Outcome::of_skipped(faults.len()))
    }
}
