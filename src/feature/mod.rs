//! Candidate → sparse row: roles, never names.
//!
//! A row is made of blocks. Each family fills one block or more from a scene seen from one
//! candidate; a block of words is weighted by inverse document frequency and brought to unit length, so
//! that a long sentence weighs no more than a short one.

mod argument;
mod context;
mod counter;
mod frame;
pub mod lexicon;
pub mod matrix;
mod memory;
mod polarity;
mod position;
mod row;
mod scene;
mod sink;
pub mod space;
mod word;

use std::sync::Arc;

use crate::Span;
use crate::actor::candidate::{Cast, Party};
use argument::Saying;
use context::Distances;
use frame::Framed;
use lexicon::Lexicon;
use row::{Filling, RowSink};
use scene::{Role, Scene, View};
use sink::{Block, Seen, Sink};
use space::FeatureSpace;
use word::WordTable;

pub use counter::FeatureCounter;
pub use row::RowEntry;

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

    pub static ARGUMENTS: Block = Block::unit("argument", 1.0);
    pub static NAMES: Block = Block::unit(super::space::NAMES, 1.0);

    pub static ALL: [&Block; 25] = [
        &UNIGRAMS,
        &BIGRAMS,
        &SIDED,
        &NEAREST,
        &QUOTED,
        &WINDOW,
        &SEQUENCES,
        &CHARACTERS,
        &PATTERNS,
        &SIGNS,
        &STRUCTURE,
        &FRAMES,
        &HOLDER_SIDED,
        &HOLDER_WINDOW,
        &HOLDER_SEQUENCES,
        &HOLDER_CHARACTERS,
        &HOLDER_PATTERNS,
        &HOLDER_SIGNS,
        &HOLDER_STRUCTURE,
        &BETWEEN,
        &PAIR,
        &DIRECTED,
        &DIRECTED_WORDS,
        &ARGUMENTS,
        &NAMES,
    ];

    /// Places that the blocks of words take, and those of letters.
    pub const N_PLACES: usize = 40;
    pub const N_LISTS: usize = 4;
}

/// Names of the blocks of features, in the order of a row; the name of a feature begins with that of its block.
pub fn block_names() -> impl Iterator<Item = &'static str> {
    blocks::ALL.iter().map(|block| block.name)
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
    seen: Vec<Seen>,
    framed: Vec<Framed>,
    sayings: Vec<Saying>,
    /// Whether these two are of the sentence.
    framed_known: bool,
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
        self.reading.framed_known = false;
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
        let Scene { words, traits, charged, names, .. } = &self.scene;
        let (table, roles) = (&self.table, &self.roles);
        Seen::all(words, roles, &mut self.seen);
        let seen = &self.seen;
        let view = View { words, traits: *traits, charged, names, seen, table, roles, target };
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
        // the same for every candidate
        if !self.framed_known {
            frame::framed(&view, &mut self.framed);
            argument::sayings(&view, &mut self.sayings);
            self.framed_known = true;
        }
        fill(&view, &blocks::ARGUMENTS, sink, |v, s| argument::parts(v, &self.framed, &self.sayings, s));
        if sink.knows_names() {
            fill(&view, &blocks::NAMES, sink, |v, s| context::names(v, holder, s));
        }
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
        let mut filling = Filling::new(row, &self.space);
        let made = reading.emit(cast, &mut filling);
        filling.end_block();
        made.then_some(&row.entries[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_ten_thousand_words_has_a_row() {
        let lexicon = Lexicon::built_in();
        let words: Vec<String> =
            (0..10_000).map(|i| format!("w{}", "xyz".repeat(i % 7) + &i.to_string())).collect();
        let text = format!("Moscow {}", words.join(" "));
        let party = [(Span::new(0, 6), Party(0))];
        let cast = Cast::Toward { target: Party(0) };
        let mut work = Workspace::default();
        let mut counter = FeatureCounter::default();
        let whole = Span::new(0, text.len());
        work.read(&lexicon, &text, whole, &party);
        counter.count(&mut work, cast);
        let featurizer = Featurizer::new(Arc::new(lexicon), counter.into_space(1));
        let row = featurizer.row(&mut work, cast).unwrap().to_vec();
        assert!(row.len() > 40_000, "{}", row.len());
        // the table of repeats has grown; a second time it gives the same
        assert_eq!(featurizer.row(&mut work, cast).unwrap(), row);
        let mut columns: Vec<u32> = row.iter().map(|entry| entry.column).collect();
        columns.sort_unstable();
        columns.dedup();
        assert_eq!(columns.len(), row.len());
    }
}
