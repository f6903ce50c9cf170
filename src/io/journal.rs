//! How far a long run has come, so that it can go on after a fault or a kill.
//!
//! Beside the output stand two files while the run lasts: `OUTPUT.part` holds what was written so far, and
//! `OUTPUT.journal` a line of JSON for each checkpoint: how much of the input is done, and how many bytes of the part
//! belong to it. What the part holds beyond the last whole line of the journal is cut off when the run goes on. The
//! part is on disk before the line that tells of it is written. When all is done the part becomes the output and the
//! journal goes.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Error, Location, Result};

use super::articles::Position;

/// How far a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// How much of the input is done.
    pub position: Position,
    /// Bytes of the part that belong to it.
    pub n_bytes: u64,
    /// Texts read.
    pub n_items: u64,
    /// Rows written.
    pub n_rows: u64,
    /// Rows that were skipped.
    pub n_faults: u64,
}

/// First line of a journal: of which run it is.
#[derive(Serialize, Deserialize)]
struct Head {
    run: String,
}

/// A journal and the part it tells of, both open for writing.
pub struct Journal {
    output: PathBuf,
    journal: File,
    part: File,
    last: Checkpoint,
}

fn beside(output: &Path, ending: &str) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Journal {
    /// Opens the journal of an output, or begins one. `run` is the identity of the run: what is read, and how.
    ///
    /// # Errors
    /// If the journal that stands there is of another run, its part is gone or too short, or the files cannot be
    /// written to.
    pub fn open(output: &Path, run: &str) -> Result<Journal> {
        let (journal_path, part_path) = (beside(output, ".journal"), beside(output, ".part"));
        let failed = |path: &Path, e: io::Error| Error::io(path, e);
        let refuse = |why: String| Error::row(Location::file(&journal_path), why);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut journal = options.open(&journal_path).map_err(|e| failed(&journal_path, e))?;
        let mut part = options.open(&part_path).map_err(|e| failed(&part_path, e))?;
        let (last, length) = match read_lines(&journal).map_err(|e| failed(&journal_path, e))? {
            Read::Nothing => (None, 0),
            Read::NoHead => return Err(refuse("is no journal of geostance".to_owned())),
            Read::Lines { run: known, .. } if known != run => {
                return Err(refuse(format!(
                    "is of another run: other inputs, model or settings; to start over, remove it and {}",
                    part_path.display()
                )));
            }
            Read::Lines { last, length, .. } => (Some(last), length),
        };
        let n_bytes = last.map_or(0, |last: Checkpoint| last.n_bytes);
        let known = part.metadata().map_err(|e| failed(&part_path, e))?.len();
        if known < n_bytes {
            return Err(refuse(format!(
                "tells of {n_bytes} bytes, but {} has {known}; to start over, remove both",
                part_path.display()
            )));
        }
        part.set_len(n_bytes)
            .and_then(|()| part.seek(SeekFrom::End(0)))
            .map_err(|e| failed(&part_path, e))?;
        journal
            .set_len(length)
            .and_then(|()| journal.seek(SeekFrom::End(0)))
            .map_err(|e| failed(&journal_path, e))?;
        let output = output.to_path_buf();
        let mut opened = Journal { output, journal, part, last: last.unwrap_or_default() };
        if last.is_none() {
            opened.append(&Head { run: run.to_owned() })?;
        }
        Ok(opened)
    }

    /// Where the run goes on; all zero where it begins.
    pub fn last(&self) -> Checkpoint {
        self.last
    }

    /// A handle to write the part with.
    ///
    /// # Errors
    /// If the system gives no second handle.
    pub fn part(&self) -> Result<File> {
        self.part.try_clone().map_err(|e| Error::io(beside(&self.output, ".part"), e))
    }

    /// Notes that all that was written so far belongs to a position in the input.
    ///
    /// # Errors
    /// If the disk is full or fails; the run can go on from the checkpoint before.
    pub fn note(&mut self, checkpoint: Checkpoint) -> Result<()> {
        let part = beside(&self.output, ".part");
        self.part.sync_data().map_err(|e| Error::io(&part, e))?;
        let n_bytes = self.part.metadata().map_err(|e| Error::io(&part, e))?.len();
        self.last = Checkpoint { n_bytes, ..checkpoint };
        let last = self.last;
        self.append(&last)
    }

    fn append(&mut self, line: &impl Serialize) -> Result<()> {
        let mut bytes = serde_json::to_vec(line).map_err(|e| Error::Data(e.to_string()))?;
        bytes.push(b'\n');
        let written = self.journal.write_all(&bytes).and_then(|()| self.journal.sync_data());
        written.map_err(|e| Error::io(beside(&self.output, ".journal"), e))
    }

    /// Makes the part the output, and takes the journal away.
    ///
    /// # Errors
    /// If the part cannot be written out or renamed.
    pub fn finish(self) -> Result<()> {
        let failed = |e| Error::io(&self.output, e);
        self.part.sync_all().map_err(failed)?;
        // a kill between the two leaves a part without a journal, which is begun anew
        fs::remove_file(beside(&self.output, ".journal")).map_err(failed)?;
        fs::rename(beside(&self.output, ".part"), &self.output).map_err(failed)
    }
}

enum Read {
    Nothing,
    NoHead,
    Lines { run: String, last: Checkpoint, length: u64 },
}

/// The whole lines of a journal; one that was cut short by a kill is as if it were not there.
fn read_lines(journal: &File) -> io::Result<Read> {
    let mut reader = BufReader::new(journal);
    let mut line = String::new();
    let mut found = Read::Nothing;
    loop {
        line.clear();
        let n = reader.read_line(&mut line)? as u64;
        if !line.ends_with('\n') {
            return Ok(found);
        }
        found = match found {
            Read::Nothing => match serde_json::from_str::<Head>(&line) {
                Ok(head) => Read::Lines { run: head.run, last: Checkpoint::default(), length: n },
                Err(_) => return Ok(Read::NoHead),
            },
            Read::Lines { run, last, length } => match serde_json::from_str::<Checkpoint>(&line) {
                Ok(next) => Read::Lines { run, last: next, length: length + n },
                Err(_) => return Ok(Read::Lines { run, last, length }),
            },
            Read::NoHead => return Ok(Read::NoHead),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn what_no_checkpoint_tells_of_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("o.csv");
        let mut journal = Journal::open(&output, "run").unwrap();
        let at = |n_items| Checkpoint { n_items, ..Checkpoint::default() };
        journal.part().unwrap().write_all(b"one\n").unwrap();
        journal.note(at(1)).unwrap();
        journal.part().unwrap().write_all(b"two\nthr").unwrap();
        // a kill in the middle of a line of the journal
        journal.journal.write_all(b"{\"position\":{").unwrap();
        drop(journal);
        let mut journal = Journal::open(&output, "run").unwrap();
        assert_eq!((journal.last().n_items, journal.last().n_bytes), (1, 4));
        journal.part().unwrap().write_all(b"two\n").unwrap();
        journal.note(at(2)).unwrap();
        drop(journal);
        let journal = Journal::open(&output, "run").unwrap();
        assert_eq!((journal.last().n_items, journal.last().n_bytes), (2, 8));
        journal.finish().unwrap();
        assert_eq!(read(&output), "one\ntwo\n");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_journal_of_another_run_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("o.csv");
        let mut journal = Journal::open(&output, "run").unwrap();
        journal.part().unwrap().write_all(b"one\n").unwrap();
        journal.note(Checkpoint::default()).unwrap();
        drop(journal);
        let refused = Journal::open(&output, "other").err().unwrap().to_string();
        assert!(refused.contains("is of another run"));
        assert_eq!(read(&folder.path().join("o.csv.part")), "one\n");
        fs::write(folder.path().join("o.csv.part"), "o").unwrap();
        let refused = Journal::open(&output, "run").err().unwrap().to_string();
        assert!(refused.contains("tells of 4 bytes, but"));
        fs::write(folder.path().join("o.csv.journal"), "notes\n").unwrap();
        assert!(Journal::open(&output, "run").is_err());
    }
}
