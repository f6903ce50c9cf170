//! A text as names are looked up in it: accents off, one apostrophe, one hyphen, single spaces.
//!
//! Names and text take the same road, so that `Türkiye` finds `Turkiye` and `United\nStates` finds
//! `United States`; each place leads back to the text as it was.

use std::borrow::Cow;

use unicode_normalization::char::decompose_canonical;

use crate::text::letter::{after, is_invisible, is_mark};
use crate::text::span::Span;

/// The plain form of a text, and the way back.
pub(crate) struct Surface<'a> {
    pub text: Cow<'a, str>,
    changes: Vec<Change>,
}

/// A stretch of plain text, and the byte of the original after which its source ends.
struct Change {
    start: usize,
    end: usize,
    upto: usize,
}

/// Bytes that may need a change: white space other than a blank, and all beyond ASCII. A blank needs one
/// only before another.
const ODD: [bool; 256] = {
    let mut table = [false; 256];
    let mut i = 0;
    while i < 256 {
        table[i] = i >= 0x80 || matches!(i as u8, 9..=13);
        i += 1;
    }
    table
};

/// Passes stretches in which nothing changes, some at a time: the compiler makes vectors of the loop.
fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    const STRETCH: usize = 32;
    let odd = |byte: u8| byte >= 0x80 || byte.wrapping_sub(9) < 5;
    let changes = |byte: u8, next: u8| odd(byte) | ((byte == b' ') & ((next == b' ') | odd(next)));
    while let Some(stretch) = bytes.get(at..at + STRETCH + 1) {
        let pairs = stretch.iter().zip(&stretch[1..]);
        if pairs.fold(false, |found, (&byte, &next)| found | changes(byte, next)) {
            break;
        }
        at += STRETCH;
    }
    at
}

impl<'a> Surface<'a> {
    /// The plain form of `text`; borrows it where nothing changes.
    pub fn of(text: &'a str) -> Surface<'a> {
        let bytes = text.as_bytes();
        let (mut out, mut changes) = (String::new(), Vec::new());
        let (mut copied, mut at) = (0, 0);
        loop {
            at = skip_plain(bytes, at);
            let Some(&byte) = bytes.get(at) else { break };
            let blank = byte == b' ' && bytes.get(at + 1).is_some_and(|&b| b == b' ' || ODD[b as usize]);
            if !ODD[byte as usize] && !blank {
                at += 1;
                continue;
            }
            let Some(c) = after(text, at) else { break };
            let mut next = at + c.len_utf8();
            let start = out.len() + at - copied;
            let plain = if c.is_whitespace() {
                let rest = text[at..].trim_start();
                next = text.len() - rest.len();
                // a blank line parts names, a line end does not
                let lines = text[at..next].bytes().filter(|&b| b == b'\n').count();
                if lines > 1 { Plain::Char('\n') } else { Plain::Char(' ') }
            } else {
                plain(c)
            };
            if let Plain::Same = plain {
                at = next;
                continue;
            }
            out.push_str(&text[copied..at]);
            match plain {
                Plain::Str(s) => out.push_str(s),
                Plain::Char(c) => out.push(c),
                Plain::Mark | Plain::Same | Plain::Nothing => {}
            }
            copied = next;
            at = next;
            if let Plain::Mark = plain {
                // a mark belongs to the letter before it
                let base = out.chars().next_back().map_or(0, char::len_utf8);
                changes.push(Change { start: start - base, end: start, upto: next });
            } else {
                changes.push(Change { start, end: out.len(), upto: next });
            }
        }
        if changes.is_empty() {
            return Surface { text: Cow::Borrowed(text), changes };
        }
        out.push_str(&text[copied..]);
        Surface { text: Cow::Owned(out), changes }
    }

    /// Where `span` of the plain text stands in the original; its ends must not part what was one character.
    pub fn original(&self, span: Span) -> Span {
        let back = |n: usize, at: usize| match n.checked_sub(1) {
            Some(i) => self.changes[i].upto + at.saturating_sub(self.changes[i].end),
            None => at,
        };
        let start = back(self.changes.partition_point(|c| c.end <= span.start), span.start);
        Span::new(start, back(self.changes.partition_point(|c| c.start < span.end), span.end))
    }
}

/// What a character is replaced with.
enum Plain {
    Same,
    Char(char),
    Str(&'static str),
    /// Falls away and leaves its place to the letter before.
    Mark,
    Nothing,
}

fn plain(c: char) -> Plain {
    match c {
        '’' | '‘' | 'ʼ' | '′' => Plain::Char('\''),
        '\u{2010}' | '\u{2011}' => Plain::Char('-'),
        '\u{300}'..='\u{36F}' => Plain::Mark,
        // letters that Unicode does not decompose
        'ß' => Plain::Str("ss"),
        'æ' => Plain::Str("ae"),
        'Æ' => Plain::Str("AE"),
        'œ' => Plain::Str("oe"),
        'Œ' => Plain::Str("OE"),
        'þ' => Plain::Str("th"),
        'Þ' => Plain::Str("Th"),
        'ø' => Plain::Char('o'),
        'Ø' => Plain::Char('O'),
        'đ' | 'ð' => Plain::Char('d'),
        'Đ' | 'Ð' => Plain::Char('D'),
        'ł' => Plain::Char('l'),
        'Ł' => Plain::Char('L'),
        'ı' => Plain::Char('i'),
        'ħ' => Plain::Char('h'),
        'ə' => Plain::Char('a'),
        'Ə' => Plain::Char('A'),
        '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => {
            let mut base = c;
            decompose_canonical(c, |part| {
                if !is_mark(part) {
                    base = part;
                }
            });
            if base == c { Plain::Same } else { Plain::Char(base) }
        }
        _ if is_invisible(c) => Plain::Nothing,
        _ => Plain::Same,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The plain form, and what `part` of it was.
    fn back<'t>(text: &'t str, part: &str) -> &'t str {
        let surface = Surface::of(text);
        let start = surface.text.find(part).unwrap();
        surface.original(Span::new(start, start + part.len())).slice(text)
    }

    #[test]
    fn names_are_found_and_lead_back() {
        assert_eq!(back("the  Türkiye’s", "Turkiye"), "Türkiye");
        assert_eq!(back("\u{200B}United \n States!", "United States"), "United \n States");
        assert_eq!(back("Malacan\u{303}ang said", "Malacanang"), "Malacan\u{303}ang");
        assert_eq!(back("in Peru\u{301}, he", "Peru"), "Peru\u{301}");
        assert_eq!(back("“Pu\u{AD}tin\u{200B}”", "Putin"), "Pu\u{AD}tin");
        assert_eq!(back("Łódź, Søren", "Lodz"), "Łódź");
        assert_eq!(back("x\n \ny", "x\ny"), "x\n \ny");
        assert!(matches!(Surface::of("plain text").text, Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn words_lead_back_to_character_boundaries(text in "(?s)([a-z \\n’éæß\u{301}\u{AD}\u{200B}]|\\PC){0,40}") {
            let surface = Surface::of(&text);
            let plain = &*surface.text;
            let mut start = 0;
            for (end, c) in plain.char_indices().filter(|(_, c)| !c.is_alphanumeric()) {
                let next = end + c.len_utf8();
                let word = Span::new(std::mem::replace(&mut start, next), end);
                if word.is_empty() {
                    continue;
                }
                let span = surface.original(word);
                prop_assert!(text.is_char_boundary(span.start) && text.is_char_boundary(span.end), "{:?}", plain);
                prop_assert!(span.start < span.end && span.end <= text.len());
            }
        }
    }
}
