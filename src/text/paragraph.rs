//! Text → paragraphs: what blank lines and deliberate line ends set apart.
//!
//! A single line end inside a paragraph is a wrap and means nothing, with two exceptions. Where the
//! first word of the next line would still have fitted on this one, nobody wrapped it: after a final
//! stop such a line end closes a paragraph, and on the first line it closes a headline.

use memchr::memchr;

use super::letter::is_invisible;
use super::span::Span;

/// Longest line, in bytes, that can be a headline.
const HEADLINE: usize = 180;

/// A run of lines that belong together, trimmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paragraph {
    pub span: Span,
    /// One short line without a final stop, and other text after it.
    pub headline: bool,
}

/// The paragraphs of `within`, in order.
pub(crate) fn paragraphs(text: &str, within: Span) -> Vec<Paragraph> {
    let mut out = Vec::new();
    let mut lines: Vec<Span> = Vec::new();
    let mut start = within.start;
    while start < within.end {
        let end = memchr(b'\n', &text.as_bytes()[start..within.end]).map_or(within.end, |n| start + n);
        let line = trim(text, Span::new(start, end));
        if line.is_empty() {
            close_block(text, &mut lines, &mut out);
        } else {
            lines.push(line);
        }
        start = end + 1;
    }
    close_block(text, &mut lines, &mut out);
    if let Some(last) = out.last_mut() {
        last.headline = false;
    }
    out
}

/// Turns the lines between two blank ones into paragraphs.
fn close_block(text: &str, lines: &mut Vec<Span>, out: &mut Vec<Paragraph>) {
    let width = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    let mut first = 0;
    for i in 0..lines.len() {
        let closes = lines.get(i + 1).is_none_or(|&next| {
            let fits = || lines[i].len() + 1 + first_word(text, next).len() <= width;
            let title = || out.is_empty() && i == 0 && is_title(text, lines[0], next);
            is_bullet(text, next) || ((ends_in_stop(text, lines[i]) || title()) && fits())
        });
        if closes {
            let span = Span::new(lines[first].start, lines[i].end);
            let headline = first == i && span.len() <= HEADLINE && last_stop(text, span).is_none();
            out.push(Paragraph { span, headline });
            first = i + 1;
        }
    }
    lines.clear();
}

/// `span` without white space and invisible characters at its ends.
pub(crate) fn trim(text: &str, span: Span) -> Span {
    let blank = |c: char| c.is_whitespace() || is_invisible(c);
    let part = span.slice(text);
    let left = part.trim_start_matches(blank);
    let start = span.start + part.len() - left.len();
    Span::new(start, start + left.trim_end_matches(blank).len())
}

fn first_word(text: &str, line: Span) -> &str {
    line.slice(text).split(char::is_whitespace).next().unwrap_or("")
}

fn is_bullet(text: &str, line: Span) -> bool {
    let line = line.slice(text);
    line.starts_with(['•', '▪', '■', '●', '◦']) || line.starts_with("* ")
}

/// A first line that stands alone although no blank line follows.
fn is_title(text: &str, line: Span, next: Span) -> bool {
    line.len() <= HEADLINE
        && line.slice(text).split_whitespace().nth(2).is_some()
        && last_stop(text, line).is_none()
        && !next.slice(text).starts_with(char::is_lowercase)
}

/// The final stop of a line, closing quotes and brackets aside.
fn last_stop(text: &str, line: Span) -> Option<char> {
    let bare = line.slice(text).trim_end_matches(['"', '”', '’', '\'', '»', ')', ']']);
    bare.chars()
        .next_back()
        .filter(|c| matches!(c, '.' | '!' | '?' | '…' | ':' | ';' | ',' | '。' | '؟' | '।'))
}

/// Whether a sentence surely ends with the line: `!`, `?`, or a stop after a word too long for an abbreviation.
fn ends_in_stop(text: &str, line: Span) -> bool {
    match last_stop(text, line) {
        Some('.') => {
            let stem = line.slice(text).trim_end_matches(|c: char| !c.is_alphanumeric());
            stem.chars().rev().take(4).filter(|c| c.is_lowercase() || c.is_numeric()).count() == 4
        }
        Some(c) => !matches!(c, ':' | ';' | ','),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(&str, bool)> {
        paragraphs(text, Span::new(0, text.len())).iter().map(|p| (p.span.slice(text), p.headline)).collect()
    }

    #[test]
    fn blank_lines_part_and_wraps_do_not() {
        assert_eq!(parts("One two\nthree.\r\n \r\n Four.\n"), [("One two\nthree.", false), ("Four.", false)]);
        assert_eq!(parts("\n \n"), []);
    }

    #[test]
    fn a_first_line_that_was_not_wrapped_is_a_headline() {
        let text = "Manila thanks Moscow\nThe Philippines thanked Russia for its help.";
        assert_eq!(parts(text)[0], ("Manila thanks Moscow", true));
        let wrapped = "The army of the Philippines\nthanked Russia on Friday.";
        assert_eq!(parts(wrapped), [(wrapped, false)]);
    }

    #[test]
    fn a_line_end_that_was_not_forced_closes_a_paragraph_after_a_stop() {
        let text = "“We go home.\nThe long line that follows is much longer than that.";
        assert_eq!(parts(text).len(), 2);
        assert_eq!(parts("Mr. Smith met Mr.\nJones in a long line that follows it here.").len(), 1);
    }
}
