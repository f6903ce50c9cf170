//! Labelled files that are read twice, a part at a time, where memory is bounded.

use std::path::Path;

use anyhow::bail;
use geostance::actor::gazetteer::Gazetteer;
use geostance::corpus::{Corpus, Example, Split};
use geostance::fingerprint::Fingerprint;
use geostance::io::corpus::labelled_rows;
use geostance::io::dialect::Dialect;
use geostance::io::model::Source;
use geostance::io::scratch_file;
use geostance::train::{Labelled, Scratch, Unusable};
use geostance::{Error, Location, Result};

use super::super::{Faults, progress};
use super::{Read, TrainArgs, source, source_of};

/// Rows that are worked on at a time, and bytes of their texts.
const PART_ROWS: usize = 4096;
const PART_BYTES: usize = 4 << 20;

/// The labelled files of a command line.
pub(super) struct RowsOnDisk<'a> {
    args: &'a TrainArgs,
    files: Vec<LabelledFile<'a>>,
    named: Faults,
    /// Whether all was read once, and faults were told.
    known: bool,
}

struct LabelledFile<'a> {
    path: &'a Path,
    dialect: Dialect,
    /// What the card says of its rows to train on.
    source: Source,
    /// Its rows to measure on.
    dev: Corpus,
}

impl<'a> RowsOnDisk<'a> {
    pub(super) fn new(args: &'a TrainArgs) -> anyhow::Result<RowsOnDisk<'a>> {
        let paths = args.labelled.data.iter();
        if let Some(path) = paths.clone().find(|path| path.exists() && !path.is_file()) {
            bail!("{}: cannot be read twice, which training in bounded memory needs", path.display());
        }
        let file = |path: &'a std::path::PathBuf| LabelledFile {
            path,
            dialect: Dialect::default(),
            source: Source::default(),
            dev: Corpus::default(),
        };
        Ok(RowsOnDisk { args, files: paths.map(file).collect(), named: Faults::default(), known: false })
    }

    /// What is left to measure and to tell.
    pub(super) fn finish(self, gazetteer: &Gazetteer) -> anyhow::Result<Read> {
        let mut read = Read { named: self.named, ..Read::default() };
        for file in self.files {
            if !file.dev.examples.is_empty() {
                read.dev_sources.push(source(file.path, file.dialect, &file.dev));
                read.dev.examples.extend(file.dev.examples);
            }
            read.sources.push(file.source);
        }
        self.args.read_dev(&mut read, gazetteer)?;
        Ok(read)
    }
}

impl Labelled for RowsOnDisk<'_> {
    fn scratch(&self) -> Result<Box<dyn Scratch>> {
        Ok(Box::new(scratch_file()?))
    }

    fn read(&mut self, take: &mut dyn FnMut(&[Example]) -> Result<Unusable>) -> Result<()> {
        let RowsOnDisk { args, files, named, known } = self;
        let shape = &args.labelled.shape;
        let mut tell = |fault: &Error| {
            if !*known {
                named.add(fault);
            }
        };
        let mut n_read = 0;
        for file in files {
            let (dialect, rows) = labelled_rows(file.path, &shape.columns(), shape.dialect)?;
            let mut print = Fingerprint::default();
            let mut n_rows = 0;
            let mut part: Vec<Example> = Vec::new();
            let mut n_bytes = 0;
            let mut rows = rows.peekable();
            while let Some(row) = rows.next() {
                match row {
                    Ok(example) if example.split == Some(Split::Test) => {}
                    Ok(example) if example.split == Some(Split::Dev) => {
                        if !*known {
                            file.dev.examples.push(example);
                        }
                    }
                    Ok(example) => {
                        n_rows += 1;
                        n_bytes += example.text.len();
                        if !*known {
                            example.imprint(&mut print);
                        }
                        part.push(example);
                    }
                    Err(Error::Io { location, source }) => return Err(Error::Io { location, source }),
                    Err(fault) => tell(&fault),
                }
                if part.len() == PART_ROWS || n_bytes > PART_BYTES || rows.peek().is_none() {
                    for (index, why) in take(&part)? {
                        tell(&Error::row(Location::file(file.path).line(part[index].line), why));
                    }
                    n_read += part.len();
                    progress(&format!("{n_read} rows"));
                    part.clear();
                    n_bytes = 0;
                }
            }
            if !*known {
                file.dialect = dialect;
                file.source = source_of(file.path, dialect, n_rows, print.finish());
            }
        }
        progress("");
        *known = true;
        Ok(())
    }
}
