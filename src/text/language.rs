//! Text → the language it is in, where that is not English.

use super::letter::floor;
use super::word_list::WordList;

/// Words that any English text of some length is full of, and other languages are not.
const ENGLISH: WordList<28> = WordList::of([
    "the", "of", "and", "to", "a", "that", "is", "was", "for", "with", "by", "has", "have", "had", "said",
    "its", "at", "from", "are", "will", "be", "it", "this", "not", "who", "they", "were", "which",
]);
/// So much of a text is looked at, in bytes.
const HEAD: usize = 2000;
/// A text with fewer letters is too short to tell.
const FEWEST_LETTERS: usize = 40;
/// One word in so many is one of those of an English text, or the text is looked at again.
const ONE_IN: usize = 12;

/// The English name of the language that `text` is in; `None` where it is English, too short or in doubt.
///
/// Common English words are counted first, so that an English text costs little; the rest is told by n-grams of
/// letters (the crate whatlang, after Cavnar and Trenkle 1994).
///
/// # Example
/// ```
/// use geostance::text::language::foreign_language;
/// let french = "Le ministre a déclaré que son pays ne reconnaîtrait jamais cette décision de la cour.";
/// assert_eq!(foreign_language(french), Some("French"));
/// assert_eq!(foreign_language("The minister said that his country would never accept the ruling."), None);
/// ```
pub fn foreign_language(text: &str) -> Option<&'static str> {
    let head = &text[..floor(text, HEAD.min(text.len()))];
    let words = head.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let (mut n_words, mut n_english) = (0, 0);
    for word in words {
        n_words += 1;
        n_english += usize::from(ENGLISH.holds(word));
        // the rest cannot hold so many words that these were too few
        let n_more = (head.len() - (word.as_ptr().addr() - head.as_ptr().addr())) / 2;
        if ONE_IN * n_english >= n_words + n_more {
            return None;
        }
    }
    if ONE_IN * n_english >= n_words || head.chars().filter(|c| c.is_alphabetic()).count() < FEWEST_LETTERS {
        return None;
    }
    let found = whatlang::detect(head)?;
    (found.is_reliable() && found.lang() != whatlang::Lang::Eng).then(|| found.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_named() {
        let spanish =
            "El presidente dijo que no aceptaría las condiciones impuestas por el banco, y pidió tiempo.";
        assert_eq!(foreign_language(spanish), Some("Spanish"));
        let russian = "Министр иностранных дел заявил во вторник, что его страна не признает решение суда и отзовет \
                       своего посла, если переговоры с соседями окончатся ничем.";
        assert_eq!(foreign_language(russian), Some("Russian"));
        let chinese = "外交部发言人星期二在例行记者会上表示，中方坚决反对任何形式的单边制裁，并将采取必要措施维护自身合法权益。";
        assert_eq!(foreign_language(chinese), Some("Mandarin"));
    }

    #[test]
    fn english_and_doubtful_texts_are_not() {
        for text in
            ["", "Moscou", "12 345, 678 — 90", "The ambassador of France spoke to the press about it."]
        {
            assert_eq!(foreign_language(text), None, "{text}");
        }
        let headline = "Kremlin slams Brussels sanctions, vows response; Warsaw, Vilnius, Riga applaud move";
        assert_eq!(foreign_language(headline), None);
    }
}
