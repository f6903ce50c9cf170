//! Candidate → sparse row: roles, never names.
//!
//! A row is made of blocks. Each family fills one block or more from a scene seen from one
//! candidate; a block of words is weighted by inverse document frequency and brought to unit length, so
//! that a long sentence weighs no more than a short one.

mod context;
mod frame;
pub mod lexicon;
pub mod matrix;
mod memory;
mod polarity;
mod position;
mod scene;
mod sink;
pub mod space;
mod word;

use std::collections::HashMap;
use std::sync::Arc;

use crate::Span;
use crate::actor::candidate::{Cast, Party};
use context::Distances;
use frame::Framed;
use lexicon::Lexicon;
use memory::WordMemory;
use scene::{Role, Scene, View};
use sink::{Atom, Block, Seen, Sink};
use space::{FeatureKey, FeatureSpace, KeyMap, mix};
use word::{WordInfo, WordTable};

/// The blocks of a target's row, then those that a holder adds.
mod blocks {
    use super::Block;

    pub static UNIGRAMS: Block = Block::of_words("word", 1.0, 0);
    pub static BIGRAMS: Block = Block::unit("pair", 1.0);
    pub static SIDED: Block = Block::of_words("sided", 1.0, 2);
    pub static NEAREST: Block = Block::of_words("nearest", 1.0, 6);
    pub static QUOTED: Block = Block::of_words("quoted", 1.0, 8);
    pub static WINDOW: Block = Block::of_words("window", 1.0, 20);
    pub static SEQUENCES: Block = Block::unit("sequence", 1.0);
    pub static CHARACTERS: Block = Block::of_words("letters", 1.0, 0);
    pub static PATTERNS: Block = Block::unit("pattern", 1.0);
    pub static SIGNS: Block = Block::fixed("polarity", 0.25, 0);
    pub static STRUCTURE: Block = Block::plain("place", 0.25);
    pub static FRAMES: Block = Block::unit("frame", 0.5);

    pub static HOLDER_SIDED: Block = Block::of_words("holder sided", 1.0, 24);
    pub static HOLDER_WINDOW: Block = Block::of_words("holder window", 1.0, 28);
    pub static HOLDER_SEQUENCES: Block = Block::unit("holder sequence", 1.0);
    pub static HOLDER_CHARACTERS: Block = Block::of_words("holder letters", 0.7, 2);
    pub static HOLDER_PATTERNS: Block = Block::unit("holder pattern", 0.7);
    pub static HOLDER_SIGNS: Block = Block::fixed("holder polarity", 0.25, 90);
    pub static HOLDER_STRUCTURE: Block = Block::plain("holder place", 0.25);
    pub static BETWEEN: Block = Block::of_words("between", 1.0, 32);
    pub static PAIR: Block = Block::plain("pair place", 0.25);
    pub static DIRECTED: Block = Block::unit("directed frame", 1.0);
    pub static DIRECTED_WORDS: Block = Block::unit("directed word", 1.0);

    /// Places that the blocks of words take, and those of letters.
    pub const N_PLACES: usize = 40;
    pub const N_LISTS: usize = 4;
}

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

/// What one thread needs to make rows; reused from sentence to sentence.
#[derive(Default)]
pub struct Workspace {
    reading: Reading,
    row: RowSink,
}

/// The sentence read last, and what is worked out for each candidate of it.
#[derive(Default)]
struct Reading {
    table: WordTable,
    scene: Scene,
    roles: Vec<Role>,
    distances: Distances,
    framed: Vec<Framed>,
}

impl Workspace {
    /// Reads one sentence of `text`; the rows that follow are of this sentence.
    ///
    /// `parties` are mentions inside `sentence`, in ascending order and without overlap.
    pub fn read(&mut self, lexicon: &Lexicon, text: &str, sentence: Span, parties: &[(Span, Party)]) {
        if self.reading.table.make_room() {
            self.row.memory.clear();
        }
        self.reading.scene.fill(text, sentence, parties, lexicon, &mut self.reading.table);
        self.row.n_kept = 0;
    }

    /// Span of each word of the sentence read last; a mention is one word.
    pub fn words(&self) -> impl ExactSizeIterator<Item = Span> + '_ {
        self.reading.scene.words.iter().map(|w| w.span)
    }

    /// Summed polarity of the sentence's words by the lexicon, for the baseline.
    pub fn polarity(&self) -> f32 {
        let signed = |w: &scene::SceneWord| f32::from(w.entry.polarity) * if w.negated { -1.0 } else { 1.0 };
        self.reading.scene.words.iter().filter(|w| w.party.is_none()).map(signed).sum()
    }

    /// Whether the sentence quotes or reports somebody.
    pub fn reports_speech(&self) -> bool {
        self.reading.scene.traits.quotes || self.reading.scene.traits.says
    }
}

impl Reading {
    /// Gives the features of a candidate to `sink`; `false` where a role has no mention in the sentence.
    fn emit(&mut self, cast: Cast, sink: &mut impl Sink) -> bool {
        if self.scene.words.is_empty() {
            return false;
        }
        let Some((target, holder)) = self.scene.assign(cast, &mut self.roles) else { return false };
        let Scene { words, traits, charged, .. } = &self.scene;
        let (table, roles) = (&self.table, &self.roles);
        let view = View { words, traits: *traits, charged, table, roles, target };
        self.distances.measure(roles);
        fill(&view, &blocks::UNIGRAMS, sink, |v, s| context::unigrams(v, s));
        fill(&view, &blocks::SIGNS, sink, |v, s| polarity::signs(v, v.target, &self.distances, s));
        fill(&view, &blocks::STRUCTURE, sink, |v, s| position::structure(v, v.target, s));
        if cast == Cast::Whole {
            return true;
        }
        fill(&view, &blocks::SIDED, sink, |v, s| context::sided(v, v.target, s));
        fill(&view, &blocks::NEAREST, sink, |v, s| context::nearest(v, &self.distances, s));
        fill(&view, &blocks::QUOTED, sink, |v, s| context::quoted(v, v.target, s));
        fill(&view, &blocks::WINDOW, sink, |v, s| context::window(v, v.target, s));
        letters(&view, &blocks::CHARACTERS, view.target, sink);
        fill(&view, &blocks::PATTERNS, sink, |v, s| polarity::patterns(v, v.target, s));
        frame::framed(&view, &mut self.framed);
        let Some(h) = holder else {
            fill(&view, &blocks::FRAMES, sink, |v, s| frame::toward(v, &self.framed, s));
            return true;
        };
        fill(&view, &blocks::BIGRAMS, sink, |v, s| context::bigrams(v, s));
        fill(&view, &blocks::SEQUENCES, sink, |v, s| context::sequences(v, v.target, s));
        fill(&view, &blocks::HOLDER_SEQUENCES, sink, |v, s| context::sequences(v, h, s));
        fill(&view, &blocks::HOLDER_SIDED, sink, |v, s| context::sided(v, h, s));
        fill(&view, &blocks::HOLDER_WINDOW, sink, |v, s| context::window(v, h, s));
        letters(&view, &blocks::HOLDER_CHARACTERS, h, sink);
        fill(&view, &blocks::HOLDER_PATTERNS, sink, |v, s| polarity::patterns(v, h, s));
        fill(&view, &blocks::HOLDER_SIGNS, sink, |v, s| polarity::signs(v, h, &self.distances, s));
        fill(&view, &blocks::HOLDER_STRUCTURE, sink, |v, s| position::structure(v, h, s));
        fill(&view, &blocks::BETWEEN, sink, |v, s| context::between(v, h, s));
        fill(&view, &blocks::PAIR, sink, |v, s| position::pair(v, h, s));
        fill(&view, &blocks::DIRECTED, sink, |v, s| frame::directed(v, h, &self.framed, s));
        fill(&view, &blocks::DIRECTED_WORDS, sink, |v, s| frame::directed_words(v, h, &self.framed, s));
        true
    }
}

/// A block of features.
fn fill<S: Sink>(view: &View, block: &'static Block, sink: &mut S, family: impl FnOnce(&View, &mut S)) {
    sink.block(block);
    family(view, sink);
}

/// Letters around a centre: the dearest block, and the same for every candidate with that centre.
fn letters(view: &View, block: &'static Block, centre: usize, sink: &mut impl Sink) {
    if !sink.recall(block, centre) {
        sink.block(block);
        context::characters(view, centre, sink);
        sink.keep(centre);
    }
}

/// The one road from candidate to row, in training and in prediction alike.
#[derive(Clone)]
pub struct Featurizer {
    lexicon: Arc<Lexicon>,
    space: Arc<FeatureSpace>,
}

impl Featurizer {
    /// A featurizer into a fixed space.
    pub fn new(lexicon: Arc<Lexicon>, space: FeatureSpace) -> Self {
        Featurizer { lexicon, space: Arc::new(space) }
    }

    /// The same road into another space.
    #[must_use]
    pub fn with_space(&self, space: FeatureSpace) -> Self {
        Featurizer { lexicon: self.lexicon.clone(), space: Arc::new(space) }
    }

    /// The space of its columns.
    pub fn space(&self) -> &FeatureSpace {
        &self.space
    }

    /// The lexicon it reads words with.
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// The row of a candidate in the sentence that `work` read last; `None` where a role has no mention.
    ///
    /// Entries stand in the order of the blocks; each column occurs once.
    pub fn row<'w>(&self, work: &'w mut Workspace, cast: Cast) -> Option<&'w [RowEntry]> {
        let Workspace { reading, row } = work;
        row.begin(&self.space);
        let mut filling = Filling { row, space: &self.space, key: 0, place: 0 };
        let made = reading.emit(cast, &mut filling);
        filling.end_block();
        made.then_some(&row.entries[..])
    }
}

/// Features of a block that may have a column, before they are looked up.
const N_PENDING: usize = 512;

/// Places of the table that finds repeats within a block; more than the features of any block.
const N_PLACES: usize = 4096;

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
struct RowSink {
    entries: Vec<RowEntry>,
    block: Option<&'static Block>,
    block_start: usize,
    pending: Box<[Pending; N_PENDING]>,
    n_pending: usize,
    /// Serial number of the block that last used the place, and which entry it is.
    places: Box<[(u32, u32); N_PLACES]>,
    serial: u32,
    /// Blocks kept for the present sentence: name, centre, entries.
    kept: Vec<(&'static str, usize, Vec<RowEntry>)>,
    n_kept: usize,
    memory: WordMemory<{ blocks::N_PLACES }, { blocks::N_LISTS }>,
}

impl Default for RowSink {
    fn default() -> Self {
        RowSink {
            entries: Vec::new(),
            block: None,
            block_start: 0,
            pending: Box::new([Pending::default(); N_PENDING]),
            n_pending: 0,
            places: Box::new([(0, 0); N_PLACES]),
            serial: 0,
            kept: Vec::new(),
            n_kept: 0,
            memory: WordMemory::default(),
        }
    }
}

impl RowSink {
    fn begin(&mut self, space: &Arc<FeatureSpace>) {
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
                enter(&mut self.places, self.serial, &mut self.entries, entry);
            }
        }
        self.n_pending = 0;
    }
}

/// Adds an entry to those of the block; of a column that repeats the greatest value stays.
#[inline]
fn enter(places: &mut [(u32, u32); N_PLACES], serial: u32, entries: &mut Vec<RowEntry>, entry: RowEntry) {
    let mut place = entry.column as usize % N_PLACES;
    loop {
        let (taken, index) = places[place];
        if taken != serial {
            places[place] = (serial, entries.len() as u32);
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
        place = (place + 1) % N_PLACES;
    }
}

struct Filling<'a> {
    row: &'a mut RowSink,
    space: &'a FeatureSpace,
    /// Key and place that the present block begins with.
    key: u64,
    place: usize,
}

impl Filling<'_> {
    fn end_block(&mut self) {
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
    fn block(&mut self, block: &'static Block) {
        self.end_block();
        self.row.block = Some(block);
        self.key = block.key(&[]);
        self.place = block.place;
        self.row.block_start = self.row.entries.len();
        self.row.serial = self.row.serial.wrapping_add(1);
        if self.row.serial == 0 {
            self.row.places.fill((0, 0));
            self.row.serial = 1;
        }
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
        let RowSink { memory, places, entries, serial, .. } = &mut *self.row;
        let key = || FeatureKey(parts().iter().fold(self.key, |key, part| mix(key, part.hash)));
        let found = memory.column(seen.number, self.place + seen.way, || self.space.weighted(key()));
        if let Some((column, idf)) = found {
            enter(places, *serial, entries, RowEntry { column, value: value * idf, word: word as u32 });
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
        let RowSink { memory, places, entries, serial, .. } = &mut *self.row;
        let side = mix(self.key, side.hash);
        let look_up = |found: &mut Vec<(u32, f32)>| {
            info.grams(|gram| found.extend(self.space.weighted(FeatureKey(mix(side, gram.hash)))));
        };
        for &(column, value) in memory.list(seen.number, self.place + seen.way, look_up) {
            enter(places, *serial, entries, RowEntry { column, value, word: word as u32 });
        }
    }
}

/// Counts in how many rows each feature occurs, to make a [`FeatureSpace`].
#[derive(Default)]
pub struct FeatureCounter {
    counts: KeyMap<Count>,
    n_rows: u32,
}

struct Count {
    name: Box<str>,
    rows: u32,
    last_row: u32,
}

impl FeatureCounter {
    /// Counts the features of a candidate in the sentence that `work` read last.
    pub fn count(&mut self, work: &mut Workspace, cast: Cast) {
        self.n_rows += 1;
        let mut counting = Counting { counter: self, block: None };
        if !work.reading.emit(cast, &mut counting) {
            self.n_rows -= 1;
        }
    }

    /// Adds the counts of another counter; the order of merging does not matter.
    #[expect(clippy::iter_over_hash_type, reason = "sums and least names are the same in any order")]
    pub fn merge(&mut self, other: FeatureCounter) {
        self.n_rows += other.n_rows;
        let mut theirs: HashMap<_, _, _> = other.counts;
        for (key, count) in theirs.drain() {
            self.counts
                .entry(key)
                .and_modify(|own| {
                    own.rows += count.rows;
                    if count.name < own.name {
                        own.name = count.name.clone();
                    }
                })
                .or_insert(count);
        }
    }

    /// The space of all features that occur in `min_rows` rows or more.
    ///
    /// Inverse document frequency: ln((1 + n) / (1 + rows)) + 1, n being the number of rows.
    pub fn into_space(self, min_rows: u32) -> FeatureSpace {
        let n = f64::from(self.n_rows);
        let kept = self.counts.into_iter().filter(|(_, count)| count.rows >= min_rows);
        let feature = |(key, count): (u64, Count)| {
            let idf = ((1.0 + n) / (1.0 + f64::from(count.rows))).ln() + 1.0;
            (FeatureKey(key), String::from(count.name).replace('\n', " "), idf as f32)
        };
        FeatureSpace::new(kept.map(feature).collect())
    }
}

struct Counting<'a> {
    counter: &'a mut FeatureCounter,
    block: Option<&'static Block>,
}

impl Sink for Counting<'_> {
    fn block(&mut self, block: &'static Block) {
        self.block = Some(block);
    }

    fn add(&mut self, parts: &[Atom<'_>], _value: f32, _word: usize) {
        let Some(block) = self.block else { return };
        let row = self.counter.n_rows;
        let count = self.counter.counts.entry(block.key(parts)).or_insert_with(|| Count {
            name: block.feature_name(parts).into(),
            rows: 0,
            last_row: 0,
        });
        if count.last_row != row {
            count.last_row = row;
            count.rows += 1;
        }
    }
}
