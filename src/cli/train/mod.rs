//! `train`: labelled data to a model, a model card beside it.

mod disk;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use geostance::actor::gazetteer::Gazetteer;
use geostance::corpus::{Corpus, Split};
use geostance::evaluate::Evaluation;
use geostance::evaluate::swap::swap_actors;
use geostance::feature::block_names;
use geostance::feature::lexicon::Lexicon;
use geostance::io::dialect::Dialect;
use geostance::io::model::{FORMAT, ModelCard, Source, VectorSource, read_model, write_model};
use geostance::io::vectors::read_vectors;
use geostance::io::{check_output, write_whole};
use geostance::model::ClassWeight;
use geostance::report::card_markdown;
use geostance::train::{DiskParams, HeadKind, TrainParams, train, train_on_disk};
use geostance::{Error, Location};

use disk::RowsOnDisk;

use super::evaluate::{judge, print_summary};
use super::{
    Faults, GazetteerArgs, LabelledArgs, Outcome, check_usable, parse_count, parse_size, say, stop_in_order,
    stopped,
};

/// Trains a model on labelled rows.
///
/// Rows with a `split` column: only those of `train` are trained on, those of `dev` are measured on.
/// Without `--dev` and without rows of `dev` the scores are those of cross-validation.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance train --data mine.csv -o my.model
  geostance train --data mine.csv --dev held-out.csv --l2 4 --seed 7 -o my.model
  geostance train --data news.jsonl pairs.tsv --head target directed -o my.model
  geostance train --data millions.parquet --memory 1G -o my.model")]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    labelled: LabelledArgs,
    /// Labelled rows to measure on, never trained on
    #[arg(long, value_name = "FILE", num_args = 1..)]
    dev: Vec<PathBuf>,
    /// Where the model is written; its card goes beside it, with the ending .md
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
    /// Folds of the cross-validation that chooses l2 and calibrates; 0: none. A text is never parted
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = parse_folds)]
    folds: usize,
    /// Seed of the folds
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// L2 regularisation; `auto`: the best of 1, 2, 4 and 8 by cross-validation
    #[arg(long, default_value = "auto", value_name = "X", value_parser = parse_l2)]
    l2: L2,
    /// Weight of the classes: balanced, sqrt (half way) or uniform
    #[arg(long, default_value = "balanced", value_name = "NAME", value_parser = parse_class_weight)]
    class_weight: ClassWeight,
    /// Heads to train [default: all that have rows]
    #[arg(long, value_name = "NAME", num_args = 1.., value_parser = parse_head)]
    head: Vec<HeadKind>,
    /// A feature must occur in this many rows
    #[arg(long, default_value_t = 2, value_name = "N")]
    min_rows: u32,
    /// The heaviest columns that are kept; 0: all
    #[arg(long, default_value_t = 0, value_name = "N")]
    max_columns: usize,
    /// Let the words by which actors are named be features: the model learns who is well spoken of, and no longer
    /// judges all actors alike (see `evaluate --swap-actors`)
    #[arg(long)]
    names: bool,
    /// Blocks of features to leave out, to see what they are worth: word, pair, sided, ...
    #[arg(long, value_name = "BLOCK", num_args = 1.., value_parser = parse_block)]
    without: Vec<String>,
    /// Vectors of words, a word and its numbers a line as GloVe has them: words alike get like weights
    #[arg(long, value_name = "FILE")]
    vectors: Option<PathBuf>,
    /// Further work for the model card to cite, such as that of the vectors
    #[arg(long, value_name = "TEXT")]
    cite: Vec<String>,
    /// Train in so much memory, such as 500M or 2G, however many rows there are: files are read twice and features kept
    /// in the folder of temporary files (some 2 KB a row). Of the folds one is held out, and not each in turn
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, conflicts_with = "vectors")]
    memory: Option<usize>,
    /// Passes over the rows where memory is bounded: more come nearer to what training without bounds finds
    #[arg(long, default_value_t = 10, value_name = "N", requires = "memory", value_parser = parse_count)]
    passes: usize,
    /// Model that weights are drawn to: few rows move it little, heads without rows stay
    #[arg(long, value_name = "MODEL")]
    from: Option<PathBuf>,
    #[command(flatten)]
    actors: GazetteerArgs,
}

/// A strength of regularisation, or the wish for the best.
#[derive(Debug, Clone, Copy)]
struct L2(Option<f64>);

fn parse_l2(text: &str) -> Result<L2, String> {
    match text {
        "auto" => Ok(L2(None)),
        text => match text.parse::<f64>() {
            Ok(l2) if l2.is_finite() && l2 >= 0.0 => Ok(L2(Some(l2))),
            _ => Err("expected `auto` or a number that is finite and not negative".to_owned()),
        },
    }
}

fn parse_folds(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(1) | Err(_) => Err("expected 0 or a whole number of at least 2".to_owned()),
        Ok(k) => Ok(k),
    }
}

/// Bytes of memory that are enough.
fn parse_memory(text: &str) -> Result<usize, String> {
    let least = DiskParams::LEAST;
    let expected = || format!("expected a size such as 500M or 2G, of at least {}M", least >> 20);
    parse_size(text).ok().filter(|&n| n >= least).ok_or_else(expected)
}

fn parse_class_weight(text: &str) -> Result<ClassWeight, String> {
    match text {
        "balanced" => Ok(ClassWeight::Balanced),
        "sqrt" => Ok(ClassWeight::Sqrt),
        "uniform" => Ok(ClassWeight::Uniform),
        _ => Err("expected balanced, sqrt or uniform".to_owned()),
    }
}

fn class_weight_name(class_weight: ClassWeight) -> String {
    format!("{class_weight:?}").to_lowercase()
}

fn parse_block(text: &str) -> Result<String, String> {
    match block_names().find(|name| *name == text) {
        Some(name) => Ok(name.to_owned()),
        None => Err(format!("expected one of {}", block_names().collect::<Vec<_>>().join(", "))),
    }
}

fn parse_head(text: &str) -> Result<HeadKind, String> {
    HeadKind::ALL
        .into_iter()
        .find(|h| h.as_str() == text)
        .ok_or_else(|| "expected target, directed or tone".to_owned())
}

/// Labelled files as read, by split.
#[derive(Default)]
struct Read {
    train: Corpus,
    dev: Corpus,
    sources: Vec<Source>,
    dev_sources: Vec<Source>,
    faults: Vec<Error>,
    /// Faults that were told as they came.
    named: Faults,
}

/// Targets and holders whose scores a model's card keeps.
const CARD_ACTORS: usize = 10;

impl TrainArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        stop_in_order();
        if self.output == Path::new("-") {
            bail!("a model is a file with its card beside it, and cannot go to standard output");
        }
        let beside = self.output.with_extension("md");
        if beside == self.output {
            bail!("{}: a model may not end in .md, as the card beside it does", self.output.display());
        }
        for path in [&self.output, &beside] {
            check_output(path, self.labelled.data.iter().chain(&self.dev).map(PathBuf::as_path))?;
        }
        let gazetteer = self.actors.load()?;
        let lexicon = Arc::new(Lexicon::built_in());
        let from = match &self.from {
            Some(path) => Some(read_model(path, gazetteer.clone(), lexicon.clone())?),
            None => None,
        };
        let params = TrainParams {
            heads: if self.head.is_empty() { HeadKind::ALL.to_vec() } else { self.head.clone() },
            l2: self.l2.0,
            class_weight: self.class_weight,
            folds: self.folds,
            seed: self.seed,
            min_rows: self.min_rows,
            max_columns: self.max_columns,
            names: self.names,
            without: self.without.clone(),
            vectors: self.vectors.as_deref().map(read_vectors).transpose()?.map(Arc::new),
        };
        let report = |text: &str| {
            if !text.is_empty() {
                say(text);
            }
            if stopped() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let start = from.as_ref().map(|model| &model.pipeline);
        let (trained, mut read) = match self.memory {
            None => {
                let mut read = self.read(&gazetteer)?;
                let trained =
                    train(&read.train, gazetteer.clone(), lexicon.clone(), &params, start, &report)?;
                for (index, why) in &trained.unused {
                    let line = read.train.examples[*index].line;
                    read.faults.push(Error::row(self.place(&read, *index).line(line), why.clone()));
                }
                (trained, read)
            }
            Some(memory) => {
                let disk = DiskParams { memory, passes: self.passes };
                let mut rows = RowsOnDisk::new(&self)?;
                let trained = train_on_disk(
                    &mut rows,
                    gazetteer.clone(),
                    lexicon.clone(),
                    &params,
                    disk,
                    start,
                    &report,
                )?;
                (trained, rows.finish(&gazetteer)?)
            }
        };
        let vectors = params.vectors.as_deref().zip(self.vectors.as_deref()).map(|(v, path)| VectorSource {
            name: name_of(path),
            n_stems: v.len(),
            sha256: v.fingerprint().to_owned(),
        });
        let mut card = ModelCard {
            format: FORMAT,
            geostance: env!("CARGO_PKG_VERSION").to_owned(),
            seed: self.seed,
            folds: self.folds,
            class_weight: class_weight_name(self.class_weight),
            min_rows: self.min_rows,
            n_columns: trained.pipeline.featurizer().space().len(),
            gazetteer: gazetteer.fingerprint(),
            lexicon: lexicon.fingerprint().to_owned(),
            training: read.sources.clone(),
            vectors,
            names: self.names,
            citations: self.cite.clone(),
            swaps: None,
            heads: trained.reports,
            dev: Vec::new(),
        };
        if let Some(old) = from {
            inherit(&mut card, old.card);
        }
        let mut start = 0;
        for source in &read.dev_sources {
            let part = Corpus { examples: read.dev.examples[start..start + source.n_rows].to_vec() };
            start += source.n_rows;
            let (rows, faults) = judge(&trained.pipeline, &part, Path::new(&source.name));
            read.faults.extend(faults);
            if rows.is_empty() {
                continue;
            }
            let mut evaluation = Evaluation::of(&rows, 1)?;
            print_summary(&source.name, &evaluation);
            // the card stands in the model: the commonest actors tell enough
            evaluation.targets.truncate(CARD_ACTORS);
            evaluation.holders.truncate(CARD_ACTORS);
            let mut scores = serde_json::to_value(&evaluation)?;
            // in order of name, as they stand in the cards of models already written
            scores.sort_all_objects();
            card.dev.push((source.clone(), scores));
        }
        if !read.dev.examples.is_empty() {
            let mut swaps = swap_actors(&trained.pipeline, &read.dev, self.seed);
            swaps.names.truncate(CARD_ACTORS);
            card.swaps = Some(swaps);
        }
        if stopped() {
            bail!(Error::Interrupted);
        }
        let text = card_markdown(&card);
        // the card is safe on the disk before the model takes its place
        write_whole(&beside, |out| {
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| Error::io(&beside, e))?;
            write_model(&self.output, &trained.pipeline, &card)
        })?;
        say(format!("wrote {} and {}", self.output.display(), beside.display()));
        read.faults.iter().for_each(|fault| read.named.add(fault));
        read.named.say();
        Ok(read.named.outcome())
    }

    /// The file that a row of training came from.
    fn place(&self, read: &Read, mut index: usize) -> Location {
        for (source, path) in read.sources.iter().zip(&self.labelled.data) {
            if index < source.n_rows {
                return Location::file(path);
            }
            index -= source.n_rows;
        }
        Location::default()
    }

    fn read(&self, gazetteer: &Gazetteer) -> anyhow::Result<Read> {
        let mut read = Read::default();
        for path in &self.labelled.data {
            let loaded = self.labelled.shape.read(path)?;
            read.faults.extend(loaded.faults);
            for split in [Split::Train, Split::Dev] {
                let part = loaded.corpus.split(split);
                match split {
                    Split::Train => {
                        read.sources.push(source(path, loaded.dialect, &part));
                        read.train.examples.extend(part.examples);
                    }
                    _ if part.examples.is_empty() => {}
                    _ => {
                        read.dev_sources.push(source(path, loaded.dialect, &part));
                        read.dev.examples.extend(part.examples);
                    }
                }
            }
        }
        let mut start = 0;
        let mut parts = Vec::new();
        for (source, path) in read.sources.iter().zip(&self.labelled.data) {
            parts.push((path.as_path(), &read.train.examples[start..start + source.n_rows]));
            start += source.n_rows;
        }
        check_usable(&parts, &mut read.faults, gazetteer, " to train on")?;
        self.read_dev(&mut read, gazetteer)?;
        Ok(read)
    }

    /// Reads the files to measure on.
    fn read_dev(&self, read: &mut Read, gazetteer: &Gazetteer) -> anyhow::Result<()> {
        for path in &self.dev {
            let mut loaded = self.labelled.shape.read(path)?;
            check_usable(&[(path, &loaded.corpus.examples)], &mut loaded.faults, gazetteer, "")?;
            read.faults.extend(loaded.faults);
            read.dev_sources.push(source(path, loaded.dialect, &loaded.corpus));
            read.dev.examples.extend(loaded.corpus.examples);
        }
        Ok(())
    }
}

/// Adds what a model started from says of itself: heads that stayed as they were, its data, and whom to cite.
fn inherit(card: &mut ModelCard, old: ModelCard) {
    let stayed = old.heads.into_iter().filter(|h| card.heads.iter().all(|own| own.head != h.head));
    card.heads.extend(stayed.collect::<Vec<_>>());
    card.heads.sort_by_key(|h| h.head);
    card.training.extend(old.training);
    card.citations.extend(old.citations);
    card.vectors = card.vectors.take().or(old.vectors);
    card.names |= old.names;
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
}

fn source(path: &Path, dialect: Dialect, corpus: &Corpus) -> Source {
    source_of(path, dialect, corpus.examples.len(), corpus.fingerprint())
}

fn source_of(path: &Path, dialect: Dialect, n_rows: usize, sha256: String) -> Source {
    Source {
        name: name_of(path),
        dialect: dialect.as_str().to_owned(),
        n_rows,
        sha256,
        citation: dialect.citation().map(str::to_owned),
    }
}
