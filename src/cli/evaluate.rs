//! `evaluate`: a model against gold labels.

use std::collections::BTreeMap;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use clap::Args;
use geostance::corpus::{Corpus, Held, Split};
use geostance::evaluate::swap::{Swaps, swap_actors};
use geostance::evaluate::{Comparison, Evaluation, Headline, Judged, PAIR_CLASSES, compare};
use geostance::io::model::Model;
use geostance::pipeline::Desk;
use geostance::{Error, Location, Pipeline, Stance};
use rayon::prelude::*;
use serde_json::json;

use super::table::{points, table};
use super::{LabelledArgs, ModelArgs, Outcome, check_usable, say, say_faults};

/// Measures a model on labelled rows, beside two baselines on the same rows.
///
/// Intervals are 95 % bootstrap intervals over texts. The lexicon baseline takes the sign of the summed
/// polarity of the words.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance evaluate --data held-out.csv
  geostance evaluate --data mine.csv --split dev --model my.model --compare old.model
  geostance evaluate --data held-out.csv --swap-actors
  geostance evaluate --data held-out.csv --min-macro-f1 0.6 --json > scores.json")]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    labelled: LabelledArgs,
    #[command(flatten)]
    model: ModelArgs,
    /// Only the rows of this split: train, dev or test [default: all rows]
    #[arg(long, value_name = "NAME", value_parser = parse_split)]
    split: Option<Split>,
    /// Another model on the same rows, with a paired test
    #[arg(long, value_name = "MODEL")]
    compare: Option<PathBuf>,
    /// Exchange target and holder of every row for others of their kind: how many rows get another stance, and how far
    /// each name moves the score by itself
    #[arg(long)]
    swap_actors: bool,
    /// Exit with 1 where macro-F1 is below this, from 0 to 1
    #[arg(long, value_name = "X", value_parser = parse_least)]
    min_macro_f1: Option<f64>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Rows of the tables by target and by holder
    #[arg(long, default_value_t = 10, value_name = "N")]
    top: usize,
    /// All of it as JSON
    #[arg(long)]
    json: bool,
}

fn parse_least(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn parse_split(text: &str) -> Result<Split, String> {
    Split::parse(text).ok_or_else(|| "expected train, dev or test".to_owned())
}

/// Judges the rows of a corpus; those that cannot be judged are faults.
pub(crate) fn judge(pipeline: &Pipeline, corpus: &Corpus, path: &Path) -> (Vec<Judged>, Vec<Error>) {
    let judged = |desk: &mut Desk, example: &geostance::corpus::Example| {
        let failed = |why: String| Error::row(Location::file(path).line(example.line), why);
        let gold = example.stance.ok_or_else(|| failed("has no gold stance".to_owned()))?;
        let (judgement, tone) = pipeline.judge_example(desk, example).map_err(failed)?;
        let polarity = desk.workspace().polarity();
        Ok(Judged {
            gold,
            judgement,
            lexicon: match polarity {
                p if p > 0.0 => Stance::Favor,
                p if p < 0.0 => Stance::Against,
                _ => Stance::Neutral,
            },
            target: example.target.name.clone(),
            holder: match &example.holder {
                Held::Anyone => String::new(),
                Held::Author => "AUTHOR".to_owned(),
                Held::By(named) => named.name.clone(),
            },
            text_key: example.text_key(),
            reverse: None,
            tone: example.tone.map(|gold| (gold, tone)),
        })
    };
    let found: Vec<Result<Judged, Error>> =
        corpus.examples.par_iter().map_init(Desk::default, judged).collect();
    let (mut rows, mut faults, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for (i, row) in found.into_iter().enumerate() {
        match row {
            Ok(row) => {
                rows.push(row);
                kept.push(i);
            }
            Err(fault) => faults.push(fault),
        }
    }
    link_pairs(corpus, &kept, &mut rows);
    (rows, faults)
}

/// Links the rows in which holder and target of one text are exchanged.
fn link_pairs(corpus: &Corpus, kept: &[usize], rows: &mut [Judged]) {
    let mut waiting: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (row, &i) in kept.iter().enumerate() {
        let example = &corpus.examples[i];
        let Held::By(holder) = &example.holder else { continue };
        let end = |named: &geostance::corpus::Named| (named.span, named.name.clone());
        let (h, t) = (end(holder), end(&example.target));
        let key = |a: &(Option<geostance::Span>, String), b: &(Option<geostance::Span>, String)| {
            (example.text.clone(), a.clone(), b.clone())
        };
        match waiting.get_mut(&key(&t, &h)).and_then(Vec::pop) {
            Some(other) => {
                rows[row].reverse = Some(other);
                rows[other].reverse = Some(row);
            }
            None => waiting.entry(key(&h, &t)).or_default().push(row),
        }
    }
}

/// The headline scores on one line each, on stderr.
pub(crate) fn print_summary(name: &str, evaluation: &Evaluation) {
    say(format!("{name}: {} rows: macro-F1 {}", evaluation.n, points(&evaluation.headline.macro_f1)));
    if let Some(pairs) = &evaluation.pairs {
        say(format!("{name}: {} pairs, 5 classes: macro-F1 {}", pairs.n, points(&pairs.macro_f1)));
    }
}

impl EvaluateArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let model = self.model.load()?;
        let other = match &self.compare {
            Some(path) => Some(ModelArgs { model: Some(path.clone()), ..self.model.clone() }.load()?),
            None => None,
        };
        let (mut parts, mut faults) = (Vec::new(), Vec::new());
        for path in &self.labelled.data {
            let loaded = self.labelled.shape.read(path)?;
            faults.extend(loaded.faults);
            let corpus = match self.split {
                Some(split) => loaded.corpus.split(split),
                None => loaded.corpus,
            };
            parts.push((path.as_path(), corpus));
        }
        let of_split = self.split.map_or(String::new(), |s| format!(" of split {}", s.as_str()));
        let examples: Vec<_> = parts.iter().map(|(path, corpus)| (*path, &corpus.examples[..])).collect();
        check_usable(&examples, &mut faults, model.pipeline.gazetteer(), &of_split)?;
        let (mut rows, mut other_rows) = (Vec::new(), Vec::new());
        for (path, corpus) in &parts {
            let (mut judged, unusable) = judge(&model.pipeline, corpus, path);
            faults.extend(unusable);
            let base = rows.len();
            judged.iter_mut().for_each(|row| row.reverse = row.reverse.map(|r| r + base));
            rows.extend(judged);
            if let Some(other) = &other {
                other_rows.extend(judge(&other.pipeline, corpus, path).0);
            }
        }
        let evaluation = Evaluation::of(&rows, self.seed)?;
        let comparison = match &other {
            Some(_) => Some(compare(&rows, &other_rows, self.seed)?),
            None => None,
        };
        let swaps = self.swap_actors.then(|| {
            let examples = parts.iter().flat_map(|(_, corpus)| corpus.examples.iter().cloned()).collect();
            swap_actors(&model.pipeline, &Corpus { examples }, self.seed)
        });
        let mut out = stdout().lock();
        if self.json {
            let mut all =
                json!({"evaluation": evaluation, "comparison": comparison, "skipped": faults.len()});
            if let Some(swaps) = &swaps {
                all["swaps"] = json!(swaps);
            }
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        } else {
            self.print(&mut out, &model, &evaluation, comparison.as_ref())?;
            if let Some(swaps) = &swaps {
                self.print_swaps(&mut out, swaps)?;
            }
        }
        say_faults(&faults);
        if self.min_macro_f1.is_some_and(|least| evaluation.headline.macro_f1.value < least) {
            return Ok(Outcome::No);
        }
        Ok(Outcome::of_skipped(faults.len()))
    }

    fn print_swaps(&self, out: &mut impl Write, swaps: &Swaps) -> anyhow::Result<()> {
        let share = |n: usize, of: usize| 100.0 * n as f64 / of.max(1) as f64;
        writeln!(
            out,
            "actors exchanged in {} rows: {} got another stance ({:.1} %), the greatest change of a probability is {:.4}",
            swaps.n,
            swaps.n_changed,
            share(swaps.n_changed, swaps.n),
            swaps.greatest_change
        )?;
        writeln!(
            out,
            "where the new names are to be found as well: found in {} rows, {} got another stance ({:.1} %)",
            swaps.n_found,
            swaps.n_found_changed,
            share(swaps.n_found_changed, swaps.n_found)
        )?;
        if swaps.names.is_empty() {
            writeln!(out, "the model sees no names: none moves a score by itself")?;
            return Ok(());
        }
        let mut shifts = table(&["target", "rows", "its name adds to FAVOR less AGAINST"]);
        for name in swaps.names.iter().take(self.top) {
            shifts.add_row([name.actor.clone(), name.support.to_string(), format!("{:+.3}", name.shift)]);
        }
        writeln!(out, "{shifts}")?;
        if swaps.names.len() > self.top {
            writeln!(out, "and {} more (--top)", swaps.names.len() - self.top)?;
        }
        Ok(())
    }

    fn print(
        &self,
        out: &mut impl Write,
        model: &Model,
        e: &Evaluation,
        c: Option<&Comparison>,
    ) -> anyhow::Result<()> {
        writeln!(out, "{} rows of {} texts; {} columns\n", e.n, e.n_texts, model.card.n_columns)?;
        let mut scores = table(&["", "macro-F1", "FAVOR/AGAINST F1", "accuracy"]);
        let mut add = |name: &str, h: &Headline| {
            scores.add_row([name, &points(&h.macro_f1), &points(&h.favor_against_f1), &points(&h.accuracy)]);
        };
        add("model", &e.headline);
        add("lexicon", &e.lexicon);
        add("majority", &e.majority);
        writeln!(out, "{scores}\n")?;
        let mut stances = table(&["stance", "precision", "recall", "F1", "support"]);
        for s in &e.stances {
            let p = |v: f64| format!("{:.1}", 100.0 * v);
            stances.add_row([
                s.stance.as_str(),
                &p(s.precision),
                &p(s.recall),
                &p(s.f1),
                &s.support.to_string(),
            ]);
        }
        writeln!(out, "{stances}\n")?;
        let mut confusion = table(&["gold \\ predicted", "AGAINST", "NEUTRAL", "FAVOR"]);
        for (stance, row) in Stance::ALL.iter().zip(&e.confusion) {
            confusion.add_row([
                stance.to_string(),
                row[0].to_string(),
                row[1].to_string(),
                row[2].to_string(),
            ]);
        }
        writeln!(out, "{confusion}\n")?;
        if let Some(pairs) = &e.pairs {
            writeln!(
                out,
                "directed pairs, 5 classes: macro-F1 {}, accuracy {:.1}, {} pairs ({} with two stances left out)",
                points(&pairs.macro_f1),
                100.0 * pairs.accuracy,
                pairs.n,
                pairs.n_both
            )?;
            let mut confusion = table(&["gold \\ predicted", "0", "1", "2", "3", "4"]);
            for (k, (name, row)) in PAIR_CLASSES.iter().zip(&pairs.confusion).enumerate() {
                let cells = [format!("{k} {name}")].into_iter().chain(row.iter().map(ToString::to_string));
                confusion.add_row(cells.collect::<Vec<_>>());
            }
            writeln!(out, "{confusion}\n")?;
        }
        writeln!(out, "calibration error (ECE) {:.1}\n", 100.0 * e.ece)?;
        let mut coverage = table(&["least confidence", "rows answered", "accuracy", "macro-F1"]);
        for c in e.coverage.iter().filter(|c| c.coverage > 0.0) {
            let p = |v: f64| format!("{:.1}", 100.0 * v);
            coverage.add_row([
                format!("{:.2}", c.min_confidence),
                format!("{} %", p(c.coverage)),
                p(c.accuracy),
                p(c.macro_f1),
            ]);
        }
        writeln!(out, "{coverage}\n")?;
        let mut surest = table(&["surest", "least confidence", "accuracy", "macro-F1"]);
        for c in &e.surest {
            surest.add_row([
                format!("{:.0} %", 100.0 * c.coverage),
                format!("{:.2}", c.min_confidence),
                format!("{:.1}", 100.0 * c.accuracy),
                format!("{:.1}", 100.0 * c.macro_f1),
            ]);
        }
        writeln!(out, "{surest}\n")?;
        if let Some(tone) = &e.tone {
            let (macro_f1, accuracy) = (points(&tone.macro_f1), points(&tone.accuracy));
            writeln!(out, "tone of {} texts: macro-F1 {macro_f1}, accuracy {accuracy}\n", tone.n)?;
        }
        for (what, groups) in [("target", &e.targets), ("holder", &e.holders)] {
            let mut by = table(&[what, "rows", "macro-F1", "accuracy"]);
            for g in groups.iter().take(self.top) {
                let name = if g.name.is_empty() { "(anyone)" } else { &g.name };
                by.add_row([
                    name.to_owned(),
                    g.support.to_string(),
                    format!("{:.1}", 100.0 * g.macro_f1),
                    format!("{:.1}", 100.0 * g.accuracy),
                ]);
            }
            writeln!(out, "{by}")?;
            if groups.len() > self.top {
                writeln!(out, "and {} more (--top)", groups.len() - self.top)?;
            }
            writeln!(out)?;
        }
        if let Some(c) = c {
            writeln!(
                out,
                "against the other model: macro-F1 {:.1} and {:.1}, difference {}, p = {:.3}; only this one right {}, only the other {}",
                100.0 * c.macro_f1,
                100.0 * c.other_macro_f1,
                points(&c.difference),
                c.p_value,
                c.only_first_right,
                c.only_other_right
            )?;
        }
        Ok(())
    }
}
