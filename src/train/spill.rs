//! Rows of a head on the disk, in parts that fit into memory, and in an order of no meaning.

use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use crate::feature::matrix::{FeatureMatrix, Row};
use crate::feature::space::mix;
use crate::model::{Class, ClassCounts, N_CLASSES};
use crate::{Error, Result};

/// Bytes of an entry, and of what goes before the entries of a row: class, whether it is held out, length.
const ENTRY: usize = 8;
const HEAD: usize = 6;
/// Files that may be open at a time for one head.
const MOST_PARTS: usize = 128;

/// Somewhere to put what does not fit into memory: a file without a name, say.
pub trait Scratch: Read + Write + Seek + Send {}

impl<T: Read + Write + Seek + Send> Scratch for T {}

fn failed(e: std::io::Error) -> Error {
    Error::io(Path::new("temporary file"), e)
}

/// Takes rows, each into a part that the seed and its number choose.
pub(super) struct Spill {
    parts: Vec<BufWriter<Box<dyn Scratch>>>,
    sizes: Vec<PartSize>,
    seed: u64,
    n_rows: u64,
    n_columns: usize,
    trained: Count,
    held: Count,
}

/// Rows of each class, and their values in each column.
pub(super) struct Count {
    pub(super) rows: [usize; N_CLASSES],
    pub(super) values: ClassCounts<N_CLASSES>,
}

impl Count {
    fn new(n_columns: usize) -> Count {
        Count { rows: [0; N_CLASSES], values: ClassCounts::new(n_columns) }
    }

    /// These and others.
    pub(super) fn and(mut self, other: &Count) -> Count {
        self.rows.iter_mut().zip(other.rows).for_each(|(n, other)| *n += other);
        self.values.merge(&other.values);
        self
    }
}

#[derive(Clone, Copy, Default)]
struct PartSize {
    rows: usize,
    entries: usize,
}

impl Spill {
    /// For some `bytes` in all, put into what `scratch` gives, in parts of `part_bytes`, of rows of `n_columns` columns.
    pub(super) fn new(
        scratch: &dyn Fn() -> Result<Box<dyn Scratch>>,
        n_columns: usize,
        bytes: u64,
        part_bytes: usize,
        seed: u64,
    ) -> Result<Spill> {
        let n_parts = (bytes.div_ceil(part_bytes.max(1) as u64) as usize).max(1);
        if n_parts > MOST_PARTS {
            let (all, part) = (bytes >> 20, part_bytes >> 20);
            return Err(Error::Param(format!(
                "the rows of a head take {all} MB on the disk, more than {MOST_PARTS} parts of {part} MB: give more memory"
            )));
        }
        let open = || Ok(BufWriter::new(scratch()?));
        Ok(Spill {
            parts: (0..n_parts).map(|_| open()).collect::<Result<_>>()?,
            sizes: vec![PartSize::default(); n_parts],
            seed,
            n_rows: 0,
            n_columns,
            trained: Count::new(n_columns),
            held: Count::new(n_columns),
        })
    }

    /// Bytes that rows of so many entries take.
    pub(super) fn bytes(n_rows: u64, n_entries: u64) -> u64 {
        n_rows * HEAD as u64 + n_entries * ENTRY as u64
    }

    pub(super) fn push(&mut self, row: Row<'_>, class: usize, held: bool) -> Result<()> {
        let part = (scattered(self.seed, self.n_rows) % self.parts.len() as u64) as usize;
        self.n_rows += 1;
        let count = if held { &mut self.held } else { &mut self.trained };
        count.rows[class] += 1;
        count.values.add(row, class);
        self.sizes[part].rows += 1;
        self.sizes[part].entries += row.columns.len();
        let out = &mut self.parts[part];
        let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(failed);
        write(&[class as u8, u8::from(held)])?;
        write(&(row.columns.len() as u32).to_le_bytes())?;
        for (column, value) in row.iter() {
            write(&(column as u32).to_le_bytes())?;
            write(&value.to_le_bytes())?;
        }
        Ok(())
    }

    /// The rows as they can be read, and the counts of those that are trained on while l2 is chosen, and of those that
    /// are not.
    pub(super) fn finish(self) -> Result<(Spilled, Count, Count)> {
        let whole =
            |part: BufWriter<_>| part.into_inner().map(Mutex::new).map_err(|e| failed(e.into_error()));
        let parts = self.parts.into_iter().map(whole).collect::<Result<_>>()?;
        let rows = Spilled { parts, sizes: self.sizes, seed: self.seed, n_columns: self.n_columns };
        Ok((rows, self.trained, self.held))
    }
}

/// A number that the seed scatters.
fn scattered(seed: u64, number: u64) -> u64 {
    mix(mix(seed, number), 0x5eed)
}

/// The rows of a head, on the disk.
pub(super) struct Spilled {
    parts: Vec<Mutex<Box<dyn Scratch>>>,
    sizes: Vec<PartSize>,
    seed: u64,
    pub(super) n_columns: usize,
}

/// Rows in memory, with room for more: what is read again and again would else be asked of the system each time.
pub(super) struct Part<L> {
    pub(super) x: FeatureMatrix,
    pub(super) gold: Vec<L>,
    /// Which rows are not trained on while l2 is chosen.
    pub(super) held: Vec<bool>,
    /// In which order to take them.
    pub(super) order: Vec<u32>,
}

impl Spilled {
    pub(super) fn n_parts(&self) -> usize {
        self.parts.len()
    }

    /// Room for the greatest part.
    pub(super) fn room<L: Class>(&self) -> Part<L> {
        let most = |size: fn(&PartSize) -> usize| self.sizes.iter().map(size).max().unwrap_or(0);
        let (rows, entries) = (most(|s| s.rows), most(|s| s.entries));
        Part {
            x: FeatureMatrix::with_capacity(self.n_columns, rows, entries),
            gold: Vec::with_capacity(rows),
            held: Vec::with_capacity(rows),
            order: Vec::with_capacity(rows),
        }
    }

    /// Reads a part in place of the one that was there.
    pub(super) fn read<L: Class>(&self, number: usize, part: &mut Part<L>) -> Result<()> {
        let Part { x, gold, held, order } = part;
        let n_rows = self.sizes[number].rows;
        let mut scratch = self.parts[number].lock().unwrap_or_else(PoisonError::into_inner);
        scratch.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut reader = BufReader::with_capacity(1 << 16, &mut *scratch);
        x.clear();
        gold.clear();
        held.clear();
        order.clear();
        let (mut bytes, mut row) = (Vec::new(), Vec::new());
        for _ in 0..n_rows {
            let mut head = [0; HEAD];
            reader.read_exact(&mut head).map_err(failed)?;
            let [class, is_held, length @ ..] = head;
            bytes.resize(u32::from_le_bytes(length) as usize * ENTRY, 0);
            reader.read_exact(&mut bytes).map_err(failed)?;
            row.clear();
            let entry = |b: &[u8; ENTRY]| {
                let [c0, c1, c2, c3, v0, v1, v2, v3] = *b;
                (u32::from_le_bytes([c0, c1, c2, c3]), f32::from_le_bytes([v0, v1, v2, v3]))
            };
            row.extend(bytes.as_chunks::<ENTRY>().0.iter().map(entry));
            x.push_row(&row);
            let unknown =
                || failed(std::io::Error::new(ErrorKind::InvalidData, "a row was changed on the disk"));
            gold.push(*L::ALL.get(usize::from(class)).ok_or_else(unknown)?);
            held.push(is_held != 0);
        }
        order.extend(0..n_rows as u32);
        order.sort_unstable_by_key(|&i| (scattered(self.seed ^ number as u64, u64::from(i)), i));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Stance;

    #[test]
    fn more_than_the_parts_hold_is_refused() {
        let memory = || Ok(Box::new(std::io::Cursor::new(Vec::new())) as Box<dyn Scratch>);
        let error = Spill::new(&memory, 5, 1 << 40, 8 << 20, 1).err().unwrap().to_string();
        assert!(error.contains("1048576 MB") && error.contains("give more memory"), "{error}");
    }

    #[test]
    fn rows_come_back_scattered_over_parts() {
        let mut x = FeatureMatrix::new(500);
        (0..500u32)
            .for_each(|i| x.push_row(&[(i % 500, i as f32), (499, 0.5)][..if i == 499 { 1 } else { 2 }]));
        let memory = || Ok(Box::new(std::io::Cursor::new(Vec::new())) as Box<dyn Scratch>);
        let mut spill = Spill::new(&memory, 500, Spill::bytes(500, 999), 2_000, 7).unwrap();
        for (i, row) in x.rows().enumerate() {
            spill.push(row, i % 3, i % 10 == 0).unwrap();
        }
        let (spilled, trained, held) = spill.finish().unwrap();
        assert_eq!((spilled.n_parts(), trained.rows, held.rows), (6, [150, 150, 150], [17, 17, 16]));
        let mut met = Vec::new();
        let mut part: Part<Stance> = spilled.room();
        for number in 0..6 {
            spilled.read(number, &mut part).unwrap();
            assert!((50..120).contains(&part.x.n_rows()), "{}", part.x.n_rows());
            let taken: Vec<u32> = part.order.iter().map(|&i| part.x.row(i as usize).columns[0]).collect();
            assert!(!taken.is_sorted(), "{taken:?}");
            for (i, row) in part.x.rows().enumerate() {
                let number = row.columns[0] as usize;
                assert_eq!((part.gold[i].index(), part.held[i]), (number % 3, number.is_multiple_of(10)));
                assert_eq!(row.values, x.row(number).values);
                met.push(number);
            }
        }
        met.sort_unstable();
        assert_eq!(met, (0..500).collect::<Vec<_>>());
    }
}
