//! A few words to tell from all others at little cost.

/// Words in lower case. Few others begin with the same letter and are as long, so most are told by that.
pub(crate) struct WordList<const N: usize> {
    words: [&'static str; N],
    /// By first letter the lengths of the words, a bit each.
    lengths: [u32; 26],
}

impl<const N: usize> WordList<N> {
    /// A list of words that begin with a letter from a to z and have fewer than 32 bytes.
    pub const fn of(words: [&'static str; N]) -> WordList<N> {
        let mut lengths = [0; 26];
        let mut i = 0;
        while i < N {
            lengths[(words[i].as_bytes()[0] - b'a') as usize] |= 1 << words[i].len();
            i += 1;
        }
        WordList { words, lengths }
    }

    /// Whether `word`, which is not empty, is one of them, in whatever case.
    pub fn holds(&self, word: &str) -> bool {
        let first = usize::from((word.as_bytes()[0] | 0x20).wrapping_sub(b'a'));
        self.lengths.get(first).is_some_and(|lengths| word.len() < 32 && lengths >> word.len() & 1 == 1)
            && self.words.iter().any(|known| known.eq_ignore_ascii_case(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_held_in_any_case_and_others_are_not() {
        const LIST: WordList<3> = WordList::of(["we", "ours", "let's"]);
        assert!(["we", "We", "OURS", "let's"].iter().all(|word| LIST.holds(word)));
        assert!(
            ["wo", "w", "ourselves", "1", "é", "[e", &"w".repeat(40)].iter().all(|word| !LIST.holds(word))
        );
    }
}
