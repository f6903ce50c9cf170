//! What a character is: part of a word, a mark on it, or nothing to see.

use unicode_normalization::char::is_combining_mark;

/// Whether words are made of it: letters and digits of every script.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    c.is_alphanumeric()
}

/// Whether it sits on the letter before it: accents, vowel signs, points.
pub(crate) fn is_mark(c: char) -> bool {
    c >= '\u{300}' && is_combining_mark(c)
}

/// Whether it has no width and no meaning: soft hyphens, joiners, direction marks, byte order marks.
pub(crate) fn is_invisible(c: char) -> bool {
    c >= '\u{AD}'
        && matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206F}' | '\u{FEFF}')
}

/// Whether it is the apostrophe of `don't`, straight or curly.
pub(crate) fn is_apostrophe(c: char) -> bool {
    c == '\'' || c == '’'
}

/// The last character boundary that is not behind `at`, which lies in the text.
pub(crate) fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The character that ends at byte `at`, `None` at the start.
pub(crate) fn before(text: &str, at: usize) -> Option<char> {
    let byte = *text.as_bytes().get(at.checked_sub(1)?)?;
    if byte < 0x80 { Some(byte as char) } else { text[..at].chars().next_back() }
}

/// The character that starts at byte `at`, `None` at the end.
pub(crate) fn after(text: &str, at: usize) -> Option<char> {
    let byte = *text.as_bytes().get(at)?;
    if byte < 0x80 { Some(byte as char) } else { text[at..].chars().next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_invisible_characters_are_told_from_letters() {
        assert!(is_mark('\u{301}') && is_mark('\u{94D}') && is_mark('\u{64B}'));
        assert!(!is_mark('e') && !is_mark('é') && !is_mark('я'));
        assert!(is_invisible('\u{200B}') && is_invisible('\u{FEFF}') && !is_invisible(' '));
        assert_eq!(before("né", 3), Some('é'));
        assert_eq!((before("n", 0), after("n", 1), after("é", 0)), (None, None, Some('é')));
    }
}
