//! The head of a report: `GENEVA, March 3 (agency) - `, `THE HAGUE, Netherlands, June 27 -- `.
//!
//! It says where a report was filed. A place, in capitals or beside a date or an agency; at will its state or region, a
//! date, an agency in brackets; then a dash. A head stands first in its line; one with a date or an agency, and in
//! capitals, also where a title runs into it.

use crate::text::letter::floor;
use crate::text::span::Span;

/// Bytes in which a head ends with its dash.
const LONGEST: usize = 120;
/// Words of a place: `PORT OF SPAIN`, `UNITED NATIONS`.
const PLACE_WORDS: usize = 5;
/// A place, its state and one more: `EL PASO, Texas, United States`.
const PLACES: usize = 3;
/// Longest acronym that is no place unless a date or an agency is beside it: `US - China talks`, `NATO - an alliance`.
const ACRONYM: usize = 5;
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Words with a small letter that places and agencies have.
const PARTICLES: [&str; 16] =
    ["of", "the", "and", "de", "la", "le", "el", "al", "del", "da", "do", "di", "es", "on", "upon", "sur"];

/// Whether the name at `span` of the plain text stands in the head of a report; `is_seat`: it is no name of a state
/// or an organisation.
pub(super) fn is_in_dateline(plain: &str, span: Span, is_seat: bool) -> bool {
    let name = span.slice(plain);
    let capitals = is_in_capitals(name);
    let least = floor(plain, span.start.saturating_sub(LONGEST));
    let before = &plain[least..span.start];
    let first = match before.rfind('\n') {
        Some(at) => Some(least + at + 1),
        None => (least == 0).then_some(0),
    };
    // `US - China talks`
    let is_acronym = !is_seat && capitals && !name.contains(' ') && name.len() <= ACRONYM;
    if let Some(first) = first
        && let Some(head) = Head::of(&plain[first..])
        && span.end <= first + head.end
    {
        return head.is_told || (head.in_capitals && !is_acronym);
    }
    // `Talks resume GENEVA, March 3 (agency) - `
    let start = match before.strip_suffix(", ") {
        _ if capitals => span.start,
        Some(place) => span.start - 2 - last_word(place).len(),
        None => return false,
    };
    !is_acronym
        && Head::of(&plain[start..])
            .is_some_and(|head| head.is_told && head.in_capitals && span.end <= start + head.end)
}

/// What stands before the dash.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    end: usize,
    /// The first place is in capitals, and what follows the dash is not.
    in_capitals: bool,
    /// With a date or an agency.
    is_told: bool,
}

impl Head {
    /// The head with which the text begins.
    fn of(text: &str) -> Option<Head> {
        let near = &text[..floor(text, text.len().min(LONGEST))];
        if !near.trim_start().starts_with(|c: char| c.is_uppercase()) {
            return None;
        }
        let near = near.find('\n').map_or(near, |at| &near[..at]);
        let dashes = [" - ", " – ", "—", "--", " _ ", "/TASS/"];
        let (end, dash) = dashes.iter().filter_map(|dash| Some((near.find(dash)?, *dash))).min()?;
        let mut rest = near[..end].trim();
        let mut is_told = dash == "/TASS/";
        if let Some((head, agency)) = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('(')) {
            if !is_agency(agency) {
                return None;
            }
            (rest, is_told) = (head.trim_end(), true);
        }
        let mut places = 0;
        let mut in_capitals = false;
        for piece in rest.trim_end_matches([',', '.', ':']).split(", ") {
            let (place, date) = part_date(piece, is_told);
            if !place.is_empty() {
                if places == PLACES || !is_place(place) {
                    return None;
                }
                in_capitals |= places == 0 && is_in_capitals(place);
                places += 1;
            }
            is_told |= date;
        }
        if places == 0 || !(in_capitals || is_told) {
            return None;
        }
        let behind = &text[end + dash.len()..];
        let behind = &behind[..floor(behind, behind.len().min(LONGEST))];
        // a headline in capitals
        in_capitals &= is_told || behind.contains(char::is_lowercase);
        (in_capitals || is_told).then_some(Head { end, in_capitals, is_told })
    }
}

fn is_in_capitals(text: &str) -> bool {
    !text.contains(char::is_lowercase) && text.contains(char::is_uppercase)
}

fn last_word(text: &str) -> &str {
    text.rsplit([' ', '\n']).next().unwrap_or("")
}

/// `Reuters`, `AP`, `The Daily Wire`.
fn is_agency(text: &str) -> bool {
    let words = || text.split([' ', '/']).filter(|word| !word.is_empty());
    let n = words().count();
    // a name cut out
    if n == 0 {
        return true;
    }
    let named = |word: &str| word.starts_with(|c: char| c.is_uppercase()) || PARTICLES.contains(&word);
    n == 1 || ((2..=5).contains(&n) && words().all(named))
}

fn is_place(text: &str) -> bool {
    let mut words = text.split([' ', '/']);
    let is_word = |word: &str| {
        let fits = |c: char| c.is_alphabetic() || matches!(c, '-' | '\'' | '.');
        !word.is_empty()
            && word.chars().all(fits)
            && (word.contains(char::is_uppercase) || PARTICLES.contains(&word))
    };
    words.clone().count() <= PLACE_WORDS && words.all(is_word)
}

/// `KABUL March 3` → `KABUL`, and whether a date follows; `told`: a mere number may be a year.
fn part_date(piece: &str, told: bool) -> (&str, bool) {
    let mut place = piece.trim();
    let (mut named, mut number) = (false, false);
    loop {
        let word = last_word(place);
        if is_named_date(word) {
            named = true;
        } else if is_number(word) {
            number = true;
        } else {
            break;
        }
        place = place[..place.len() - word.len()].trim_end();
    }
    match (named, number, place.is_empty()) {
        (false, false, _) => (place, false),
        // `May`, `MARCH` alone
        (true, false, false) if !DAYS.contains(&last_word(piece).to_lowercase().as_str()) => (piece, false),
        (false, true, empty) if !(told || (empty && piece.trim().len() == 4)) => (piece, false),
        (true, ..) | (false, true, true) => (place, true),
        _ => (piece, false),
    }
}

/// A month or a day of the week, or its first letters.
fn is_named_date(word: &str) -> bool {
    let lower = word.trim_end_matches('.').to_lowercase();
    let is_short = (3..=5).contains(&lower.len());
    let fits = |full: &&str| *full == lower || (is_short && full.starts_with(&*lower));
    word.starts_with(char::is_uppercase) && MONTHS.iter().chain(&DAYS).any(fits)
}

fn is_number(word: &str) -> bool {
    let digits =
        word.trim_end_matches("st").trim_end_matches("nd").trim_end_matches("rd").trim_end_matches("th");
    (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Option<&str> {
        Head::of(text).map(|head| text[..head.end].trim_end())
    }

    #[test]
    fn heads_of_reports_are_read() {
        for (line, end) in [
            ("MANILA - The senate met.", "MANILA"),
            ("BRUSSELS (Newswire) - Ministers met.", "BRUSSELS (Newswire)"),
            ("GENEVA, March 3 (NW) — Talks began.", "GENEVA, March 3 (NW)"),
            ("THE HAGUE, Netherlands, June 27 -- Judges met.", "THE HAGUE, Netherlands, June 27"),
            ("WASHINGTON, Jan. 5 — The senate met.", "WASHINGTON, Jan. 5"),
            ("BEIRUT, Lebanon (NW) _ The army left.", "BEIRUT, Lebanon (NW)"),
            ("WASHINGTON/BEIJING, Sept 3 (Newswire) - Envoys met.", "WASHINGTON/BEIJING, Sept 3 (Newswire)"),
            ("Paris, 3 March 2024 (NW) - A strike began.", "Paris, 3 March 2024 (NW)"),
            ("Geneva, 3 March 2024 – The panel met.", "Geneva, 3 March 2024"),
            (
                "PORT OF SPAIN, Trinidad, Tuesday, May 7, 2019 -- Rain.",
                "PORT OF SPAIN, Trinidad, Tuesday, May 7, 2019",
            ),
            ("KABUL March 3 (The Daily Wire) – Snow fell.", "KABUL March 3 (The Daily Wire)"),
            ("DAKAR, Mar 3 ( ) - The port closed.", "DAKAR, Mar 3 ( )"),
            ("CONAKRY, 1997 - The minister left.", "CONAKRY, 1997"),
            ("N'DJAMENA—The army left.", "N'DJAMENA"),
            ("MOSCOW, June 27. /TASS/. A ship sailed.", "MOSCOW, June 27."),
        ] {
            assert_eq!(head(line), Some(end), "{line}");
        }
    }

    #[test]
    fn other_lines_have_no_head() {
        for line in [
            "Paris - a city of light",
            "The talks in Geneva, on March 3 - a Sunday - failed.",
            "MOSCOW - KYIV TALKS RESUME",
            "Moscow (and half of Kyiv with it) - all of it - slept.",
            "Malta said no, Cyprus said yes - and Greece slept.",
            "MALTA SAID: we sign - today",
            "In May - and in June - it rained.",
            "",
            " - ",
        ] {
            assert_eq!(head(line), None, "{line}");
        }
    }

    #[test]
    fn a_head_may_follow_a_title() {
        let is_in = |text: &str, name: &str, is_seat: bool| {
            let start = text.find(name).unwrap();
            is_in_dateline(text, Span::new(start, start + name.len()), is_seat)
        };
        let text = "Talks resume GENEVA, Switzerland, March 3 (NW) - Envoys met in GENEVA - again.";
        assert!(is_in(text, "GENEVA", true) && is_in(text, "Switzerland", false));
        assert!(!is_in("Talks resume\nEnvoys met in GENEVA - again.", "GENEVA", true));
        assert!(!is_in("US - China trade slows.", "US", false));
        assert!(!is_in("Sanctions by the UN, June 3 - a day late.", "UN", false));
        assert!(is_in("UNITED NATIONS - The council met.", "UNITED NATIONS", false));
        assert!(!is_in("GENEVA, March 3 (NW) - Malta met Cyprus.", "Malta", false));
    }
}
