//! The gazetteer's CSV: one actor a row.
//!
//! Columns `id,name,kind,aliases,demonyms,metonyms,leaders,wikidata,parents`, in any order; the first three
//! are needed. Lists are parted by `|`. A leader is `Full Name/Other form/Surname@start..end`, the term in
//! ISO dates or years, and any part of it may be missing.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use csv::ByteRecord;

use crate::actor::{Actor, ActorKind, Leader};
use crate::date::Date;
use crate::error::{Error, Location, Result};

use super::record::LineStarts;

/// The gazetteer file that is compiled in.
pub const BUILT_IN: &[u8] = include_bytes!("../../data/gazetteer.csv");

/// The actors that are compiled in: `data/gazetteer.csv`.
///
/// # Errors
/// Never on a released build: a test reads the same text.
pub fn built_in() -> Result<Vec<Actor>> {
    read_gazetteer_from(
        include_bytes!("../../data/gazetteer.csv").as_slice(),
        Path::new("data/gazetteer.csv"),
    )
}

/// The columns, in the order they are written.
const COLUMNS: [&str; 9] =
    ["id", "name", "kind", "aliases", "demonyms", "metonyms", "leaders", "wikidata", "parents"];
/// As many of them as every file must have.
const N_NEEDED: usize = 3;

/// Reads the actors of the file at `path`.
///
/// # Errors
/// The first fault with file, line and column; [`check_gazetteer`](super::gazetteer_check::check_gazetteer)
/// gives all of them.
pub fn read_gazetteer(path: impl AsRef<Path>) -> Result<Vec<Actor>> {
    let path = path.as_ref();
    read_gazetteer_from(File::open(path).map_err(|e| Error::io(path, e))?, path)
}

/// Reads actors from `reader`; messages name it `path`.
///
/// # Errors
/// The first fault with line and column.
///
/// # Example
/// ```
/// use geostance::io::gazetteer::read_gazetteer_from;
/// let csv = "id,name,kind,aliases\nRUS,Russia,state,Russian Federation|\n";
/// let error = read_gazetteer_from(csv.as_bytes(), "data/gazetteer.csv".as_ref()).unwrap_err();
/// assert_eq!(error.to_string(), "data/gazetteer.csv:2: column `aliases`: empty alias after the last bar");
/// ```
pub fn read_gazetteer_from(reader: impl Read, path: &Path) -> Result<Vec<Actor>> {
    let rows = Rows::read(reader, path);
    match rows.faults.into_iter().next() {
        Some(fault) => Err(fault),
        None => Ok(rows.rows.into_iter().map(|(_, actor)| actor).collect()),
    }
}

/// Writes `actors` as [`read_gazetteer`] reads them.
///
/// # Errors
/// If `writer` fails.
pub fn write_gazetteer(writer: impl Write, actors: &[Actor]) -> Result<()> {
    let fail = |e: csv::Error| Error::Io { location: Location::default(), source: e.into() };
    let mut out = csv::Writer::from_writer(writer);
    out.write_record(COLUMNS).map_err(fail)?;
    for actor in actors {
        let leaders: Vec<String> = actor.leaders.iter().map(leader_to_string).collect();
        out.write_record([
            &actor.id,
            &actor.name,
            actor.kind.as_str(),
            &actor.aliases.join("|"),
            &actor.demonyms.join("|"),
            &actor.metonyms.join("|"),
            &leaders.join("|"),
            actor.wikidata.as_deref().unwrap_or(""),
            &actor.parents.join("|"),
        ])
        .map_err(fail)?;
    }
    out.flush().map_err(|source| Error::Io { location: Location::default(), source })
}

fn leader_to_string(leader: &Leader) -> String {
    let names = leader.names.join("/");
    match (leader.from.as_deref(), leader.until.as_deref()) {
        (None, None) => names,
        (from, until) => format!("{names}@{}..{}", from.unwrap_or(""), until.unwrap_or("")),
    }
}

fn next_row(csv: &mut csv::Reader<impl Read>) -> Option<Result<ByteRecord, csv::Error>> {
    let mut row = ByteRecord::new();
    csv.read_byte_record(&mut row).map(|found| found.then_some(row)).transpose()
}

/// Rows read so far with their lines, and what was wrong.
pub(super) struct Rows<'a> {
    path: &'a Path,
    pub(super) rows: Vec<(u64, Actor)>,
    pub(super) faults: Vec<Error>,
}

impl<'a> Rows<'a> {
    pub(super) fn read(reader: impl Read, path: &'a Path) -> Rows<'a> {
        let mut out = Rows { path, rows: Vec::new(), faults: Vec::new() };
        let mut csv =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(LineStarts::of(reader));
        let Some(header) = next_row(&mut csv) else {
            out.fault(1, None, format!("the file is empty; expected the header {}", COLUMNS.join(",")));
            return out;
        };
        let Some(header) = out.unless_io(header) else { return out };
        let columns = out.header(&header);
        if !out.faults.is_empty() {
            return out;
        }
        let mut lines_of_ids: HashMap<String, u64> = HashMap::new();
        while let Some(record) = next_row(&mut csv) {
            let Some(record) = out.unless_io(record) else { return out };
            let line = csv.get_mut().at_or_after(record.position().map_or(0, csv::Position::byte)).line;
            if record.len() != columns.len() {
                out.fault(line, None, format!("{} fields, expected {}", record.len(), columns.len()));
                continue;
            }
            let n_faults = out.faults.len();
            let actor = out.actor(line, &columns, &record);
            if let Some(first) = lines_of_ids.get(&actor.id.to_uppercase()) {
                out.fault(line, Some("id"), format!("`{}` stands at line {first} already", actor.id));
            } else if !actor.id.is_empty() {
                lines_of_ids.insert(actor.id.to_uppercase(), line);
            }
            if out.faults.len() == n_faults || !actor.id.is_empty() {
                out.rows.push((line, actor));
            }
        }
        out
    }

    pub(super) fn fault(&mut self, line: u64, column: Option<&str>, message: impl Into<String>) {
        let at = Location::file(self.path).line(line);
        let at = match column {
            Some(column) => at.column(column),
            None => at,
        };
        self.faults.push(Error::row(at, message));
    }

    /// The record, unless reading failed, which ends everything.
    fn unless_io(&mut self, record: Result<ByteRecord, csv::Error>) -> Option<ByteRecord> {
        record.map_err(|e| self.faults.push(Error::io(self.path, e.into()))).ok()
    }

    /// Which of [`COLUMNS`] each field is.
    fn header(&mut self, header: &ByteRecord) -> Vec<usize> {
        let mut columns = Vec::new();
        for (i, name) in header.iter().enumerate() {
            let name = String::from_utf8_lossy(name);
            let name = if i == 0 { name.trim_start_matches('\u{FEFF}') } else { &name }.trim();
            match COLUMNS.iter().position(|&c| c == name) {
                Some(column) if columns.contains(&column) => {
                    self.fault(1, Some(name), "the column stands twice");
                }
                Some(column) => columns.push(column),
                None => {
                    let near = nearest(name, COLUMNS.iter().copied());
                    self.fault(1, None, format!("unknown column `{name}`, the nearest is `{near}`"));
                }
            }
        }
        for (i, name) in COLUMNS.iter().enumerate().take(N_NEEDED) {
            if !columns.contains(&i) {
                self.fault(1, None, format!("column `{name}` is missing"));
            }
        }
        columns
    }

    fn actor(&mut self, line: u64, columns: &[usize], record: &ByteRecord) -> Actor {
        let mut actor = Actor::new("", "", ActorKind::State);
        for (&column, field) in columns.iter().zip(record) {
            let name = COLUMNS[column];
            let Ok(field) = std::str::from_utf8(field) else {
                self.fault(line, Some(name), "not valid UTF-8");
                continue;
            };
            let field = field.trim();
            match name {
                "id" => {
                    if field.is_empty() || field.contains(char::is_whitespace) {
                        self.fault(line, Some(name), format!("`{field}` is no id, expected one word"));
                    }
                    actor.id = field.to_owned();
                }
                "name" => {
                    if field.is_empty() {
                        self.fault(line, Some(name), "empty, expected the common English name");
                    }
                    actor.name = field.to_owned();
                }
                "kind" => match ActorKind::parse(field) {
                    Some(kind) => actor.kind = kind,
                    None => {
                        let near = nearest(field, ActorKind::ALL.iter().map(|kind| kind.as_str()));
                        self.fault(
                            line,
                            Some(name),
                            format!("unknown kind `{field}`, the nearest is `{near}`"),
                        );
                    }
                },
                "aliases" => actor.aliases = self.list(line, name, "alias", field),
                "demonyms" => actor.demonyms = self.list(line, name, "demonym", field),
                "metonyms" => actor.metonyms = self.list(line, name, "metonym", field),
                "parents" => actor.parents = self.list(line, name, "parent", field),
                "leaders" => {
                    let entries = self.list(line, name, "leader", field);
                    actor.leaders = entries.iter().map(|entry| self.leader(line, entry)).collect();
                }
                _ => {
                    let digits = field.strip_prefix('Q').unwrap_or("");
                    if !field.is_empty() && (digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()))
                    {
                        self.fault(
                            line,
                            Some(name),
                            format!("`{field}` is no Wikidata identifier like Q159"),
                        );
                    }
                    actor.wikidata = (!field.is_empty()).then(|| field.to_owned());
                }
            }
        }
        actor
    }

    /// The entries between bars.
    fn list(&mut self, line: u64, column: &str, what: &str, field: &str) -> Vec<String> {
        if field.is_empty() {
            return Vec::new();
        }
        let entries: Vec<&str> = field.split('|').map(str::trim).collect();
        for (i, _) in entries.iter().enumerate().filter(|(_, entry)| entry.is_empty()) {
            let place = match i {
                0 => "before the first bar",
                _ if i + 1 == entries.len() => "after the last bar",
                _ => "between two bars",
            };
            self.fault(line, Some(column), format!("empty {what} {place}"));
        }
        entries.into_iter().filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
    }

    /// `Full Name/Other form@start..end`.
    fn leader(&mut self, line: u64, entry: &str) -> Leader {
        let (names, term) = match entry.split_once('@') {
            Some((names, term)) => (names, Some(term.trim())),
            None => (entry, None),
        };
        let names: Vec<String> = names.split('/').map(|name| name.trim().to_owned()).collect();
        if names.iter().any(String::is_empty) {
            self.fault(line, Some("leaders"), format!("empty name in `{entry}`"));
        }
        let mut leader = Leader { names, from: None, until: None };
        let Some(term) = term else { return leader };
        let Some((from, until)) = term.split_once("..") else {
            self.fault(
                line,
                Some("leaders"),
                format!("`{term}` is no term, expected start..end as in 2012-05-07.."),
            );
            return leader;
        };
        for (date, end) in [(from.trim(), &mut leader.from), (until.trim(), &mut leader.until)] {
            if Date::parse(date).is_some() {
                *end = Some(date.to_owned());
            } else if !date.is_empty() {
                self.fault(
                    line,
                    Some("leaders"),
                    format!("`{date}` is no date, expected {}", Date::EXPECTED),
                );
            }
        }
        let day = |end: &Option<String>| end.as_deref().and_then(Date::parse);
        if let (Some(from), Some(until)) = (day(&leader.from), day(&leader.until))
            && from.first() > until.last()
        {
            self.fault(line, Some("leaders"), format!("the term `{term}` ends before it starts"));
        }
        leader
    }
}

/// The word most like `text`.
fn nearest<'w>(text: &str, words: impl Iterator<Item = &'w str>) -> &'w str {
    let text = text.to_lowercase();
    words.min_by_key(|word| strsim::osa_distance(word, &text)).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let csv = include_str!("../../tests/fixtures/gazetteer.csv");
        let actors = read_gazetteer_from(csv.as_bytes(), Path::new("g.csv")).unwrap();
        assert_eq!(actors.len(), 12);
        assert_eq!(actors[0].leaders[0].names, ["Vladimir Putin", "Putin"]);
        assert_eq!(actors[0].leaders[0].from.as_deref(), Some("2012-05-07"));
        let mut written = Vec::new();
        write_gazetteer(&mut written, &actors).unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), csv);
    }

    #[test]
    fn a_wrong_header_is_refused() {
        let message =
            |csv: &str| read_gazetteer_from(csv.as_bytes(), Path::new("g.csv")).unwrap_err().to_string();
        assert_eq!(
            message("id,name,kind,alises\n"),
            "g.csv:1: unknown column `alises`, the nearest is `aliases`"
        );
        assert_eq!(message("id,name\n"), "g.csv:1: column `kind` is missing");
        assert!(message("").starts_with("g.csv:1: the file is empty"));
        let bom = "\u{FEFF}kind,id,name\nstate,A,\"A, B\"\n";
        assert_eq!(read_gazetteer_from(bom.as_bytes(), Path::new("g.csv")).unwrap()[0].name, "A, B");
        assert!(
            read_gazetteer("no/such/file.csv").unwrap_err().to_string().starts_with("no/such/file.csv: ")
        );
    }
}
