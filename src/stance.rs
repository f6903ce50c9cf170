//! Stance and tone, and how they are spelt in files.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Stance of a holder toward a target.
///
/// # Example
/// ```
/// use geostance::Stance;
/// assert_eq!(Stance::parse("favor"), Some(Stance::Favor));
/// assert_eq!(Stance::parse("-1"), Some(Stance::Against));
/// assert_eq!(Stance::Neutral.to_string(), "NEUTRAL");
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Stance {
    /// The holder criticises, punishes or rejects the target.
    Against,
    /// No attitude shows.
    #[default]
    Neutral,
    /// The holder supports, praises or helps the target.
    Favor,
}

/// Tone of a sentence as a reader feels it, whoever is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Tone {
    /// Bad news, blame, loss.
    Negative,
    /// Neither.
    #[default]
    Neutral,
    /// Good news, praise, gain.
    Positive,
}

/// Spellings read for each class, in any case; the first is the one written.
const STANCES: [&[&str]; 3] = [
    &["AGAINST", "NEGATIVE", "NEG", "CON", "ANTI", "OPPOSE", "-1"],
    &["NEUTRAL", "NONE", "NEU", "0"],
    &["FAVOR", "FAVOUR", "POSITIVE", "POS", "PRO", "SUPPORT", "1", "+1"],
];

const TONES: [&[&str]; 3] =
    [&["NEGATIVE", "NEG", "-1"], &["NEUTRAL", "NONE", "NEU", "0"], &["POSITIVE", "POS", "1", "+1"]];

fn class_of(spellings: &[&[&str]; 3], text: &str) -> Option<usize> {
    let text = text.trim();
    spellings.iter().position(|class| class.iter().any(|s| s.eq_ignore_ascii_case(text)))
}

impl Stance {
    /// All three, in the order of columns in matrices and files.
    pub const ALL: [Stance; 3] = [Stance::Against, Stance::Neutral, Stance::Favor];

    /// Position in [`Stance::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word written in files.
    pub const fn as_str(self) -> &'static str {
        STANCES[self as usize][0]
    }

    /// Reads any accepted spelling, in any case; `None` where it is none of them.
    pub fn parse(text: &str) -> Option<Stance> {
        class_of(&STANCES, text).map(|i| Stance::ALL[i])
    }

    /// The accepted spelling nearest to `text`, for error messages.
    pub fn nearest(text: &str) -> &'static str {
        let text = text.trim().to_uppercase();
        STANCES
            .iter()
            .flat_map(|class| class.iter().map(|s| (*s, class[0])))
            .min_by_key(|(s, _)| strsim::damerau_levenshtein(s, &text))
            .map_or("NEUTRAL", |(_, written)| written)
    }
}

impl fmt::Display for Stance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Tone {
    /// All three, in the order of columns in matrices and files.
    pub const ALL: [Tone; 3] = [Tone::Negative, Tone::Neutral, Tone::Positive];

    /// Position in [`Tone::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The word written in files.
    pub const fn as_str(self) -> &'static str {
        TONES[self as usize][0]
    }

    /// Reads any accepted spelling, in any case; `None` where it is none of them.
    pub fn parse(text: &str) -> Option<Tone> {
        class_of(&TONES, text).map(|i| Tone::ALL[i])
    }
}

impl fmt::Display for Tone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_written_word_is_read_back() {
        for stance in Stance::ALL {
            assert_eq!(Stance::parse(stance.as_str()), Some(stance));
            assert_eq!(Stance::ALL[stance.index()], stance);
        }
        for tone in Tone::ALL {
            assert_eq!(Tone::parse(tone.as_str()), Some(tone));
        }
    }

    #[test]
    fn a_misspelt_label_names_its_neighbour() {
        assert_eq!(Stance::parse("AGIANST"), None);
        assert_eq!(Stance::nearest("agianst"), "AGAINST");
        assert_eq!(Stance::nearest("Favoured"), "FAVOR");
    }
}
