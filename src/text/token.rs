//! Sentence → tokens.

use super::letter::{after, before, is_alphanumeric, is_apostrophe, is_invisible, is_mark};
use super::span::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A run of letters, with its digits, accents and inner apostrophes: `Moscow`, `G7`, `O'Brien`, `U.S.`.
    Word,
    /// A short form leaning on the word before it: `n't`, `'s`, `’re`.
    Clitic,
    /// Digits, with the commas and stops between them: `1,200.5`.
    Number,
    /// Any other character that is not white space.
    Symbol,
}

/// A word, number or sign and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// Its bytes in the text.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// Adds the tokens of the bytes `within` of `text` to `out`, in order.
///
/// Compounds are split at the hyphen, contractions before the clitic. White space, zero-width characters
/// and direction marks belong to no token, though a word may have such a mark inside it.
///
/// # Panics
/// If `within` does not fall on character boundaries of `text`.
///
/// # Example
/// ```
/// use geostance::{Span, text::token::tokenize};
/// let text = "U.S.-led troops don't pay 20%.";
/// let mut tokens = Vec::new();
/// tokenize(text, Span::new(0, text.len()), &mut tokens);
/// let words: Vec<&str> = tokens.iter().map(|t| t.span.slice(text)).collect();
/// assert_eq!(words, ["U.S.", "-", "led", "troops", "do", "n't", "pay", "20", "%", "."]);
/// ```
pub fn tokenize(text: &str, within: Span, out: &mut Vec<Token>) {
    assert!(text.is_char_boundary(within.start), "{within:?} starts inside a character");
    let scan = Scan { text: &text[..within.end], start: within.start };
    let mut at = within.start;
    while let Some(&byte) = scan.text.as_bytes().get(at) {
        at = match CLASS[byte as usize] {
            Class::Space => at + 1,
            Class::Letter => scan.word(at, out),
            Class::Digit => scan.number(at, out),
            Class::Sign => scan.sign(at, 1, out),
            Class::Wide => scan.wide(at, out),
        };
    }
}

/// The tokens of each of some spans of a text.
#[derive(Debug, Default)]
pub struct Tokens {
    tokens: Vec<Token>,
    ends: Vec<usize>,
}

impl Tokens {
    /// Those of `spans`, which are in order and apart, such as the sentences of `text`.
    ///
    /// # Panics
    /// If a span does not fall on character boundaries of `text`.
    pub fn of(text: &str, spans: &[Span]) -> Tokens {
        let mut out =
            Tokens { tokens: Vec::with_capacity(text.len() / 5), ends: Vec::with_capacity(spans.len()) };
        for &span in spans {
            tokenize(text, span, &mut out.tokens);
            out.ends.push(out.tokens.len());
        }
        out
    }

    /// The tokens of span number `i`.
    ///
    /// # Panics
    /// If there is no such span.
    pub fn of_span(&self, i: usize) -> &[Token] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.tokens[start..self.ends[i]]
    }

    /// The tokens of each span in order.
    pub fn spans(&self) -> impl ExactSizeIterator<Item = &[Token]> {
        (0..self.ends.len()).map(|i| self.of_span(i))
    }
}

/// What an ASCII byte is; everything else is `Wide`.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    Space,
    Letter,
    Digit,
    Sign,
    Wide,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Wide; 256];
    let mut i = 0;
    while i < 128 {
        let b = i as u8;
        table[i] = if b.is_ascii_alphabetic() {
            Class::Letter
        } else if b.is_ascii_digit() {
            Class::Digit
        } else if matches!(b, b' ' | 9..=13) {
            Class::Space
        } else {
            Class::Sign
        };
        i += 1;
    }
    table
};

struct Scan<'a> {
    /// Up to the end of the range.
    text: &'a str,
    /// Where the range starts.
    start: usize,
}

fn push(out: &mut Vec<Token>, start: usize, end: usize, kind: TokenKind) {
    out.push(Token { span: Span::new(start, end), kind });
}

impl Scan<'_> {
    /// The end of the letters, digits and marks from `at` on.
    fn letters(&self, mut at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut end = at;
        loop {
            while at < bytes.len() && matches!(CLASS[bytes[at] as usize], Class::Letter | Class::Digit) {
                at += 1;
                end = at;
            }
            match after(self.text, at) {
                Some(c) if !c.is_ascii() && (is_alphanumeric(c) || is_mark(c)) => {
                    at += c.len_utf8();
                    end = at;
                }
                // a soft hyphen or joiner stays inside; at the end it is left out
                Some(c) if is_invisible(c) => at += c.len_utf8(),
                _ => return end,
            }
        }
    }

    /// A word that starts at `at`, and its clitics.
    fn word(&self, at: usize, out: &mut Vec<Token>) -> usize {
        let mut end = self.letters(at);
        match self.text.as_bytes().get(end) {
            Some(b'.') if end - at <= 2 => {
                if let Some(end) = self.inner_stops(at, end) {
                    push(out, at, end, TokenKind::Word);
                    return self.clitics(end, out);
                }
            }
            Some(b'\'' | 0xE2) => {
                while let Some(mark) = after(self.text, end).filter(|&c| is_apostrophe(c)) {
                    let tail = end + mark.len_utf8();
                    let tail_end = self.letters(tail);
                    if tail_end == tail {
                        break;
                    }
                    if self.is_not(end, tail, tail_end) {
                        if end - 1 > at {
                            push(out, at, end - 1, TokenKind::Word);
                        }
                        push(out, end - 1, tail_end, TokenKind::Clitic);
                        return self.clitics(tail_end, out);
                    }
                    if self.is_clitic(tail, tail_end) {
                        push(out, at, end, TokenKind::Word);
                        return self.clitics(end, out);
                    }
                    end = tail_end;
                }
            }
            _ => {}
        }
        push(out, at, end, TokenKind::Word);
        end
    }

    /// Whether `n` before the apostrophe at `end` and the letters after it make `n't`.
    fn is_not(&self, end: usize, tail: usize, tail_end: usize) -> bool {
        self.text[tail..tail_end].eq_ignore_ascii_case("t")
            && matches!(self.text.as_bytes()[end - 1], b'n' | b'N')
    }

    fn is_clitic(&self, tail: usize, tail_end: usize) -> bool {
        let tail = &self.text.as_bytes()[tail..tail_end];
        match tail.len() {
            1 => matches!(tail[0] | 0x20, b's' | b'd' | b'm'),
            2 => [b"re", b"ve", b"ll"].iter().any(|form| tail.eq_ignore_ascii_case(*form)),
            _ => false,
        }
    }

    /// The clitics that follow one another from `at` on.
    fn clitics(&self, mut at: usize, out: &mut Vec<Token>) -> usize {
        while let Some(mark) = after(self.text, at).filter(|&c| is_apostrophe(c)) {
            let tail = at + mark.len_utf8();
            let end = self.letters(tail);
            if !self.is_clitic(tail, end) {
                break;
            }
            push(out, at, end, TokenKind::Clitic);
            at = end;
        }
        at
    }

    /// The end of an abbreviation like `U.S.` or `Ph.D.`, whose first part ends at `end`.
    fn inner_stops(&self, at: usize, end: usize) -> Option<usize> {
        if end - at == 2 && !self.text[at..end].bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        let (mut last, mut parts) = (end, 1);
        loop {
            let part = last + 1;
            let c = after(self.text, part).filter(|c| c.is_alphabetic());
            let part_end = part + c.map_or(0, char::len_utf8);
            if c.is_none() || self.letters(part_end) > part_end {
                // what follows is no single letter: the stop is ours if a letter stood before it
                return (parts > 1).then_some(part);
            }
            parts += 1;
            last = part_end;
            if self.text.as_bytes().get(last) != Some(&b'.') {
                return Some(last);
            }
        }
    }

    fn number(&self, mut at: usize, out: &mut Vec<Token>) -> usize {
        let start = at;
        let bytes = self.text.as_bytes();
        let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        loop {
            while is_digit(at) {
                at += 1;
            }
            match bytes.get(at) {
                Some(b',' | b'.') if is_digit(at + 1) => at += 1,
                _ => break,
            }
        }
        while let Some(c) = after(self.text, at).filter(|&c| !c.is_ascii() && is_mark(c)) {
            at += c.len_utf8();
        }
        push(out, start, at, TokenKind::Number);
        at
    }

    /// A character beyond ASCII.
    fn wide(&self, at: usize, out: &mut Vec<Token>) -> usize {
        let Some(c) = after(self.text, at) else { return self.text.len() };
        if c.is_alphabetic() {
            return self.word(at, out);
        }
        let len = c.len_utf8();
        if c.is_whitespace() || is_invisible(c) {
            return at + len;
        }
        if is_alphanumeric(c) {
            let alike = |c: char| is_alphanumeric(c) && !c.is_alphabetic() && !c.is_ascii() || is_mark(c);
            let rest = &self.text[at..];
            let end = at + rest.find(|c| !alike(c)).unwrap_or(rest.len());
            push(out, at, end, TokenKind::Number);
            return end;
        }
        self.sign(at, len, out)
    }

    /// One character, or a clitic set apart from its word: `Russia 's`.
    fn sign(&self, at: usize, len: usize, out: &mut Vec<Token>) -> usize {
        let c = self.text.as_bytes()[at];
        if (c == b'\'' || c == 0xE2) && at > self.start {
            let apart = before(self.text, at).is_some_and(char::is_whitespace);
            if apart && after(self.text, at).is_some_and(is_apostrophe) {
                let end = self.letters(at + len);
                if self.is_clitic(at + len, end) && after(self.text, end).is_none_or(|c| !is_apostrophe(c)) {
                    push(out, at, end, TokenKind::Clitic);
                    return end;
                }
            }
        }
        push(out, at, at + len, TokenKind::Symbol);
        at + len
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(text: &str) -> Vec<Token> {
        let mut out = Vec::new();
        tokenize(text, Span::new(0, text.len()), &mut out);
        out
    }

    /// Tokens parted by spaces, each with the first letter of its kind.
    fn told(text: &str) -> String {
        let one = |t: &Token| format!("{}/{}", t.span.slice(text), &format!("{:?}", t.kind)[..1]);
        all(text).iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn contractions_are_split_before_the_clitic() {
        assert_eq!(told("don't"), "do/W n't/C");
        assert_eq!(told("DON’T"), "DO/W N’T/C");
        assert_eq!(told("Russia's"), "Russia/W 's/C");
        assert_eq!(told("they’re we'll I'd"), "they/W ’re/C we/W 'll/C I/W 'd/C");
        assert_eq!(told("shouldn't've"), "should/W n't/C 've/C");
        assert_eq!(told("Russia 's do n't"), "Russia/W 's/C do/W n't/C");
        assert_eq!(told("U.S.’s"), "U.S./W ’s/C");
    }

    #[test]
    fn other_apostrophes_stay() {
        assert_eq!(told("O'Brien Sana’a d’Ivoire"), "O'Brien/W Sana’a/W d’Ivoire/W");
        assert_eq!(told("states’ rights"), "states/W ’/S rights/W");
        assert_eq!(told("'Yes' 's'"), "'/S Yes/W '/S '/S s/W '/S");
    }

    #[test]
    fn compounds_are_split_and_abbreviations_are_not() {
        assert_eq!(told("US-led"), "US/W -/S led/W");
        assert_eq!(told("U.S.-led"), "U.S./W -/S led/W");
        assert_eq!(told("anti-American"), "anti/W -/S American/W");
        assert_eq!(told("10 a.m. in the U.S"), "10/N a.m./W in/W the/W U.S/W");
        assert_eq!(told("Ph.D., Mr. J. Lee."), "Ph.D./W ,/S Mr/W ./S J/W ./S Lee/W ./S");
        assert_eq!(told("to.The x.y"), "to/W ./S The/W x.y/W");
    }

    #[test]
    fn numbers_keep_their_commas_and_stops() {
        assert_eq!(told("1,200.5, 20% of $3bn."), "1,200.5/N ,/S 20/N %/S of/W $/S 3/N bn/W ./S");
        assert_eq!(told("G7 ½ ٣٤ 20th"), "G7/W ½/N ٣٤/N 20/N th/W");
    }

    #[test]
    fn accents_belong_to_words_and_invisible_marks_to_nothing() {
        assert_eq!(told("Malacan\u{303}ang"), "Malacan\u{303}ang/W");
        assert_eq!(told("\u{FEFF}\u{200E}Pu\u{AD}tin\u{200B} 😀"), "Pu\u{AD}tin/W 😀/S");
        assert_eq!(told("उसने"), "उसने/W");
    }

    #[test]
    fn only_the_range_is_read() {
        let mut out = Vec::new();
        tokenize("Moscow said", Span::new(3, 8), &mut out);
        assert_eq!(out.iter().map(|t| (t.span.start, t.span.end)).collect::<Vec<_>>(), [(3, 6), (7, 8)]);
    }

    proptest! {
        #[test]
        fn spans_ascend_and_cover_every_letter(
            text in "(?s)([a-zA-Z0-9 .,'’\\-\u{301}\u{200B}\u{AD}éя½]|\\PC){0,60}", from in 0usize..8, less in 0usize..8,
        ) {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap();
            let (from, upto) = (floor(from), floor(text.len().saturating_sub(less)));
            let within = Span::new(from.min(upto), upto);
            let mut tokens = Vec::new();
            tokenize(&text, within, &mut tokens);
            let mut end = within.start;
            for token in &tokens {
                let Span { start, end: stop } = token.span;
                prop_assert!(start >= end && stop > start && stop <= within.end);
                prop_assert!(text.is_char_boundary(start) && text.is_char_boundary(stop));
                prop_assert!(!text[end..start].chars().any(is_alphanumeric));
                end = stop;
            }
            prop_assert!(!text[end..within.end].chars().any(is_alphanumeric));
        }
    }
}
