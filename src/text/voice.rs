//! Text → whether its writer speaks for himself.
//!
//! News reports what others think; an opinion piece, an editorial or a debate says `we`, `must`, `our`. Only there
//! is a stance that no actor holds the writer's own.

use super::token::{Token, TokenKind, Tokens};
use super::word_list::WordList;

/// Words with which a writer steps forward.
const FIRST_PERSON: WordList<14> = WordList::of([
    "i", "we", "our", "ours", "my", "me", "let's", "should", "must", "ought", "surely", "shame", "you",
    "your",
]);
/// So many sentences need no mark: a short text is taken for its writer's own words.
const SHORT: usize = 3;
/// In a longer one a sentence in so many must bear a mark.
const ONE_IN: usize = 8;

/// Whether enough of the sentences, given as their tokens, have the writer's voice outside of quotations.
pub(crate) fn speaks_for_itself(text: &str, sentences: &Tokens) -> bool {
    let n = sentences.spans().len();
    let marked = sentences.spans().filter(|tokens| is_marked(text, tokens)).count();
    ONE_IN * marked >= n.saturating_sub(SHORT)
}

fn is_marked(text: &str, tokens: &[Token]) -> bool {
    let mut quoted = false;
    tokens.iter().any(|token| {
        let word = token.span.slice(text);
        let may_speak = match token.kind {
            TokenKind::Symbol => {
                match word {
                    "“" | "«" => quoted = true,
                    "”" | "»" => quoted = false,
                    "\"" => quoted = !quoted,
                    _ => {}
                }
                word == "!"
            }
            TokenKind::Word => FIRST_PERSON.holds(word),
            TokenKind::Clitic | TokenKind::Number => false,
        };
        may_speak && !quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::sentence::split_sentences;

    fn speaks(text: &str) -> bool {
        speaks_for_itself(text, &Tokens::of(text, &split_sentences(text)))
    }

    #[test]
    fn a_report_is_told_from_an_opinion() {
        let report = "The ministers met in Lomé. They talked for an hour. A statement followed. It was short. \
                      \"We must do better,\" one of them said. Nobody else spoke.";
        assert!(!speaks(report));
        let opinion = "The ministers met in Lomé. They talked for an hour. A statement followed. It was short. \
                       We must do better than that. Nobody else will.";
        assert!(speaks(opinion));
        assert!(speaks("The court is a disgrace."));
    }
}
