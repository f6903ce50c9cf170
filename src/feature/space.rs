//! Feature name ↔ column.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Name of the block of features that tell who is named.
pub(crate) const NAMES: &str = "name";

/// Identity of a feature: a hash of the parts of its name. Stable across versions and machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeatureKey(pub u64);

/// FNV-1a over bytes (Fowler, Noll and Vo 1991), usable at compile time.
pub(crate) const fn hash_str(text: &str) -> u64 {
    hash_on(0xcbf2_9ce4_8422_2325, text)
}

/// The hash of a text that goes on after the one whose hash is `h`.
pub(crate) const fn hash_on(mut h: u64, text: &str) -> u64 {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        h = (h ^ bytes[i] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        i += 1;
    }
    h
}

/// Mixes a further part into a key; the order of parts matters.
#[inline]
pub(crate) const fn mix(key: u64, part: u64) -> u64 {
    let h = (key.rotate_left(23) ^ part).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    h ^ (h >> 32)
}

/// Keys are hashes already.
#[derive(Default)]
pub(crate) struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 << 8) | u64::from(byte);
        }
    }
    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

pub(crate) type KeyMap<V> = HashMap<u64, V, BuildHasherDefault<PassThrough>>;

/// Fixed two-way map between features and columns, with the inverse document frequency of each.
///
/// Columns are ordered by key, so that the same data give the same columns whatever the order of work.
#[derive(Debug, Clone, Default)]
pub struct FeatureSpace {
    keys: Vec<u64>,
    /// A line for each name.
    names: Vec<u8>,
    name_ends: Vec<u32>,
    idf: Vec<f32>,
    index: KeyIndex,
    knows_names: bool,
}

/// Key → column: a filter of one bit a key that stays in the cache and turns most strangers away, then a
/// table of open addresses. A stranger whose hash agrees in some 50 bits with a key would be taken for it.
#[derive(Debug, Clone)]
struct KeyIndex {
    filter: Vec<u64>,
    slots: Vec<(u32, u32)>,
}

const FREE: u32 = u32::MAX;

impl Default for KeyIndex {
    fn default() -> Self {
        KeyIndex::new(&[])
    }
}

impl KeyIndex {
    fn new(keys: &[u64]) -> KeyIndex {
        let n_bits = (keys.len() * 8).next_power_of_two().max(64);
        let n_slots = (keys.len() * 2).next_power_of_two().max(2);
        let mut index = KeyIndex { filter: vec![0; n_bits / 64], slots: vec![(0, FREE); n_slots] };
        for (column, &key) in keys.iter().enumerate() {
            let bit = index.bit(key);
            index.filter[bit / 64] |= 1 << (bit % 64);
            let mut at = key as usize & (n_slots - 1);
            while index.slots[at].1 != FREE {
                at = (at + 1) & (n_slots - 1);
            }
            index.slots[at] = ((key >> 32) as u32, column as u32);
        }
        index
    }

    #[inline]
    fn bit(&self, key: u64) -> usize {
        (key >> 20) as usize & (self.filter.len() * 64 - 1)
    }

    #[inline]
    fn may_hold(&self, key: u64) -> bool {
        let bit = self.bit(key);
        self.filter[bit / 64] >> (bit % 64) & 1 == 1
    }

    #[inline]
    fn get(&self, key: u64) -> Option<u32> {
        let mut at = key as usize & (self.slots.len() - 1);
        loop {
            let (tag, column) = self.slots[at];
            if column == FREE {
                return None;
            }
            if tag == (key >> 32) as u32 {
                return Some(column);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }
}

impl FeatureSpace {
    /// A space of the given features: key, name, inverse document frequency.
    ///
    /// Of two features with one key the first in order of name is kept.
    pub fn new(mut features: Vec<(FeatureKey, String, f32)>) -> Self {
        features.sort_unstable_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
        features.dedup_by_key(|f| f.0);
        let mut space = FeatureSpace::default();
        for (key, name, idf) in features {
            space.keys.push(key.0);
            space.names.extend_from_slice(name.as_bytes());
            space.name_ends.push(space.names.len() as u32);
            space.names.push(b'\n');
            space.idf.push(idf);
        }
        space.index = KeyIndex::new(&space.keys);
        space.knows_names = tells_names(&space.names);
        space
    }

    /// A space from what [`FeatureSpace::keys`], [`FeatureSpace::idf`] and [`FeatureSpace::names`] gave.
    ///
    /// Returns `None` where lengths differ, keys do not ascend, or the names are not as many or not UTF-8.
    pub fn from_parts(keys: Vec<u64>, idf: Vec<f32>, names: Vec<u8>) -> Option<Self> {
        let ascending = keys.windows(2).all(|w| w[0] < w[1]);
        let name_ends: Vec<u32> = memchr::memchr_iter(b'\n', &names).map(|i| i as u32).collect();
        let named = name_ends.len() == keys.len() && std::str::from_utf8(&names).is_ok();
        if !ascending || !named || idf.len() != keys.len() {
            return None;
        }
        let index = KeyIndex::new(&keys);
        let knows_names = tells_names(&names);
        Some(FeatureSpace { keys, names, name_ends, idf, index, knows_names })
    }

    /// This space and the features of another that it has not; what both have stays as it is here.
    #[must_use]
    pub fn and(&self, other: &FeatureSpace) -> FeatureSpace {
        let own = (0..self.len()).map(|i| self.feature(i));
        let new = (0..other.len()).filter(|&i| self.column(FeatureKey(other.keys[i])).is_none());
        FeatureSpace::new(own.chain(new.map(|i| other.feature(i))).collect())
    }

    /// This space without the features of some blocks.
    #[must_use]
    pub fn without(&self, blocks: &[String]) -> FeatureSpace {
        let stays =
            |name: &str| name.split_once(':').is_none_or(|(block, _)| blocks.iter().all(|b| b != block));
        self.select((0..self.len()).filter(|&i| stays(self.name(i as u32))))
    }

    /// The space of some of its columns.
    pub(crate) fn select(&self, columns: impl IntoIterator<Item = usize>) -> FeatureSpace {
        FeatureSpace::new(columns.into_iter().map(|i| self.feature(i)).collect())
    }

    /// Key, name and inverse document frequency of a column.
    fn feature(&self, i: usize) -> (FeatureKey, String, f32) {
        (FeatureKey(self.keys[i]), self.name(i as u32).to_owned(), self.idf[i])
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether it has no column.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether some column tells who is named.
    pub fn knows_names(&self) -> bool {
        self.knows_names
    }

    /// Whether a feature may have a column: `false` is certain, `true` mostly right, and cheap to ask.
    #[inline]
    pub(crate) fn may_hold(&self, key: FeatureKey) -> bool {
        self.index.may_hold(key.0)
    }

    /// Column of a feature, if it has one.
    #[inline]
    pub fn column(&self, key: FeatureKey) -> Option<u32> {
        self.index.get(key.0)
    }

    /// Column and inverse document frequency of a feature, if it has one.
    #[inline]
    pub(crate) fn weighted(&self, key: FeatureKey) -> Option<(u32, f32)> {
        self.column(key).map(|column| (column, self.idf[column as usize]))
    }

    /// Name of a column.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn name(&self, column: u32) -> &str {
        let i = column as usize;
        let start = if i == 0 { 0 } else { self.name_ends[i - 1] as usize + 1 };
        std::str::from_utf8(&self.names[start..self.name_ends[i] as usize]).unwrap_or("")
    }

    /// Keys of the columns, ascending.
    pub fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Inverse document frequency of each column.
    pub fn idf(&self) -> &[f32] {
        &self.idf
    }

    /// Names of all columns in order, a line each.
    pub fn names(&self) -> &[u8] {
        &self.names
    }
}

/// Whether one of these names is of the block of names.
fn tells_names(names: &[u8]) -> bool {
    let block = format!("\n{}:", NAMES);
    names.starts_with(&block.as_bytes()[1..]) || memchr::memmem::find(names, block.as_bytes()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_do_not_depend_on_the_order_of_work() {
        let make = |order: &[&str]| {
            FeatureSpace::new(order.iter().map(|n| (FeatureKey(hash_str(n)), n.to_string(), 1.0)).collect())
        };
        let (a, b) = (make(&["win", "lose", "draw"]), make(&["draw", "win", "lose", "win"]));
        assert_eq!(a.keys(), b.keys());
        for column in 0..3 {
            assert_eq!(a.name(column), b.name(column));
            assert_eq!(a.column(FeatureKey(hash_str(a.name(column)))), Some(column));
        }
        let again =
            FeatureSpace::from_parts(a.keys().to_vec(), a.idf().to_vec(), a.names().to_vec()).unwrap();
        assert_eq!(again.name(2), a.name(2));
    }

    #[test]
    fn parts_that_do_not_fit_are_refused() {
        assert!(FeatureSpace::from_parts(vec![2, 1], vec![1.0, 1.0], b"a\nb\n".to_vec()).is_none());
        assert!(FeatureSpace::from_parts(vec![1, 2], vec![1.0], b"a\nb\n".to_vec()).is_none());
        assert!(FeatureSpace::from_parts(vec![1, 2], vec![1.0, 1.0], b"a\n".to_vec()).is_none());
    }
}
