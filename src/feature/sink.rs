//! Where features go: a family names them once, a sink counts, hashes or explains them.

use super::scene::{Role, SceneWord, View};
use super::space::{hash_str, mix};
use super::word::WordInfo;

/// A part of a feature's name.
#[derive(Clone, Copy)]
pub(crate) struct Atom<'a> {
    pub hash: u64,
    pub text: &'a str,
}

impl Atom<'static> {
    /// A fixed part.
    pub const fn fixed(text: &'static str) -> Atom<'static> {
        Atom { hash: hash_str(text), text }
    }
}

/// A block of features, scaled together.
#[derive(Debug)]
pub(crate) struct Block {
    pub name: &'static str,
    seed: u64,
    /// Length of the block in a row, or factor of each value where `unit` is false.
    pub weight: f32,
    /// Whether values are multiplied by their inverse document frequency and brought to unit length.
    pub unit: bool,
    /// First place of the block in the memory of words, or of fixed features, one for each way.
    pub place: usize,
}

impl Block {
    pub const fn unit(name: &'static str, weight: f32) -> Block {
        Block { name, seed: hash_str(name), weight, unit: true, place: 0 }
    }

    /// A unit block of single words, remembered from `place` on.
    pub const fn of_words(name: &'static str, weight: f32, place: usize) -> Block {
        Block { place, ..Block::unit(name, weight) }
    }

    pub const fn plain(name: &'static str, weight: f32) -> Block {
        Block { name, seed: hash_str(name), weight, unit: false, place: 0 }
    }

    /// A plain block with features of no word, remembered from `place` on.
    pub const fn fixed(name: &'static str, weight: f32, place: usize) -> Block {
        Block { place, ..Block::plain(name, weight) }
    }

    /// Key of the feature made of these parts.
    #[inline]
    pub fn key(&self, parts: &[Atom<'_>]) -> u64 {
        parts.iter().fold(self.seed, |key, part| mix(key, part.hash))
    }

    /// Name of the feature made of these parts.
    pub fn feature_name(&self, parts: &[Atom<'_>]) -> String {
        let mut name = String::from(self.name);
        name.push(':');
        for part in parts {
            name.push_str(part.text);
        }
        name
    }
}

/// A word and the way in which a block sees it; both count from 0.
#[derive(Clone, Copy)]
pub(crate) struct Seen {
    pub number: usize,
    pub way: usize,
    /// Whether the block may have seen the like before.
    pub repeats: bool,
}

impl Seen {
    /// Every word of a candidate as a block sees it that looks no further: roles come before the table of words, and
    /// a negated word is seen in another way.
    pub fn all(words: &[SceneWord], roles: &[Role], out: &mut Vec<Seen>) {
        const N_ROLES: usize = 4;
        out.clear();
        out.extend(words.iter().zip(roles).map(|(word, role)| Seen {
            number: match role {
                Role::Target => 0,
                Role::Again => 1,
                Role::Holder => 2,
                Role::Other => 3,
                Role::Word => N_ROLES + word.info as usize,
            },
            way: usize::from(word.negated),
            repeats: word.repeats,
        }));
    }
}

/// Receives the features of one candidate, block by block.
pub(crate) trait Sink {
    /// Whether features may tell who is named.
    fn knows_names(&self) -> bool;
    /// The features that follow belong to `block`.
    fn block(&mut self, block: &'static Block);
    /// Takes a block again that was kept before for the same centre of the same sentence; `false`: it was not.
    fn recall(&mut self, _block: &'static Block, _centre: usize) -> bool {
        false
    }
    /// Keeps the present block, which depends on nothing but the sentence and its centre.
    fn keep(&mut self, _centre: usize) {}
    /// A feature of the present block, its value, and the index of the word it comes from.
    fn add(&mut self, parts: &[Atom<'_>], value: f32, word: usize);
    /// A feature that depends on nothing but the block and what it has `seen`: the parts are always the same.
    fn add_word<'v, const N: usize>(
        &mut self,
        _seen: Seen,
        parts: impl FnOnce() -> [Atom<'v>; N],
        value: f32,
        word: usize,
    ) {
        self.add(&parts(), value, word);
    }
    /// A feature of a plain block that depends on nothing but the `way`, which counts from 0; at most once.
    fn add_fixed<const N: usize>(
        &mut self,
        _way: usize,
        parts: impl FnOnce() -> [Atom<'static>; N],
        value: f32,
        word: usize,
    ) {
        self.add(&parts(), value, word);
    }
    /// The letters of a word on one side, likewise.
    fn add_letters(&mut self, _seen: Seen, side: Atom<'_>, info: &WordInfo, word: usize) {
        info.grams(|gram| self.add(&[side, gram], 1.0, word));
    }
}

pub(crate) const BLANK: Atom<'static> = Atom::fixed(" ");
pub(crate) const NONE: Atom<'static> = Atom::fixed("");
pub(crate) const NOT: Atom<'static> = Atom::fixed("NOT_");
pub(crate) const LEFT: Atom<'static> = Atom::fixed("L_");
pub(crate) const RIGHT: Atom<'static> = Atom::fixed("R_");

const TARGET: Atom<'static> = Atom::fixed("TARGET");
const AGAIN: Atom<'static> = Atom::fixed("COREF");
const HOLDER: Atom<'static> = Atom::fixed("HOLDER");
const OTHER: Atom<'static> = Atom::fixed("OTHER");

impl<'a> View<'a> {
    /// The stem of word `i`, or the role of the mention there.
    pub fn stem(&self, i: usize) -> Atom<'a> {
        match self.roles[i] {
            Role::Word => {
                let info = self.info(i);
                Atom { hash: info.stem_hash, text: &info.stem }
            }
            Role::Target => TARGET,
            Role::Again => AGAIN,
            Role::Holder => HOLDER,
            Role::Other => OTHER,
        }
    }

    /// The lower-case form of word `i`, or the role of the mention there.
    pub fn form(&self, i: usize) -> Atom<'a> {
        match self.roles[i] {
            Role::Word => {
                let info = self.info(i);
                Atom { hash: info.lower_hash, text: &info.lower }
            }
            _ => self.stem(i),
        }
    }

    /// Word `i` as a block sees it, `way` telling apart what else the block's features say of it.
    #[inline]
    pub fn seen(&self, i: usize, way: usize) -> Seen {
        let seen = self.seen[i];
        Seen { way: seen.way + 2 * way, ..seen }
    }

    /// `NOT_` where word `i` is negated.
    pub fn not(&self, i: usize) -> Atom<'static> {
        if self.words[i].negated { NOT } else { NONE }
    }

    /// On which side of `centre` word `i` stands.
    pub fn side(&self, i: usize, centre: usize) -> Atom<'static> {
        if i < centre { LEFT } else { RIGHT }
    }
}
