//! Tables that fit the terminal, and what is coloured in them.

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use geostance::Stance;
use geostance::evaluate::Scored;

/// Width that every table fits.
pub(crate) const WIDTH: u16 = 80;

/// An empty table with a header.
pub(crate) fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(WIDTH).set_header(header.to_vec());
    table
}

/// How a stance is coloured; the word stands beside it, so colour is never alone.
pub(crate) fn style(stance: Stance) -> Style {
    match stance {
        Stance::Favor => AnsiColor::Blue.on_default().bold(),
        Stance::Against => AnsiColor::Red.on_default().bold(),
        Stance::Neutral => Style::new(),
    }
}

/// Text in a style, plain where `colour` is off.
pub(crate) fn painted(text: &str, style: Style, colour: bool) -> String {
    if colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
}

/// The text cut to `width` characters, on one line, nothing in it that a terminal obeys.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let flat: Vec<&str> = text.split_whitespace().collect();
    let flat = flat.join(" ").replace(char::is_control, "\u{FFFD}");
    if flat.chars().count() <= width {
        return flat;
    }
    let mut cut: String = flat.chars().take(width.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// A score in points with its interval.
pub(crate) fn points(score: &Scored) -> String {
    format!("{:.1} ({:.1} to {:.1})", 100.0 * score.value, 100.0 * score.low, 100.0 * score.high)
}
