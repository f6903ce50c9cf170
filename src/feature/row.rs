//! Features of one candidate → row: columns looked up, blocks weighted and scaled.

use std::sync::Arc;

use super::blocks;
use super::memory::WordMemory;
use super::sink::{Atom, Block, Seen, Sink};
use super::space::{FeatureKey, FeatureSpace, mix};
use super::word::WordInfo;

/// Where an entry of a row comes from: column, value, and index of the word that gave it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowEntry {
    /// Column in the feature space.
    pub column: u32,
    /// Value, scaled as the model sees it.
    pub value: f32,
    /// Index of the word in the scene.
    pub word: u32,
}

/// Features of a block that may have a column, before they are looked up.
const N_PENDING: usize = 512;

#[derive(Clone, Copy, Default)]
struct Pending {
    key: u64,
    value: f32,
    word: u32,
}

/// Entries of the row being made.
///
/// Features pass a filter into a buffer without a branch, and are looked up a buffer at a time, so that the
/// waits for memory overlap.
pub(super) struct RowSink {
    pub(super) entries: Vec<RowEntry>,
    block: Option<&'static Block>,
    block_start: usize,
    pending: Box<[Pending; N_PENDING]>,
    n_pending: usize,
    repeats: Repeats,
    /// Blocks kept for the present sentence: name, centre, entries.
    kept: Vec<(&'static str, usize, Vec<RowEntry>)>,
    pub(super) n_kept: usize,
    pub(super) memory: WordMemory<{ blocks::N_PLACES }, { blocks::N_LISTS }>,
}

impl Default for RowSink {
    fn default() -> Self {
        RowSink {
            entries: Vec::new(),
            block: None,
            block_start: 0,
            pending: Box::new([Pending::default(); N_PENDING]),
            n_pending: 0,
            repeats: Repeats::default(),
            kept: Vec::new(),
            n_kept: 0,
            memory: WordMemory::default(),
        }
    }
}

impl RowSink {
    pub(super) fn begin(&mut self, space: &Arc<FeatureSpace>) {
        self.memory.set_space(space);
        self.entries.clear();
        self.block = None;
        self.block_start = 0;
        self.n_pending = 0;
    }

    /// Looks the pending features up.
    fn look_up(&mut self, space: &FeatureSpace) {
        let unit = self.block.is_some_and(|block| block.unit);
        for pending in &self.pending[..self.n_pending] {
            if let Some((column, idf)) = space.weighted(FeatureKey(pending.key)) {
                let value = if unit { pending.value * idf } else { pending.value };
                let entry = RowEntry { column, value, word: pending.word };
                self.repeats.enter(&mut self.entries, entry);
            }
        }
        self.n_pending = 0;
    }
}

/// Finds the columns that a block has already: a table of open addresses, emptied by a new serial number.
struct Repeats {
    /// Serial number of the block that last used the place, and which entry it is.
    places: Vec<(u32, u32)>,
    serial: u32,
    /// First entry of the block.
    start: usize,
}

impl Default for Repeats {
    fn default() -> Self {
        // 4 KB: more than most blocks need, and little of the innermost cache
        Repeats { places: vec![(0, 0); 512], serial: 0, start: 0 }
    }
}

impl Repeats {
    /// A block begins, whose entries stand from `start` on.
    fn begin(&mut self, start: usize) {
        self.start = start;
        self.serial = self.serial.wrapping_add(1);
        if self.serial == 0 {
            self.places.fill((0, 0));
            self.serial = 1;
        }
    }

    /// Adds an entry to those of the block; of a column that repeats the greatest value stays.
    #[inline]
    fn enter(&mut self, entries: &mut Vec<RowEntry>, entry: RowEntry) {
        if 2 * (entries.len() - self.start) >= self.places.len() {
            self.grow(entries);
        }
        let last = self.places.len() - 1;
        let mut place = entry.column as usize & last;
        loop {
            let (taken, index) = self.places[place];
            if taken != self.serial {
                self.places[place] = (self.serial, entries.len() as u32);
                entries.push(entry);
                return;
            }
            let held = &mut entries[index as usize];
            if held.column == entry.column {
                if entry.value > held.value {
                    *held = entry;
                }
                return;
            }
            place = (place + 1) & last;
        }
    }

    #[cold]
    fn grow(&mut self, entries: &[RowEntry]) {
        let n = 2 * self.places.len();
        self.places = vec![(0, 0); n];
        self.serial = 1;
        for (index, entry) in entries.iter().enumerate().skip(self.start) {
            let mut place = entry.column as usize & (n - 1);
            while self.places[place].0 == self.serial {
                place = (place + 1) & (n - 1);
            }
            self.places[place] = (self.serial, index as u32);
        }
    }
}

/// Fills a row with the features that have a column.
pub(super) struct Filling<'a> {
    row: &'a mut RowSink,
    space: &'a FeatureSpace,
    /// Key and place that the present block begins with.
    key: u64,
    place: usize,
}

impl<'a> Filling<'a> {
    pub(super) fn new(row: &'a mut RowSink, space: &'a FeatureSpace) -> Filling<'a> {
        Filling { row, space, key: 0, place: 0 }
    }

    pub(super) fn end_block(&mut self) {
        self.row.look_up(self.space);
        let Some(block) = self.row.block.take() else { return };
        let entries = &mut self.row.entries[self.row.block_start..];
        let mut factor = block.weight;
        if block.unit {
            let squares: f32 = entries.iter().map(|entry| entry.value * entry.value).sum();
            factor /= squares.sqrt().max(f32::MIN_POSITIVE);
        }
        for entry in entries {
            entry.value *= factor;
        }
    }
}

impl Sink for Filling<'_> {
    fn knows_names(&self) -> bool {
        self.space.knows_names()
    }

    fn block(&mut self, block: &'static Block) {
        self.end_block();
        self.row.block = Some(block);
        self.key = block.key(&[]);
        self.place = block.place;
        self.row.block_start = self.row.entries.len();
        self.row.repeats.begin(self.row.block_start);
    }

    fn recall(&mut self, block: &'static Block, centre: usize) -> bool {
        let kept =
            self.row.kept[..self.row.n_kept].iter().position(|(b, c, _)| *b == block.name && *c == centre);
        let Some(kept) = kept else { return false };
        self.end_block();
        let RowSink { entries, kept: blocks, .. } = &mut *self.row;
        entries.extend_from_slice(&blocks[kept].2);
        true
    }

    fn keep(&mut self, centre: usize) {
        let Some(block) = self.row.block else { return };
        self.end_block();
        let RowSink { entries, block_start, kept, n_kept, .. } = &mut *self.row;
        if *n_kept == kept.len() {
            kept.push((block.name, centre, Vec::new()));
        }
        let place = &mut kept[*n_kept];
        (place.0, place.1) = (block.name, centre);
        place.2.clear();
        place.2.extend_from_slice(&entries[*block_start..]);
        *n_kept += 1;
    }

    #[inline]
    fn add(&mut self, parts: &[Atom<'_>], value: f32, word: usize) {
        let key = parts.iter().fold(self.key, |key, part| mix(key, part.hash));
        if self.row.n_pending == N_PENDING {
            self.row.look_up(self.space);
        }
        self.row.pending[self.row.n_pending] = Pending { key, value, word: word as u32 };
        self.row.n_pending += usize::from(self.space.may_hold(FeatureKey(key)));
    }

    #[inline]
    fn add_word<'v, const N: usize>(
        &mut self,
        seen: Seen,
        parts: impl FnOnce() -> [Atom<'v>; N],
        value: f32,
        word: usize,
    ) {
        let RowSink { memory, repeats, entries, .. } = &mut *self.row;
        let key = || FeatureKey(parts().iter().fold(self.key, |key, part| mix(key, part.hash)));
        let found = memory.column(seen.number, self.place + seen.way, || self.space.weighted(key()));
        if let Some((column, idf)) = found {
            let entry = RowEntry { column, value: value * idf, word: word as u32 };
            match seen.repeats {
                true => repeats.enter(entries, entry),
                false => entries.push(entry),
            }
        }
    }

    #[inline]
    fn add_fixed<const N: usize>(
        &mut self,
        way: usize,
        parts: impl FnOnce() -> [Atom<'static>; N],
        value: f32,
        word: usize,
    ) {
        let RowSink { memory, entries, .. } = &mut *self.row;
        let key = || FeatureKey(parts().iter().fold(self.key, |key, part| mix(key, part.hash)));
        if let Some(column) = memory.fixed(self.place + way, || self.space.column(key())) {
            entries.push(RowEntry { column, value, word: word as u32 });
        }
    }

    fn add_letters(&mut self, seen: Seen, side: Atom<'_>, info: &WordInfo, word: usize) {
        let RowSink { memory, repeats, entries, .. } = &mut *self.row;
        let side = mix(self.key, side.hash);
        let look_up = |found: &mut Vec<(u32, f32)>| {
            info.grams(|gram| found.extend(self.space.weighted(FeatureKey(mix(side, gram.hash)))));
        };
        for &(column, value) in memory.list(seen.number, self.place + seen.way, look_up) {
            repeats.enter(entries, RowEntry { column, value, word: word as u32 });
        }
    }
}
