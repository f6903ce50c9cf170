//! Where the features of single words have their columns, worked out once for each word.
//!
//! Most features of a row are a word seen in one of a few ways. What a thread has looked up once it finds
//! again without hashing; letters of a word are remembered as the few columns that they have.

use std::sync::Arc;

use super::space::FeatureSpace;

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX;
/// Looked up: it has no column.
const NO_COLUMN: u32 = u32::MAX - 1;

/// Columns of `N_PLACES` features of each word, and of `N_LISTS` lists of features, each with its inverse
/// document frequency.
pub(crate) struct WordMemory<const N_PLACES: usize, const N_LISTS: usize> {
    space: Arc<FeatureSpace>,
    columns: Vec<[(u32, f32); N_PLACES]>,
    lists: Vec<[Option<(u32, u32)>; N_LISTS]>,
    listed: Vec<(u32, f32)>,
    fixed: Vec<u32>,
}

impl<const N_PLACES: usize, const N_LISTS: usize> Default for WordMemory<N_PLACES, N_LISTS> {
    fn default() -> Self {
        WordMemory {
            space: Arc::default(),
            columns: Vec::new(),
            lists: Vec::new(),
            listed: Vec::new(),
            fixed: Vec::new(),
        }
    }
}

impl<const N_PLACES: usize, const N_LISTS: usize> WordMemory<N_PLACES, N_LISTS> {
    /// Forgets all words: their numbers mean something else from now on.
    pub fn clear(&mut self) {
        self.columns.clear();
        self.lists.clear();
        self.listed.clear();
    }

    /// What follows is of this space.
    pub fn set_space(&mut self, space: &Arc<FeatureSpace>) {
        if !Arc::ptr_eq(&self.space, space) {
            self.clear();
            self.fixed.clear();
            self.space = space.clone();
        }
    }

    /// The column and frequency at a place of a word; `look_up` is asked the first time.
    #[inline]
    pub fn column(
        &mut self,
        number: usize,
        place: usize,
        look_up: impl FnOnce() -> Option<(u32, f32)>,
    ) -> Option<(u32, f32)> {
        match self.columns.get(number).map(|places| places[place]) {
            Some((NO_COLUMN, _)) => None,
            Some((column, idf)) if column != UNKNOWN => Some((column, idf)),
            _ => self.learn(number, place, look_up),
        }
    }

    #[cold]
    #[inline(never)]
    fn learn(
        &mut self,
        number: usize,
        place: usize,
        look_up: impl FnOnce() -> Option<(u32, f32)>,
    ) -> Option<(u32, f32)> {
        if number >= self.columns.len() {
            self.columns.resize(number + 1, [(UNKNOWN, 0.0); N_PLACES]);
        }
        let found = look_up();
        self.columns[number][place] = found.unwrap_or((NO_COLUMN, 0.0));
        found
    }

    /// The column at a place that belongs to no word; `look_up` is asked the first time.
    #[inline]
    pub fn fixed(&mut self, place: usize, look_up: impl FnOnce() -> Option<u32>) -> Option<u32> {
        match self.fixed.get(place) {
            Some(&NO_COLUMN) => None,
            Some(&column) if column != UNKNOWN => Some(column),
            _ => self.learn_fixed(place, look_up),
        }
    }

    #[cold]
    #[inline(never)]
    fn learn_fixed(&mut self, place: usize, look_up: impl FnOnce() -> Option<u32>) -> Option<u32> {
        if place >= self.fixed.len() {
            self.fixed.resize(place + 1, UNKNOWN);
        }
        let found = look_up();
        self.fixed[place] = found.unwrap_or(NO_COLUMN);
        found
    }

    /// The columns of a list of a word; `look_up` is asked the first time.
    #[inline]
    pub fn list(
        &mut self,
        number: usize,
        list: usize,
        look_up: impl FnOnce(&mut Vec<(u32, f32)>),
    ) -> &[(u32, f32)] {
        if number >= self.lists.len() {
            self.lists.resize(number + 1, [None; N_LISTS]);
        }
        let known = &mut self.lists[number][list];
        let (from, to) = *known.get_or_insert_with(|| {
            let from = self.listed.len();
            look_up(&mut self.listed);
            (from as u32, self.listed.len() as u32)
        });
        &self.listed[from as usize..to as usize]
    }
}
