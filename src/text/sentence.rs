//! Text → sentences.
//!
//! A stop ends a sentence unless something says otherwise: the word before it is an abbreviation, what
//! follows does not look like a beginning, or a quotation is still open and closes in the same
//! paragraph. The rules know English news; other scripts are split at their own stops. One pass, looking
//! a bounded way back and ahead, so time grows with the text whatever is in it.

use super::letter::{after, before};
use super::paragraph::{paragraphs, trim};
use super::span::Span;

/// A quotation longer than this many bytes is split like any other text.
const LONGEST_QUOTATION: usize = 800;
/// What goes on for longer without an end, in bytes, is no sentence but a list or a table: it is cut between words, so that
/// the work of reading it, which grows with words times pairs of actors, stays bounded.
const LONGEST_SENTENCE: usize = 4096;
/// How many bytes before a stop can belong to its word.
const LONGEST_WORD: usize = 32;

/// The sentences of `text`: trimmed of white space, in order, apart from each other.
///
/// Blank lines end a sentence, single line ends do not. A quotation of several sentences stays in the
/// sentence that quotes it; a headline is one sentence.
///
/// # Example
/// ```
/// use geostance::text::sentence::split_sentences;
/// let text = "U.S. officials met Mr. Khovaev at 10 a.m. Tuesday. They left.";
/// let sentences: Vec<&str> = split_sentences(text).iter().map(|s| s.slice(text)).collect();
/// assert_eq!(sentences, ["U.S. officials met Mr. Khovaev at 10 a.m. Tuesday.", "They left."]);
/// ```
///
/// What has no end for 4,096 bytes is cut between words.
pub fn split_sentences(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut cuts = Vec::new();
    for paragraph in paragraphs(text, Span::new(0, text.len())) {
        cuts.clear();
        if !paragraph.headline {
            Scan { text, within: paragraph.span }.cuts(&mut cuts);
        }
        let mut start = paragraph.span.start;
        for end in cuts.iter().copied().chain([paragraph.span.end]) {
            let mut sentence = trim(text, Span::new(start, end));
            while sentence.len() > LONGEST_SENTENCE {
                let cut = cut_before(text, sentence.start, sentence.start + LONGEST_SENTENCE);
                out.push(trim(text, Span::new(sentence.start, cut)));
                sentence = trim(text, Span::new(cut, sentence.end));
            }
            if !sentence.is_empty() {
                out.push(sentence);
            }
            start = end;
        }
    }
    out
}

/// Where to cut a text that may go on to `most` at the most: behind the last space, or between characters where there is
/// none.
fn cut_before(text: &str, start: usize, most: usize) -> usize {
    let most = (start..=most).rfind(|&at| text.is_char_boundary(at)).unwrap_or(start);
    let space = text[start..most].rfind(char::is_whitespace);
    space.filter(|&at| at > 0).map_or(most, |at| start + at)
}

/// Bytes at which the scan has to look closer: stops, quotes, and first bytes of such characters.
const INTERESTING: [bool; 256] = {
    let mut table = [false; 256];
    let bytes = [b'.', b'!', b'?', b'"', 0xC2, 0xD8, 0xDB, 0xE0, 0xE2, 0xE3, 0xEF];
    let mut i = 0;
    while i < bytes.len() {
        table[bytes[i] as usize] = true;
        i += 1;
    }
    table
};

/// Where a quotation opened, and how many cuts there were then.
type Open = Option<(usize, usize)>;

/// One paragraph under the knife.
struct Scan<'a> {
    text: &'a str,
    within: Span,
}

impl Scan<'_> {
    /// Ends of all sentences but the last.
    fn cuts(&self, cuts: &mut Vec<usize>) {
        let bytes = &self.text.as_bytes()[..self.within.end];
        let (mut double, mut single): (Open, Open) = (None, None);
        let mut at = self.within.start;
        while let Some(skip) = bytes[at..].iter().position(|&b| INTERESTING[b as usize]) {
            at += skip;
            let Some(c) = after(self.text, at) else { break };
            let next = at + c.len_utf8();
            match c {
                '.' | '!' | '?' | '…' | '؟' | '۔' | '।' | '。' | '！' | '？' => {
                    let run = self.run(at);
                    let start = cuts.last().map_or(self.within.start, |&cut| cut);
                    if let Some(cut) = self.cut_after(at, &run, start) {
                        cuts.push(cut);
                    }
                    at = run.end;
                    continue;
                }
                '“' | '„' | '«' => double = Some((at, cuts.len())),
                '”' | '»' => close(&mut double, at, cuts),
                '"' if self.opens(at, next, double.is_some()) => double = Some((at, cuts.len())),
                '"' => close(&mut double, at, cuts),
                '‘' => single = Some((at, cuts.len())),
                '’' if !after(self.text, next).is_some_and(char::is_alphanumeric) => {
                    close(&mut single, at, cuts);
                }
                _ => {}
            }
            at = next;
        }
    }

    /// Whether the straight quote at `at` opens: by the space around it, else by turns.
    fn opens(&self, at: usize, next: usize, is_open: bool) -> bool {
        let space =
            |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '—' | '–'));
        let left = at == self.within.start || space(before(self.text, at));
        let right = next >= self.within.end || space(after(self.text, next));
        if left == right { !is_open } else { left }
    }

    /// The stops that stand together from `at` on, spaced dots included.
    fn run(&self, at: usize) -> Run {
        let mut run = Run { end: at, dots: 0, strong: false, ellipsis: false, ideographic: false };
        while run.end < self.within.end {
            match after(self.text, run.end) {
                Some('.') => run.dots += 1,
                Some('…') => run.ellipsis = true,
                Some('!' | '?' | '؟' | '۔' | '।') => run.strong = true,
                Some('。' | '！' | '？') => run.ideographic = true,
                Some(' ') if run.dots > 0 && self.text[run.end..self.within.end].starts_with(" .") => {}
                _ => break,
            }
            run.end += after(self.text, run.end).map_or(1, char::len_utf8);
        }
        run.ellipsis |= run.dots > 1;
        run
    }

    /// Where the sentence ends that the stops at `at` may close; `None` where it goes on.
    fn cut_after(&self, at: usize, run: &Run, start: usize) -> Option<usize> {
        let rest = &self.text[..self.within.end];
        let (mut cut, mut quoted) = (run.end, false);
        while let Some(c) = after(rest, cut) {
            match c {
                '"' | '”' | '’' | '\'' | '»' => quoted = true,
                ')' | ']' | '*' => {}
                '[' => {
                    // a footnote mark
                    let mark = rest[cut + 1..].find(|c: char| !c.is_ascii_digit()).map_or(0, |n| n.min(3));
                    if mark == 0 || after(rest, cut + 1 + mark) != Some(']') {
                        break;
                    }
                    cut += mark + 1;
                }
                _ => break,
            }
            cut += c.len_utf8();
        }
        let gap = after(rest, cut)?;
        if run.ideographic {
            return Some(cut);
        }
        if !gap.is_whitespace() {
            return (cut == run.end && run.dots == 1 && !run.strong && self.is_glued(at, cut)).then_some(cut);
        }
        let blank = rest[cut..].trim_start();
        let opened = blank.trim_start_matches(|c: char| {
            c.is_whitespace()
                || matches!(c, '"' | '“' | '„' | '‘' | '\'' | '«' | '(' | '[' | '—' | '–' | '-' | '•')
        });
        let next = Next { rest: opened };
        let first = opened.chars().next()?;
        if (first.is_lowercase() && !next.is_name_with_article())
            || matches!(first, '.' | '!' | '?' | '…' | ',' | ';')
        {
            return None;
        }
        let previous = before(self.text, at).filter(|_| at > self.within.start);
        if previous == Some('(') {
            return None;
        }
        if quoted && !next.is_starter() && next.is_attribution() {
            return None;
        }
        let ends = if run.strong {
            true
        } else if run.ellipsis {
            let detached = previous.is_none_or(char::is_whitespace);
            run.dots == 4 || !detached || next.is_starter()
        } else {
            self.dot_ends(at, start, &next)
        };
        ends.then_some(cut)
    }

    /// Whether a space was forgotten after the stop: `the city.The president`.
    fn is_glued(&self, at: usize, cut: usize) -> bool {
        let word = self.word_before(at);
        let mut following = self.text[cut..self.within.end].chars();
        word.len() > 2
            && word != "www"
            && word.bytes().all(|b| b.is_ascii_lowercase())
            && !matches!(before(self.text, at - word.len()), Some('/' | '@' | ':' | '_' | '='))
            && following.next().is_some_and(char::is_uppercase)
            && following.next().is_some_and(|c| c.is_lowercase() || c == ' ')
    }

    /// The word that ends at `at`, with its inner stops and hyphens.
    fn word_before(&self, at: usize) -> &str {
        let mut low = self.within.start.max(at.saturating_sub(LONGEST_WORD));
        while !self.text.is_char_boundary(low) {
            low += 1;
        }
        let part = &self.text[low..at];
        let word = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '&');
        let start =
            part.char_indices().rev().take_while(|&(_, c)| word(c)).last().map_or(part.len(), |(i, _)| i);
        &part[start..]
    }

    /// Whether the single dot at `at` ends the sentence that began at `start`.
    fn dot_ends(&self, at: usize, start: usize, next: &Next) -> bool {
        let whole = self.word_before(at);
        let word = whole.rsplit('-').next().unwrap_or(whole);
        let mut letters = word.chars();
        match (letters.next(), letters.next()) {
            (None, _) => true,
            (Some(c), None) if c.is_uppercase() => {
                next.is_starter() || (self.names_letters(at - word.len()) && !next.is_initial())
            }
            _ if word.bytes().all(|b| b.is_ascii_digit()) && word.len() <= 3 => {
                // the number of a list item
                !trim(self.text, Span::new(start, at - word.len())).is_empty()
            }
            _ => match abbreviation(word) {
                None => true,
                Some(Abbreviation::Never) => false,
                Some(Abbreviation::Number) => !next.is_number(),
                Some(Abbreviation::Date) => !next.is_number() && !next.is_time(),
                Some(Abbreviation::Hour) => !next.is_number() && !next.is_time(),
                Some(Abbreviation::Open) => next.is_starter(),
            },
        }
    }

    /// Whether the word that ends before `at` goes with a single letter, as in `Plan B`.
    fn names_letters(&self, at: usize) -> bool {
        let Some(at) =
            at.checked_sub(1).filter(|&at| at > self.within.start && self.text.is_char_boundary(at))
        else {
            return false;
        };
        matches!(
            self.word_before(at),
            "Plan"
                | "plan"
                | "Vitamin"
                | "vitamin"
                | "Group"
                | "Grade"
                | "Type"
                | "Class"
                | "Option"
                | "Section"
                | "Part"
                | "Hepatitis"
                | "hepatitis"
                | "War"
                | "Annex"
                | "Appendix"
                | "Exhibit"
        )
    }
}

/// Stops that stand together.
struct Run {
    end: usize,
    dots: usize,
    strong: bool,
    ellipsis: bool,
    ideographic: bool,
}

/// Forgets the cuts inside a quotation that closes at `at`; one made at its very end stays.
fn close(open: &mut Open, at: usize, cuts: &mut Vec<usize>) {
    let Some((opened, n_cuts)) = open.take() else { return };
    if at - opened > LONGEST_QUOTATION || cuts.len() <= n_cuts {
        return;
    }
    let last = cuts.last().copied().filter(|&cut| cut > at);
    cuts.truncate(n_cuts);
    cuts.extend(last);
}

/// What follows a stop, quotes and brackets skipped.
struct Next<'a> {
    rest: &'a str,
}

impl<'a> Next<'a> {
    /// The first word and what comes right after it.
    fn word(&self) -> (&'a str, Option<char>) {
        let end = self
            .rest
            .char_indices()
            .take(LONGEST_WORD)
            .find(|&(_, c)| !c.is_alphanumeric())
            .map_or(self.rest.len().min(LONGEST_WORD), |(i, _)| i);
        match self.rest.get(..end) {
            Some(word) => (word, self.rest[end..].chars().next()),
            None => ("", None),
        }
    }

    fn is_number(&self) -> bool {
        self.rest.starts_with(|c: char| c.is_numeric())
    }

    fn is_initial(&self) -> bool {
        let (word, then) = self.word();
        word.len() == 1 && then == Some('.')
    }

    /// `al-Assad`, which may begin a sentence in lower case.
    fn is_name_with_article(&self) -> bool {
        let (word, then) = self.word();
        matches!(word, "al" | "el" | "as" | "ash" | "an" | "ar")
            && then == Some('-')
            && self.rest[word.len() + 1..].starts_with(char::is_uppercase)
    }

    /// A word that begins sentences and hardly ever names.
    fn is_starter(&self) -> bool {
        let (word, then) = self.word();
        then.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | '’' | '\'' | ':'))
            && matches!(
                word,
                "The"
                    | "A"
                    | "An"
                    | "This"
                    | "That"
                    | "These"
                    | "Those"
                    | "It"
                    | "He"
                    | "She"
                    | "We"
                    | "They"
                    | "I"
                    | "You"
                    | "His"
                    | "Her"
                    | "Their"
                    | "Its"
                    | "Our"
                    | "My"
                    | "In"
                    | "On"
                    | "At"
                    | "By"
                    | "For"
                    | "From"
                    | "With"
                    | "Without"
                    | "But"
                    | "And"
                    | "Or"
                    | "So"
                    | "Yet"
                    | "If"
                    | "When"
                    | "While"
                    | "As"
                    | "Although"
                    | "Though"
                    | "After"
                    | "Before"
                    | "Since"
                    | "Because"
                    | "However"
                    | "Meanwhile"
                    | "Also"
                    | "Then"
                    | "There"
                    | "Here"
                    | "What"
                    | "Who"
                    | "Why"
                    | "How"
                    | "Where"
                    | "Which"
                    | "Whether"
                    | "Not"
                    | "No"
                    | "Yes"
                    | "Now"
                    | "Last"
                    | "Some"
                    | "Many"
                    | "Most"
                    | "Several"
                    | "All"
                    | "Both"
                    | "Each"
                    | "Every"
                    | "One"
                    | "Two"
                    | "Three"
                    | "During"
                    | "Despite"
                    | "According"
                    | "Such"
                    | "Another"
                    | "Other"
                    | "Later"
                    | "Earlier"
                    | "To"
                    | "Of"
                    | "Until"
                    | "Nor"
                    | "Once"
                    | "Still"
                    | "Even"
                    | "Only"
                    | "Perhaps"
                    | "Instead"
                    | "Moreover"
                    | "Asked"
                    | "Today"
                    | "Yesterday"
            )
    }

    /// A day, a month, a zone: what follows `10 a.m.`.
    fn is_time(&self) -> bool {
        let (word, then) = self.word();
        let day = matches!(
            word,
            "Monday"
                | "Tuesday"
                | "Wednesday"
                | "Thursday"
                | "Friday"
                | "Saturday"
                | "Sunday"
                | "Mon"
                | "Tue"
                | "Tues"
                | "Wed"
                | "Thu"
                | "Thur"
                | "Thurs"
                | "Fri"
                | "Sat"
                | "Sun"
                | "January"
                | "February"
                | "March"
                | "April"
                | "May"
                | "June"
                | "July"
                | "August"
                | "September"
                | "October"
                | "November"
                | "December"
                | "Jan"
                | "Feb"
                | "Mar"
                | "Apr"
                | "Jun"
                | "Jul"
                | "Aug"
                | "Sep"
                | "Sept"
                | "Oct"
                | "Nov"
                | "Dec"
        );
        let zone = matches!(
            word,
            "GMT"
                | "UTC"
                | "EST"
                | "EDT"
                | "ET"
                | "CST"
                | "CDT"
                | "CET"
                | "CEST"
                | "MST"
                | "MDT"
                | "PST"
                | "PDT"
                | "PT"
                | "BST"
                | "IST"
                | "MSK"
                | "JST"
                | "KST"
                | "AEST"
                | "Eastern"
                | "Pacific"
        );
        // `5 p.m. Moscow time`
        day || zone || (then == Some(' ') && self.rest[word.len() + 1..].starts_with("time"))
    }

    /// Names and titles up to a verb of saying, as after a question in quotes: `“Why?” Mr. Putin asked`.
    fn is_attribution(&self) -> bool {
        let end = self.rest.char_indices().nth(90).map_or(self.rest.len(), |(i, _)| i);
        for (i, word) in self.rest[..end].split_whitespace().take(7).enumerate() {
            let bare = word.trim_end_matches([',', '.']);
            if i > 0 && is_saying(bare) {
                return true;
            }
            let title = matches!(
                bare,
                "president"
                    | "minister"
                    | "prime"
                    | "foreign"
                    | "spokesman"
                    | "spokeswoman"
                    | "chief"
                    | "de"
                    | "bin"
                    | "al"
                    | "van"
                    | "von"
                    | "of"
                    | "the"
                    | "has"
            );
            if !title && !word.starts_with(char::is_uppercase) {
                return false;
            }
        }
        false
    }
}

fn is_saying(word: &str) -> bool {
    matches!(
        word,
        "said"
            | "says"
            | "asked"
            | "asks"
            | "told"
            | "wrote"
            | "added"
            | "replied"
            | "shouted"
            | "tweeted"
            | "declared"
            | "exclaimed"
            | "wondered"
            | "demanded"
            | "cried"
            | "posted"
            | "insisted"
            | "retorted"
            | "responded"
            | "continued"
    )
}

/// What the stop after an abbreviation can mean.
enum Abbreviation {
    /// Belongs to the word; something always follows.
    Never,
    /// Belongs to it where a number follows.
    Number,
    /// A month or day: belongs to it where a number, day or month follows.
    Date,
    /// a.m. and p.m.: belongs to it where a day or zone follows.
    Hour,
    /// Ends the sentence only where a typical beginning follows.
    Open,
}

/// What sort of abbreviation `word` is, given without its last stop.
fn abbreviation(word: &str) -> Option<Abbreviation> {
    use Abbreviation::*;
    Some(match word {
        "Mr" | "Mrs" | "Ms" | "Mx" | "Dr" | "Prof" | "Gen" | "Lt" | "Col" | "Maj" | "Capt" | "Cpt"
        | "Sgt" | "Cpl" | "Adm" | "Cmdr" | "Comdr" | "Brig" | "Gov" | "Sen" | "Sens" | "Rep" | "Reps"
        | "Hon" | "Rev" | "Fr" | "Msgr" | "Messrs" | "Mme" | "Mlle" | "Amb" | "Atty" | "Insp" | "Pvt"
        | "Pfc" | "Supt" | "Pres" | "Vice" | "Asst" | "MR" | "MRS" | "MS" | "DR" | "GEN" | "vs" | "v"
        | "viz" | "cf" | "e.g" | "i.e" | "E.g" | "I.e" | "approx" | "ca" | "incl" | "esp" | "Drs"
        | "Govs" | "Gens" => Never,
        "No" | "Nos" | "NO" | "no" | "nos" | "p" | "pp" | "para" | "paras" | "Art" | "Arts" | "art"
        | "Sec" | "sec" | "Fig" | "fig" | "Vol" | "vol" | "Ch" | "ch" | "Para" | "Res" | "Reg" | "Op"
        | "c" => Number,
        "Jan" | "Feb" | "Mar" | "Apr" | "Jun" | "Jul" | "Aug" | "Sep" | "Sept" | "Oct" | "Nov" | "Dec"
        | "Mon" | "Tue" | "Tues" | "Wed" | "Thu" | "Thur" | "Thurs" | "Fri" | "Sat" | "Sun" => Date,
        "a.m" | "p.m" | "A.M" | "P.M" => Hour,
        "Inc" | "Ltd" | "Co" | "Cos" | "Corp" | "Bros" | "Plc" | "LLC" | "St" | "Ste" | "Mt" | "Ft"
        | "Pt" | "Jr" | "Sr" | "Esq" | "Dept" | "Div" | "Govt" | "Intl" | "Assn" | "Ave" | "Blvd" | "Rd"
        | "Univ" | "Inst" | "dept" | "al" | "Calif" | "Tex" | "Fla" | "Pa" | "Mass" | "Conn" | "Ariz"
        | "Colo" | "Ga" | "Ill" | "Ind" | "Kan" | "Ky" | "La" | "Md" | "Mich" | "Minn" | "Miss" | "Mo"
        | "Mont" | "Neb" | "Nev" | "Okla" | "Ore" | "Tenn" | "Va" | "Vt" | "Wash" | "Wis" | "Wyo" | "Ala"
        | "Ark" | "Del" | "Ont" | "Que" | "Eng" | "Rom" | "Fed" | "Min" | "Sec-Gen" | "Cie" => Open,
        _ if is_acronym(word) => Open,
        _ => return None,
    })
}

/// `U.S`, `Ph.D`, `U.N`: parts of one or two letters with stops between.
fn is_acronym(word: &str) -> bool {
    word.contains('.')
        && word.split('.').all(|part| {
            let mut letters = part.chars();
            letters.next().is_some_and(char::is_alphabetic)
                && letters.next().is_none_or(char::is_lowercase)
                && letters.next().is_none()
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(text: &str) -> Vec<&str> {
        split_sentences(text).iter().map(|s| s.slice(text)).collect()
    }

    /// One case a line, `‖` where sentences part, `\n` for a line end.
    #[test]
    fn what_has_no_end_is_cut_between_words() {
        for (text, longest) in [("né kin ".repeat(3_000), 4096), ("é".repeat(9_000), 4096)] {
            let found = split_sentences(&text);
            assert!(found.len() > 3 && found.iter().all(|s| s.len() <= longest));
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let all: Vec<String> = found.iter().flat_map(|s| words(s.slice(&text))).collect();
            assert_eq!(all.concat(), words(&text).concat());
            assert!(all.len() == words(&text).len() || !text.contains(' '));
        }
    }

    #[test]
    fn hard_cases_are_split_where_a_reader_would() {
        let mut wrong = Vec::new();
        let cases = include_str!("../../tests/cases/sentences.txt");
        for (n, line) in cases.lines().enumerate().filter(|(_, l)| !l.is_empty() && !l.starts_with('#')) {
            let case = line.replace("\\n", "\n");
            let gold: Vec<&str> = case.split('‖').map(str::trim).collect();
            let text = case.replace('‖', "");
            if split(&text) != gold {
                wrong.push(format!("line {}: {:#?}", n + 1, split(&text)));
            }
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn an_unclosed_quotation_ends_with_its_paragraph() {
        let text = "“We leave. They stay.\n\n“He waits. She goes,” he said. It rained.";
        assert_eq!(split(text), ["“We leave.", "They stay.", "“He waits. She goes,” he said.", "It rained."]);
    }

    #[test]
    fn a_very_long_quotation_is_split() {
        let text = format!("He said: “{}They left.” It rained.", "We must go home now. ".repeat(60));
        assert!(split(&text).len() > 50);
    }

    #[test]
    fn nothing_comes_of_nothing() {
        assert!(split("").is_empty());
        assert!(split(" \n\t\u{FEFF}\n").is_empty());
        assert_eq!(split("..."), ["..."]);
    }

    #[test]
    fn time_grows_with_the_text_only() {
        let started = std::time::Instant::now();
        let n = 1_000_000;
        for unit in [
            "word ", "U.S. ", "“a. ", "\" a. B", "(", ". ", "?”", "a.\n", "… A", "’ ‘", "[", "x\n\n", "A. ",
            ".[",
        ] {
            split_sentences(&unit.repeat(n / unit.len()));
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn spans_are_trimmed_ordered_and_lose_nothing(text in "(?s)([a-zA-Z .!?\"“”‘’…\\n1é。\u{200B}]|\\PC){0,80}") {
            let mut end = 0;
            for span in split_sentences(&text) {
                prop_assert!(span.start >= end && !span.is_empty());
                let blank = |c: char| c.is_whitespace() || super::super::letter::is_invisible(c);
                prop_assert!(text[end..span.start].chars().all(blank));
                prop_assert_eq!(trim(&text, span), span);
                end = span.end;
            }
            prop_assert_eq!(trim(&text, Span::new(end, text.len())).len(), 0);
        }
    }
}
