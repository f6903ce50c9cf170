//! Bodies: how a request is written and an answer is wanted.

use std::io::{BufReader, Cursor, Read, Write};
use std::path::Path;
use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;

use super::arrow;
use super::problem::{FieldProblem, Problem};
use super::schema::{Document, EitherRequest};
use crate::corpus::{Example, Held, Named};
use crate::io::articles::{Item, item_of};
use crate::io::corpus::Columns;
use crate::io::packed::{Packer, Packing, unpacked};
use crate::io::record::{Layout, Records};
use crate::io::table::Form;
use crate::{Article, Date, Location};

/// Media types that are read and written.
pub(super) const JSON: &str = "application/json";
pub(super) const JSONL: &str = "application/x-ndjson";
pub(super) const ARROW: &str = "application/vnd.apache.arrow.stream";
pub(super) const CSV: &str = "text/csv";

/// How documents are written in a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Json,
    Rows(Layout),
}

/// How an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Json,
    Rows(Form),
}

impl Wanted {
    pub(super) const fn media_type(self) -> &'static str {
        match self {
            Wanted::Json => JSON,
            Wanted::Rows(Form::Jsonl) => JSONL,
            Wanted::Rows(Form::Csv) => CSV,
            Wanted::Rows(_) => ARROW,
        }
    }
}

/// A media type without its parameters, in lower case.
fn bare(value: &str) -> String {
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn text<'h>(headers: &'h HeaderMap, name: &header::HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// How the body is written; JSON where nothing is said.
pub(super) fn written(headers: &HeaderMap) -> Result<Written, Problem> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(Written::Json) };
    match bare(value.to_str().unwrap_or_default()).as_str() {
        JSON => Ok(Written::Json),
        JSONL | "application/jsonl" | "application/jsonlines" => Ok(Written::Rows(Layout::Jsonl)),
        ARROW => Ok(Written::Rows(Layout::Arrow)),
        _ => {
            let detail = format!("the Content-Type must be {JSON}, {JSONL} or {ARROW}");
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail))
        }
    }
}

/// How the body is packed.
pub(super) fn packing(headers: &HeaderMap) -> Result<Option<Packing>, Problem> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(None) };
    match value.to_str().unwrap_or("?").trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Packing::Gzip)),
        "zstd" => Ok(Some(Packing::Zstd)),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "the Content-Encoding must be gzip, zstd or identity",
        )),
    }
}

/// The parts of an Accept header with their weights, the greatest first, as they stand where weights are equal.
fn accepted(value: &str) -> Vec<(String, f32)> {
    let part = |part: &str| {
        let mut fields = part.split(';').map(str::trim);
        let name = fields.next()?.to_ascii_lowercase();
        let weight =
            fields.find_map(|f| f.strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok())?;
        (!name.is_empty()).then_some((name, weight))
    };
    let mut parts: Vec<(String, f32)> = value.split(',').filter_map(part).collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    parts
}

/// How the answer is wanted; JSON where nothing is said.
pub(super) fn wanted(headers: &HeaderMap) -> Result<Wanted, Problem> {
    let Some(value) = text(headers, &header::ACCEPT).filter(|value| !value.trim().is_empty()) else {
        return Ok(Wanted::Json);
    };
    for (name, weight) in accepted(value) {
        match name.as_str() {
            _ if weight <= 0.0 => {}
            JSON | "*/*" | "application/*" => return Ok(Wanted::Json),
            JSONL | "application/jsonl" | "application/jsonlines" => return Ok(Wanted::Rows(Form::Jsonl)),
            ARROW => return Ok(Wanted::Rows(Form::ArrowStream)),
            CSV | "text/*" => return Ok(Wanted::Rows(Form::Csv)),
            _ => {}
        }
    }
    let detail = format!("Accept must name {JSON}, {JSONL}, {CSV} or {ARROW}");
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, detail))
}

/// How the answer may be packed: Zstandard before gzip where both are as welcome.
pub(super) fn packing_wanted(headers: &HeaderMap) -> Option<Packing> {
    let parts = accepted(text(headers, &header::ACCEPT_ENCODING)?);
    let weight = |name: &str| parts.iter().find(|(n, _)| n == name).map_or(0.0, |(_, weight)| *weight);
    let (zstd, gzip) = (weight("zstd"), weight("gzip"));
    match () {
        () if zstd > 0.0 && zstd >= gzip => Some(Packing::Zstd),
        () if gzip > 0.0 => Some(Packing::Gzip),
        () => None,
    }
}

/// Answers below this many bytes are not packed.
const LEAST_PACKED: usize = 1024;

/// Packs an answer, where that is wanted and pays.
pub(super) fn packed(bytes: Vec<u8>, packing: Option<Packing>) -> (Vec<u8>, Option<&'static str>) {
    let Some(packing) = packing.filter(|_| bytes.len() >= LEAST_PACKED) else { return (bytes, None) };
    let pack = || {
        let mut packer = Packer::new(Vec::new(), Some(packing))?;
        packer.write_all(&bytes)?;
        packer.finish()
    };
    match pack() {
        Ok(small) => (small, Some(packing.coding())),
        // memory takes all that is written to it
        Err(_) => (bytes, None),
    }
}

/// Unpacks a body of at most `limit` bytes.
pub(super) fn plain(bytes: Bytes, packing: Option<Packing>, limit: usize) -> Result<Bytes, Problem> {
    let Some(packing) = packing else { return Ok(bytes) };
    let damaged = |e: std::io::Error| Problem::new(StatusCode::BAD_REQUEST, format!("the body: {e}"));
    let reader = unpacked(Box::new(BufReader::new(Cursor::new(bytes))), packing).map_err(damaged)?;
    let mut out = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut out).map_err(damaged)?;
    if out.len() > limit {
        return Err(too_large(limit));
    }
    Ok(out.into())
}

/// A body beyond the limit.
pub(super) fn too_large(limit: usize) -> Problem {
    let detail = format!("a body may have {limit} bytes, unpacked");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

/// The JSON of a body.
pub(super) fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let field = e.path().to_string();
        let inner = e.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let field = if field == "." { "body".to_owned() } else { field };
                Problem::field(field, inner.to_string())
            }
            _ => Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {inner}")),
        }
    })?;
    reader.end().map_err(|e| Problem::new(StatusCode::BAD_REQUEST, format!("the body is no JSON: {e}")))?;
    Ok(value)
}

/// The documents of a body.
pub(super) struct Documents {
    pub(super) items: Vec<Item>,
    /// Whether they stood in a list, and so are answered in one.
    pub(super) many: bool,
}

/// Most fields that a problem names.
const MOST_NAMED: usize = 100;

/// Reads the documents of a body.
pub(super) fn documents(bytes: &[u8], written: Written, most: usize) -> Result<Documents, Problem> {
    let (items, many) = match written {
        Written::Json => {
            let request: EitherRequest = json(bytes)?;
            let (documents, many) = listed(request)?;
            let mut errors = Vec::new();
            let mut items = Vec::new();
            for (i, document) in documents.into_iter().enumerate() {
                let at = if many { format!("documents[{i}].") } else { String::new() };
                match item(document, &at, i) {
                    Ok(item) => items.push(item),
                    Err(error) => errors.push(error),
                }
            }
            refuse(errors)?;
            (items, many)
        }
        Written::Rows(layout) => (rows(bytes, layout, most)?, true),
    };
    if items.len() > most {
        return Err(too_many(most));
    }
    let long = items.iter().position(|item| item.example.is_some() && item.n_bytes > LONGEST_PASSAGE);
    if let Some(i) = long {
        let field = if many { format!("documents[{i}].text") } else { "text".to_owned() };
        return Err(Problem::field(field, long_passage()));
    }
    Ok(Documents { items, many })
}

fn refuse(mut errors: Vec<FieldProblem>) -> Result<(), Problem> {
    if errors.is_empty() {
        return Ok(());
    }
    errors.truncate(MOST_NAMED);
    Err(Problem::fields(errors))
}

/// The documents of a request, and whether they stood in a list.
fn listed(request: EitherRequest) -> Result<(Vec<Document>, bool), Problem> {
    let EitherRequest { text, target, holder, date, document, source, documents } = request;
    match (text, documents) {
        (Some(_), Some(_)) => {
            Err(Problem::field("documents", "stands beside `text`: expected one of the two"))
        }
        (None, None) => Err(Problem::field("text", "is missing: expected `text` or `documents`")),
        (Some(text), None) => Ok((vec![Document { text, target, holder, date, document, source }], false)),
        (None, Some(documents)) => {
            let other = [
                ("target", target),
                ("holder", holder),
                ("date", date),
                ("document", document),
                ("source", source),
            ];
            match other.into_iter().find(|(_, value)| value.is_some()) {
                Some((name, _)) => {
                    Err(Problem::field(name, "stands beside `documents`: it belongs into each of them"))
                }
                None => Ok((documents, true)),
            }
        }
    }
}

/// A document as the pipeline reads it.
fn item(document: Document, at: &str, number: usize) -> Result<Item, FieldProblem> {
    let wrong =
        |field: &str, detail: &str| FieldProblem { field: format!("{at}{field}"), detail: detail.to_owned() };
    let Document { text, target, holder, date, document, source } = document;
    let given = |value: Option<String>| value.filter(|value| !value.trim().is_empty());
    if text.trim().is_empty() {
        return Err(wrong("text", "is empty, expected an article or a sentence"));
    }
    if text.contains('\0') {
        return Err(wrong("text", "holds a NUL character"));
    }
    let date = given(date);
    if date.as_deref().is_some_and(|date| Date::of_row(date).is_none()) {
        return Err(wrong("date", &format!("is no date: expected {}", Date::EXPECTED)));
    }
    let holder = given(holder).map_or(Held::Anyone, |name| Held::named(&name, None));
    let example = match given(target) {
        None if holder != Held::Anyone => return Err(wrong("holder", "stands without a `target`")),
        None => None,
        Some(name) => Some(Box::new(Example {
            text: text.clone(),
            target: Named { name, span: None },
            holder,
            date: date.clone(),
            ..Example::default()
        })),
    };
    let n_bytes = text.len();
    let document = given(document).unwrap_or_else(|| (number + 1).to_string());
    let article = Article { document, text, date, source: given(source) };
    let location = Location::default().line(number as u64 + 1);
    Ok(Item { article, example, fields: Arc::default(), location, n_bytes })
}

/// Bytes of a text that is judged as one passage, and not sentence by sentence.
pub(super) const LONGEST_PASSAGE: usize = 20_000;

/// Why a text is too long to be judged as one passage.
pub(super) fn long_passage() -> String {
    format!("is judged as one passage where a target is named, which may have {LONGEST_PASSAGE} bytes")
}

/// Why so many documents are not read.
pub(super) fn too_many(most: usize) -> Problem {
    Problem::field("documents", format!("are more than {most}, which is as many as are read at a time"))
}

/// Rows of JSONL or Arrow, other columns carried through.
fn rows(bytes: &[u8], layout: Layout, most: usize) -> Result<Vec<Item>, Problem> {
    if layout != Layout::Arrow {
        return items_of(bytes, layout, most);
    }
    arrow::check(bytes, most)?;
    // the decoder trusts offsets and lengths within a batch, and panics where they lie
    std::panic::catch_unwind(|| items_of(bytes, layout, most)).unwrap_or_else(|_| {
        Err(Problem::new(StatusCode::BAD_REQUEST, "the body is no Arrow stream, or a damaged one"))
    })
}

fn items_of(bytes: &[u8], layout: Layout, most: usize) -> Result<Vec<Item>, Problem> {
    let path = Path::new("body");
    let bad = |e: crate::Error| Problem::new(StatusCode::BAD_REQUEST, e.to_string());
    // the reader of columns goes back and forth, and keeps what it reads
    let reader = Box::new(Cursor::new(bytes.to_vec()));
    let columns = Columns::default();
    let records = Records::new(path, reader, layout).map_err(bad)?;
    records.require(&columns.text).map_err(|e| Problem::field("text", e.to_string()))?;
    let (mut items, mut errors) = (Vec::new(), Vec::new());
    for (i, record) in records.enumerate() {
        if i == most {
            return Err(too_many(most));
        }
        match record.and_then(|record| item_of(&columns, path, record)) {
            Ok(item) => items.push(item),
            Err(e) => errors.push(FieldProblem { field: format!("row {}", i + 1), detail: e.to_string() }),
        }
    }
    refuse(errors)?;
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn with(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn answers_are_written_as_they_are_wanted() {
        let accept = |value| wanted(&with(header::ACCEPT, value)).map(Wanted::media_type).ok();
        assert_eq!(accept("text/html, */*;q=0.8"), Some(JSON));
        assert_eq!(accept("application/json;q=0.5, application/x-ndjson"), Some(JSONL));
        assert_eq!(accept("application/vnd.apache.arrow.stream"), Some(ARROW));
        assert_eq!(accept("image/png"), None);
        assert_eq!(accept("application/json;q=0"), None);
        assert_eq!(wanted(&HeaderMap::new()).unwrap(), Wanted::Json);
        let coding = |value| packing_wanted(&with(header::ACCEPT_ENCODING, value)).map(Packing::coding);
        assert_eq!(coding("gzip, deflate, br, zstd"), Some("zstd"));
        assert_eq!(coding("gzip;q=1, zstd;q=0.5"), Some("gzip"));
        assert_eq!(coding("identity"), None);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_field() {
        let told = |body: &str| {
            let problem = documents(body.as_bytes(), Written::Json, 2).err().unwrap();
            (problem.status, problem.detail)
        };
        assert_eq!(told("{\"text\":").0, 400);
        let (status, detail) = told(r#"{"documents":[{"text":"a"},{"text":3}]}"#);
        assert!(status == 422 && detail.starts_with("documents[1].text: invalid type"), "{detail}");
        let (_, detail) = told(r#"{"documents":[{"text":"a","date":"soon"}]}"#);
        assert!(detail.starts_with("documents[0].date: is no date"), "{detail}");
        assert!(told(r#"{"txt":"a"}"#).1.contains("unknown field `txt`"));
        assert!(told("{}").1.starts_with("text: is missing"));
        assert!(told(r#"{"text":"a","holder":"RUS"}"#).1.starts_with("holder: stands without"));
        assert!(told(r#"{"text":" "}"#).1.starts_with("text: is empty"));
        assert!(told(r#"{"target":"RUS","documents":[]}"#).1.starts_with("target: stands beside"));
        assert!(told(r#"{"documents":[{"text":"a"},{"text":"b"},{"text":"c"}]}"#).1.contains("more than 2"));
        let rows = documents(b"{\"text\":\"a\",\"n\":1}\n{\"n\":2}\n", Written::Rows(Layout::Jsonl), 9);
        assert!(rows.err().unwrap().detail.starts_with("row 2: body:2: column `text`"));
        let rows = documents(b"{\"text\":\"a\"}\n{\"text\":\"a\"}\n", Written::Rows(Layout::Jsonl), 1);
        assert!(rows.err().unwrap().detail.contains("more than 1"));
        let long = format!(r#"{{"text":"{}","target":"USA"}}"#, "U.S. ".repeat(5_000));
        assert!(told(&long).1.starts_with("text: is judged as one passage"));
    }

    #[test]
    fn a_body_that_unpacks_without_end_is_refused() {
        let (small, coding) = packed(vec![b'a'; 1 << 20], Some(Packing::Gzip));
        assert_eq!((small.len() < 5_000, coding), (true, Some("gzip")));
        let small = Bytes::from(small);
        assert_eq!(plain(small.clone(), Some(Packing::Gzip), 1 << 20).unwrap().len(), 1 << 20);
        assert_eq!(plain(small.clone(), Some(Packing::Gzip), 1 << 19).unwrap_err().status, 413);
        assert_eq!(plain(small.slice(..50), Some(Packing::Gzip), 1 << 20).unwrap_err().status, 400);
    }
}
