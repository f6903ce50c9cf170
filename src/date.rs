//! Dates as files write them: a day, a month or a year.

use std::fmt;

use chrono::NaiveDate;

/// The days from a first to a last one: a day, a month or a year.
///
/// # Example
/// ```
/// use geostance::Date;
/// let may = Date::parse("2018-05").unwrap();
/// assert!(may.first() <= may.last());
/// assert_eq!(Date::parse("2018-02-30"), None);
/// assert_eq!(Date::of_row("2018-05-07T10:00:00Z"), Date::parse("2018-05-07"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    first: NaiveDate,
    last: NaiveDate,
}

impl Date {
    /// What a reader is told to write.
    pub const EXPECTED: &'static str = "YYYY-MM-DD, YYYY-MM or YYYY";

    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; `None` where it is none of them, or no such day exists.
    pub fn parse(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let year = number(parts.next()?, 4)?.cast_signed();
        let Some(month) = parts.next() else {
            return Some(Date {
                first: NaiveDate::from_ymd_opt(year, 1, 1)?,
                last: NaiveDate::from_ymd_opt(year, 12, 31)?,
            });
        };
        let month = number(month, 2)?;
        let Some(day) = parts.next() else {
            let first = NaiveDate::from_ymd_opt(year, month, 1)?;
            let last = (28..=31).rev().find_map(|day| NaiveDate::from_ymd_opt(year, month, day))?;
            return Some(Date { first, last });
        };
        let day = NaiveDate::from_ymd_opt(year, month, number(day, 2)?)?;
        parts.next().is_none().then_some(Date { first: day, last: day })
    }

    /// Reads the date of a row, behind which a time may stand: `2018-04-16T10:00:00Z`.
    pub fn of_row(text: &str) -> Option<Date> {
        let text = text.trim();
        Date::parse(text.split(['T', ' ']).next().unwrap_or(text))
    }

    /// Its first day.
    pub fn first(self) -> NaiveDate {
        self.first
    }

    /// Its last day.
    pub fn last(self) -> NaiveDate {
        self.last
    }
}

impl fmt::Display for Date {
    /// The days from the first to the last one, as in `2018-05-01..2018-05-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return write!(f, "{}", self.first);
        }
        write!(f, "{}..{}", self.first, self.last)
    }
}

/// A number of exactly so many digits.
fn number(text: &str, n_digits: usize) -> Option<u32> {
    let fits = text.len() == n_digits && text.bytes().all(|b| b.is_ascii_digit());
    fits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_months_and_years_are_read() {
        let shown = |text| Date::parse(text).map(|date| date.to_string());
        assert_eq!(shown("2018-05-07").as_deref(), Some("2018-05-07"));
        assert_eq!(shown("2024-02").as_deref(), Some("2024-02-01..2024-02-29"));
        assert_eq!(shown("1900-02").as_deref(), Some("1900-02-01..1900-02-28"));
        assert_eq!(shown("2018").as_deref(), Some("2018-01-01..2018-12-31"));
        for text in [
            "",
            "soon",
            "18",
            "2018-5",
            "2018-13",
            "2018-00",
            "2023-02-29",
            "2018-05-07-1",
            "2018-",
            "+018-05-07",
            "2018-05-07 ",
            "16 April 2018",
            "２０１８",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_date_of_a_row_may_have_a_time() {
        let day = Date::parse("2018-04-16");
        for text in ["2018-04-16", " 2018-04-16 ", "2018-04-16T10:00:00+02:00", "2018-04-16 10:00"] {
            assert_eq!(Date::of_row(text), day, "{text}");
        }
        assert_eq!(Date::of_row("Monday"), None);
        assert_eq!(Date::of_row(""), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in "\\PC{0,12}|[0-9-]{0,12}") {
            if let Some(date) = Date::of_row(&text) {
                prop_assert!(date.first() <= date.last());
            }
        }
    }
}
