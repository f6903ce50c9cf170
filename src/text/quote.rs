//! Text → quotations.
//!
//! Agencies open a quotation anew at each paragraph and close only the last one, so an open quotation
//! ends with its paragraph. The single quote that closes looks like an apostrophe: after an `s` it
//! counts only if no better one follows.

use super::letter::{after, before};
use super::paragraph::{paragraphs, trim};
use super::span::Span;

/// The insides of the quotations in the bytes `within` of `text`, in order and apart: of nested ones the
/// outer.
///
/// Reads “…”, „…“, «…», "…" and, where it is no apostrophe, ‘…’ and '…'.
///
/// # Panics
/// If `within` does not fall on character boundaries of `text`.
///
/// # Example
/// ```
/// use geostance::{Span, text::quote::quotations};
/// let text = "“We stay,” he said. “It’s ‘ours’ now.”";
/// let insides: Vec<&str> =
///     quotations(text, Span::new(0, text.len())).iter().map(|q| q.slice(text)).collect();
/// assert_eq!(insides, ["We stay,", "It’s ‘ours’ now."]);
/// ```
pub fn quotations(text: &str, within: Span) -> Vec<Span> {
    let mut out = Vec::new();
    for paragraph in paragraphs(text, within) {
        in_paragraph(text, paragraph.span, true, &mut out);
    }
    out
}

/// A quotation that has begun.
struct Open {
    /// First byte inside.
    start: usize,
    mark: char,
    /// A single quote after an `s`: perhaps the end, perhaps a possessive.
    perhaps: Option<usize>,
}

fn in_paragraph(text: &str, within: Span, singles: bool, out: &mut Vec<Span>) {
    let bytes = &text.as_bytes()[..within.end];
    let push = |out: &mut Vec<Span>, start, end| {
        let inside = trim(text, Span::new(start, end));
        if !inside.is_empty() {
            out.push(inside);
        }
    };
    let mut open: Option<Open> = None;
    let mut at = within.start;
    while let Some(skip) = bytes[at..].iter().position(|&b| matches!(b, b'"' | b'\'' | 0xC2 | 0xE2)) {
        at += skip;
        let Some(c) = after(text, at) else { break };
        let next = at + c.len_utf8();
        let place = Place::of(text, within, at, next);
        match open.as_mut() {
            None if (singles || !matches!(c, '‘' | '\'')) && opens(c, &place) => {
                open = Some(Open { start: next, mark: c, perhaps: None })
            }
            None => {}
            Some(Open { start, mark: '‘' | '\'', perhaps }) => {
                let (start, mark) = (*start, if c == '’' { '\'' } else { c });
                if mark == '\'' && place.closes_single() {
                    if place.after_s {
                        perhaps.get_or_insert(at);
                    } else {
                        push(out, start, at);
                        open = None;
                    }
                } else if opens(c, &place)
                    && let Some(end) = *perhaps
                {
                    // another begins: the possessive was an end after all
                    push(out, start, end);
                    open = Some(Open { start: next, mark: c, perhaps: None });
                } else if c == '‘' || c == '\'' && place.opens_straight() {
                    // the first was an apostrophe: ’tis, ‘90s
                    open = Some(Open { start: next, mark: c, perhaps: None });
                }
            }
            Some(Open { start, mark, .. }) => {
                let closes = match *mark {
                    '"' => c == '"' && !place.only_opens(),
                    '„' => matches!(c, '“' | '”'),
                    '«' => c == '»',
                    _ => c == '”',
                };
                if closes {
                    push(out, *start, at);
                    open = None;
                }
            }
        }
        at = next;
    }
    match open {
        Some(Open { start, mark: '‘' | '\'', perhaps }) => match perhaps {
            Some(end) => push(out, start, end),
            // an apostrophe that hid what follows it
            None => in_paragraph(text, Span::new(start, within.end), false, out),
        },
        Some(Open { start, .. }) => push(out, start, within.end),
        None => {}
    }
}

/// What stands around a quote.
struct Place {
    space_before: bool,
    space_after: bool,
    /// Neither white space nor a year like ’90 follows.
    word_after: bool,
    /// White space or punctuation follows.
    end_after: bool,
    after_s: bool,
}

impl Place {
    fn of(text: &str, within: Span, at: usize, next: usize) -> Place {
        let left = before(text, at).filter(|_| at > within.start);
        let right = after(text, next).filter(|_| next < within.end);
        Place {
            space_before: left
                .is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '—' | '–' | '“' | '"' | '-')),
            space_after: right.is_none_or(char::is_whitespace),
            word_after: right.is_some_and(|c| !c.is_whitespace() && !c.is_ascii_digit()),
            end_after: right.is_none_or(|c| !c.is_alphanumeric()),
            after_s: matches!(left, Some('s' | 'S')),
        }
    }

    fn opens_straight(&self) -> bool {
        self.space_before && self.word_after
    }

    /// Looks like an opening and not at all like a closing quote.
    fn only_opens(&self) -> bool {
        self.space_before && !self.space_after
    }

    fn closes_single(&self) -> bool {
        !self.space_before && self.end_after
    }
}

fn opens(c: char, place: &Place) -> bool {
    match c {
        '“' | '„' | '«' => true,
        '"' => !place.space_after,
        '‘' => place.space_before && place.word_after,
        '\'' => place.opens_straight(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn inside(text: &str) -> Vec<&str> {
        quotations(text, Span::new(0, text.len())).iter().map(|q| q.slice(text)).collect()
    }

    #[test]
    fn every_style_is_read() {
        assert_eq!(inside("“A b,” he said, „c d“ and «e f»."), ["A b,", "c d", "e f"]);
        assert_eq!(inside("\"We go,\" he said. \"They stay.\""), ["We go,", "They stay."]);
        assert_eq!(inside("‘We go,’ he said. 'They stay.'"), ["We go,", "They stay."]);
        assert_eq!(inside("He called it a “‘joke’ of a deal”."), ["‘joke’ of a deal"]);
    }

    #[test]
    fn apostrophes_are_no_quotations() {
        assert_eq!(inside("It’s the states’ right, isn’t it? Don't."), [""; 0]);
        assert_eq!(inside("In the ‘90s the sheikhs left."), [""; 0]);
        assert_eq!(inside("Give ‘em time, he said: “We go.” And they went."), ["We go."]);
        assert_eq!(inside("‘The states’ rights are gone,’ he said."), ["The states’ rights are gone,"]);
        assert_eq!(inside("The so-called ‘patriots’ met ‘in peace’."), ["patriots", "in peace"]);
    }

    #[test]
    fn an_open_quotation_ends_with_its_paragraph() {
        assert_eq!(inside("He said: “We go.\n\n“They stay.” It rained."), ["We go.", "They stay."]);
        assert_eq!(inside("\"We go.\n\nIt rained."), ["We go."]);
        assert_eq!(inside("‘We go.\n\nIt rained."), [""; 0]);
    }

    #[test]
    fn inches_are_no_quotations() {
        assert_eq!(inside("He saw 5\" of rain and said \"go home\"."), ["go home"]);
    }

    proptest! {
        #[test]
        fn insides_are_trimmed_and_in_order(text in "(?s)([a-z .,\"'“”‘’„«»\\n]|\\PC){0,60}") {
            let mut end = 0;
            for span in quotations(&text, Span::new(0, text.len())) {
                prop_assert!(span.start >= end && !span.is_empty());
                prop_assert_eq!(trim(&text, span), span);
                end = span.end;
            }
        }
    }
}
