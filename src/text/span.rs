//! A half-open range of bytes in a text.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Half-open range of UTF-8 bytes; both ends fall on character boundaries.
///
/// # Example
/// ```
/// use geostance::Span;
/// let span = Span::new(0, 6);
/// assert_eq!(span.slice("Moscow said"), "Moscow");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`.
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    /// Number of bytes.
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Whether it holds no byte.
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies wholly inside.
    pub const fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a byte.
    pub const fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The part of `text` it covers.
    ///
    /// # Panics
    /// If it does not fall on character boundaries of `text`.
    pub fn slice(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    /// The same place counted in Unicode code points, as files and APIs have it.
    ///
    /// # Panics
    /// If it does not fall on character boundaries of `text`.
    pub fn code_points(self, text: &str) -> Range<usize> {
        let start = text[..self.start].chars().count();
        start..start + text[self.start..self.end].chars().count()
    }

    /// The bytes of a range given in Unicode code points; `None` where it leaves the text or is reversed.
    pub fn from_code_points(text: &str, range: Range<usize>) -> Option<Span> {
        let mut ends = text.char_indices().map(|(i, _)| i).chain([text.len()]);
        let start = ends.nth(range.start)?;
        if range.end <= range.start {
            return (range.end == range.start).then_some(Span::new(start, start));
        }
        let end = ends.nth(range.end - range.start - 1)?;
        Some(Span::new(start, end))
    }
}

impl From<Range<usize>> for Span {
    fn from(r: Range<usize>) -> Self {
        Span::new(r.start, r.end)
    }
}

/// Counts code points up to byte after byte; ascending questions cost one pass in all.
///
/// # Example
/// ```
/// use geostance::text::span::CodePoints;
/// let mut points = CodePoints::new("né à");
/// assert_eq!((points.at(0), points.at(3), points.at(6)), (0, 2, 4));
/// ```
#[derive(Debug, Clone)]
pub struct CodePoints<'t> {
    text: &'t str,
    byte: usize,
    point: usize,
}

impl<'t> CodePoints<'t> {
    /// Starts at the beginning of `text`.
    pub fn new(text: &'t str) -> Self {
        CodePoints { text, byte: 0, point: 0 }
    }

    /// Number of code points before `byte`.
    ///
    /// # Panics
    /// If `byte` is no character boundary of the text.
    pub fn at(&mut self, byte: usize) -> usize {
        // from the last place to this one, whichever comes first
        match byte.checked_sub(self.byte) {
            Some(_) => self.point += self.text[self.byte..byte].chars().count(),
            None => self.point -= self.text[byte..self.byte].chars().count(),
        }
        self.byte = byte;
        self.point
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_go_there_and_back() {
        let mut points = CodePoints::new("né à");
        assert_eq!([6, 3, 4, 0, 3].map(|byte| points.at(byte)), [4, 2, 3, 0, 2]);
        let text = "Malacañang’s plan";
        let span = Span::new(0, "Malacañang".len());
        assert_eq!(span.code_points(text), 0..10);
        assert_eq!(Span::from_code_points(text, 0..10), Some(span));
        assert_eq!(Span::from_code_points(text, 0..17), Some(Span::new(0, text.len())));
        assert_eq!(Span::from_code_points(text, 3..18), None);
        assert_eq!(Span::from_code_points(text, Range { start: 3, end: 2 }), None);
    }
}
