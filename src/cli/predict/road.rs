//! The road of `predict`: one batch is read and the one before it written while a third is judged.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::bail;
use geostance::corpus::Field;
use geostance::io::articles::{Item, Items, Position};
use geostance::io::journal::{Checkpoint, Journal};
use geostance::io::opinions::{OpinionRow, row_of_example, rows_of};
use geostance::pipeline::{Desk, Desks};
use geostance::text::language::foreign_language;
use geostance::{Error, Pipeline};
use rayon::prelude::*;

use super::super::{Faults, UnreadDates, progress, say, stopped};
use super::{PredictArgs, Sink};

/// Items are judged in batches of about this many bytes; three batches are held at a time.
const BATCH_BYTES: usize = 1 << 18;
/// ... and of at most this many items.
const BATCH_ITEMS: usize = 4096;
/// So many items are judged at a stretch by one thread where rows need not keep their order.
const STRETCH: usize = 16;
/// Time between two checkpoints: each waits for the disk.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_millis(250);

/// The input, from its first usable item on.
pub(super) struct Source {
    items: Items,
    /// The first item, until it is taken.
    first: Option<Item>,
    /// What could not be used before it.
    pub(super) faults: Vec<Error>,
    /// Columns that the first item carries through.
    pub(super) carried: Arc<[Field]>,
}

/// Some items, and where the input goes on behind them.
struct Batch {
    items: Vec<Item>,
    faults: Vec<Error>,
    n_bytes: usize,
    position: Position,
}

impl Source {
    pub(super) fn new(mut items: Items) -> Source {
        let mut faults = Vec::new();
        let first = loop {
            match items.next() {
                Some(Ok(item)) => break Some(item),
                Some(Err(fault)) => faults.push(fault),
                None => break None,
            }
        };
        let carried = first.as_ref().map_or(Arc::default(), |item| item.fields.clone());
        Source { items, first, faults, carried }
    }

    /// Whether no item can be used.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Passes over what an earlier run has done.
    pub(super) fn skip_to(&mut self, position: Position) {
        if position > Position::default() {
            self.first = None;
            self.faults.clear();
            self.items.skip_to(position);
        }
    }

    fn batch(&mut self) -> Option<Batch> {
        let (mut items, mut faults, mut n_bytes) = (Vec::new(), std::mem::take(&mut self.faults), 0);
        while n_bytes < BATCH_BYTES && items.len() + faults.len() < BATCH_ITEMS {
            match self.first.take().map(Ok).or_else(|| self.items.next()) {
                Some(Ok(item)) => {
                    n_bytes += item.n_bytes;
                    items.push(item);
                }
                Some(Err(fault)) => faults.push(fault),
                None => break,
            }
        }
        let position = self.items.position();
        (items.len() + faults.len() > 0).then_some(Batch { items, faults, n_bytes, position })
    }
}

/// What a run has done.
#[derive(Default)]
pub(super) struct Report {
    n_bytes: usize,
    pub(super) n_items: u64,
    pub(super) n_unjudged: u64,
    pub(super) n_rows: u64,
    pub(super) unread: UnreadDates,
    pub(super) languages: Languages,
    pub(super) faults: Faults,
}

/// Articles that are not in English: how many of each language, and the first of them.
#[derive(Default)]
pub(super) struct Languages(BTreeMap<&'static str, (u64, String)>);

impl Languages {
    fn see(&mut self, found: Vec<(&'static str, String)>) {
        for (language, place) in found {
            self.0.entry(language).or_insert_with(|| (0, place)).0 += 1;
        }
    }

    /// Says so, a line for each language.
    pub(super) fn say(&self) {
        for (language, (n, first)) in &self.0 {
            let texts = if *n == 1 { "this text is".to_owned() } else { format!("{n} texts are") };
            say(format!(
                "warning: {first}: {texts} in {language}, as it seems; only English is understood, and opinions found \
                 in it mean little"
            ));
        }
    }
}

/// A batch with the rows of each item.
struct Judged {
    batch: Batch,
    rows: Vec<Result<Vec<OpinionRow>, Error>>,
    foreign: Vec<(&'static str, String)>,
}

/// Where rows go, and how far they have come.
struct Out<'a> {
    sink: Box<dyn Sink + Send + 'a>,
    journal: Option<(&'a mut Journal, Instant)>,
    report: Report,
    opinionated: bool,
    min_confidence: f64,
}

impl Out<'_> {
    fn rows(&mut self, rows: impl IntoIterator<Item = Result<Vec<OpinionRow>, Error>>) -> anyhow::Result<()> {
        for rows in rows {
            match rows {
                Ok(rows) => {
                    for row in rows {
                        if row.passes(self.opinionated, self.min_confidence) {
                            self.report.n_rows += 1;
                            self.sink.write(row)?;
                        }
                    }
                }
                Err(fault) => {
                    self.report.n_unjudged += 1;
                    self.report.faults.add(&fault);
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, Judged { batch, rows, foreign }: Judged) -> anyhow::Result<()> {
        batch.faults.iter().for_each(|fault| self.report.faults.add(fault));
        batch.items.iter().for_each(|item| self.report.unread.see(item));
        self.report.languages.see(foreign);
        self.report.n_items += batch.items.len() as u64;
        self.report.n_bytes += batch.n_bytes;
        self.rows(rows)?;
        if self.journal.as_ref().is_some_and(|(_, noted)| noted.elapsed() >= BETWEEN_CHECKPOINTS) {
            self.sink.flush()?;
            let checkpoint = Checkpoint {
                position: batch.position,
                n_bytes: 0,
                n_items: self.report.n_items,
                n_rows: self.report.n_rows,
                n_faults: self.report.faults.n(),
            };
            if let Some((journal, noted)) = &mut self.journal {
                journal.note(checkpoint)?;
                *noted = Instant::now();
            }
        }
        Ok(())
    }
}

/// What all batches are judged with.
pub(super) struct Road<'a> {
    pub(super) args: &'a PredictArgs,
    pub(super) pipeline: &'a Pipeline,
}

impl Road<'_> {
    /// Judges the whole input. With a journal it goes on from the journal's last checkpoint.
    pub(super) fn run<'a>(
        &self,
        source: &mut Source,
        sink: Box<dyn Sink + Send + 'a>,
        journal: Option<&'a mut Journal>,
    ) -> anyhow::Result<Report> {
        let started = Instant::now();
        let mut report = Report::default();
        if let Some(journal) = &journal {
            let last = journal.last();
            (report.n_items, report.n_rows) = (last.n_items, last.n_rows);
            report.faults = Faults::after(last.n_faults);
        }
        let (opinionated, min_confidence) = (self.args.opinionated, f64::from(self.args.min_confidence));
        let journal = journal.map(|journal| (journal, started));
        let out = Mutex::new(Out { sink, journal, report, opinionated, min_confidence });
        let lock = || out.lock().unwrap_or_else(PoisonError::into_inner);
        let desks = Desks::default();
        let (size, n_read) = (source.items.size(), source.items.n_read());
        let read_before = n_read.load(Ordering::Relaxed);
        let mut next = source.batch();
        let mut judged: Option<Judged> = None;
        while let Some(batch) = next.take() {
            if stopped() {
                bail!(Error::Interrupted);
            }
            let aside = || {
                let written = judged.take().map_or(Ok(()), |judged| lock().write(judged));
                (written, source.batch())
            };
            let judge = || -> anyhow::Result<Judged> {
                let rows = if self.args.unordered {
                    batch.items.par_chunks(STRETCH).try_for_each(|items| {
                        let mut desk = desks.take();
                        let rows: Vec<_> = items.iter().map(|item| self.judge(desk.desk(), item)).collect();
                        lock().rows(rows)
                    })?;
                    Vec::new()
                } else {
                    let judge =
                        |desk: &mut geostance::pipeline::Loan<'_>, item| self.judge(desk.desk(), item);
                    batch.items.par_iter().map_init(|| desks.take(), judge).collect()
                };
                let articles = batch.items.par_iter().filter(|item| item.example.is_none());
                let foreign = articles
                    .filter_map(|item| {
                        Some((foreign_language(&item.article.text)?, item.location.to_string()))
                    })
                    .collect();
                Ok(Judged { batch, rows, foreign })
            };
            let ((written, following), done) = rayon::join(aside, judge);
            written?;
            (next, judged) = (following, Some(done?));
            let read = n_read.load(Ordering::Relaxed);
            lock().report.tell(started.elapsed(), read_before, read.min(size), size);
        }
        let mut out = out.into_inner().unwrap_or_else(PoisonError::into_inner);
        judged.map_or(Ok(()), |judged| out.write(judged))?;
        progress("");
        out.sink.finish()?;
        Ok(out.report)
    }

    fn judge(&self, desk: &mut Desk, item: &Item) -> Result<Vec<OpinionRow>, Error> {
        let Some(example) = &item.example else {
            let analysis = self.pipeline.analyse(desk, &item.article);
            return Ok(rows_of(self.pipeline, &item.article, &analysis, &item.fields));
        };
        let (judgement, tone) = self
            .pipeline
            .judge_example(desk, example)
            .map_err(|why| Error::row(item.location.clone(), why))?;
        Ok(vec![row_of_example(&item.article, example, &item.fields, judgement, tone)])
    }
}

impl Report {
    /// Tells how far it is, how fast it goes, and how long it will take at that rate.
    fn tell(&self, elapsed: Duration, before: u64, read: u64, size: u64) {
        let seconds = elapsed.as_secs_f64().max(1e-9);
        let megabytes = self.n_bytes as f64 / 1e6;
        let mut line = format!(
            "{megabytes:.1} MB, {} texts, {} rows, {:.1} MB/s",
            self.n_items,
            self.n_rows,
            megabytes / seconds
        );
        if size > read && read > before {
            let left = seconds * (size - read) as f64 / (read - before) as f64;
            let left = Duration::from_secs(left as u64);
            line.push_str(&format!(", {} % read, {left:?} left", 100 * read / size));
        }
        progress(&line);
    }
}
