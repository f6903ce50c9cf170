//! Labelled rows in other people's formats.

use std::path::Path;

use serde_json::Value;

use crate::corpus::{Example, Held, Named};
use crate::{Error, Location, Result, Span, Stance};

use super::corpus::{Columns, Loaded};
use super::record::json_fault;

/// A format of labelled rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dialect {
    /// Our own columns, CSV or JSONL.
    #[default]
    Rows,
    /// NewsMTSC JSONL (Hamborg and Donnay 2021).
    NewsMtsc,
    /// Directed sentiment, tab-separated with brackets (Park, Pan and Joo 2021).
    Dse,
    /// SemEval-2016 Task 6, `ID Target Tweet Stance`, tab-separated (Mohammad et al. 2016).
    SemEval,
    /// doccano JSONL with entities and relations.
    Doccano,
    /// Label Studio's full JSON export.
    LabelStudio,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 6] = [
        Dialect::Rows,
        Dialect::NewsMtsc,
        Dialect::Dse,
        Dialect::SemEval,
        Dialect::Doccano,
        Dialect::LabelStudio,
    ];

    /// Its name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Dialect::Rows => "rows",
            Dialect::NewsMtsc => "newsmtsc",
            Dialect::Dse => "dse",
            Dialect::SemEval => "semeval",
            Dialect::Doccano => "doccano",
            Dialect::LabelStudio => "label-studio",
        }
    }

    /// The work to cite where a model is trained on such data.
    pub const fn citation(self) -> Option<&'static str> {
        match self {
            Dialect::NewsMtsc => Some(
                "Hamborg and Donnay, NewsMTSC: A Dataset for (Multi-)Target-dependent Sentiment Classification \
                 in Political News Articles, EACL 2021 (MIT)",
            ),
            Dialect::Dse => Some(
                "Park, Pan and Joo, Who Blames or Endorses Whom? Entity-to-Entity Directed Sentiment Extraction \
                 in News Text, Findings of ACL 2021 (free to use with citation)",
            ),
            Dialect::SemEval => {
                Some("Mohammad et al., SemEval-2016 Task 6: Detecting Stance in Tweets, SemEval 2016")
            }
            _ => None,
        }
    }
}

/// Columns of SemEval-2016 Task 6.
pub(super) fn semeval_columns() -> Columns {
    Columns {
        text: "Tweet".to_owned(),
        target: "Target".to_owned(),
        stance: "Stance".to_owned(),
        ..Columns::default()
    }
}

/// Tells the dialect by the beginning of the file.
pub fn guess(head: &[u8]) -> Dialect {
    let head = String::from_utf8_lossy(head);
    let first = head.lines().find(|line| !line.trim().is_empty()).unwrap_or("").trim_start();
    let has = |key: &str| first.contains(&format!("\"{key}\""));
    if first.starts_with('[') && (head.contains("\"annotations\"") || head.contains("\"predictions\"")) {
        Dialect::LabelStudio
    } else if first.starts_with('{') && has("sentence_normalized") && has("targets") {
        Dialect::NewsMtsc
    } else if first.starts_with('{') && has("text") && (has("entities") || has("relations")) && !has("stance")
    {
        Dialect::Doccano
    } else if first.starts_with("ID\tTarget\tTweet\tStance") {
        Dialect::SemEval
    } else if is_dse(first) {
        Dialect::Dse
    } else {
        Dialect::Rows
    }
}

fn is_dse(line: &str) -> bool {
    let fields: Vec<&str> = line.trim_end().split('\t').collect();
    fields.len() == 4 && fields[0].contains('[') && matches!(fields[3], "0" | "1" | "2" | "3" | "4")
}

/// Reads a file of one of the dialects that are no plain rows.
pub(super) fn read_whole(path: &Path, text: &str, dialect: Dialect) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut take = |line: u64, found: Result<Vec<Example>, String>| match found {
        Ok(examples) => {
            loaded.corpus.examples.extend(examples.into_iter().map(|e| Example { line, ..e }));
        }
        Err(message) => loaded.faults.push(Error::row(Location::file(path).line(line), message)),
    };
    if dialect == Dialect::LabelStudio {
        let tasks: Vec<Value> = serde_json::from_str(text).map_err(|e| {
            Error::row(
                Location::file(path).line(e.line() as u64),
                format!("is no list of Label Studio tasks: {}", json_fault(&e)),
            )
        })?;
        for (i, task) in tasks.iter().enumerate() {
            take(i as u64 + 1, label_studio(task));
        }
        return Ok(loaded);
    }
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let found = match dialect {
            Dialect::Dse => dse(line),
            _ => serde_json::from_str(line)
                .map_err(|e| format!("is no JSON object: {}", json_fault(&e)))
                .and_then(
                    |row: Value| {
                        if dialect == Dialect::NewsMtsc { newsmtsc(&row) } else { doccano(&row) }
                    },
                ),
        };
        take(i as u64 + 1, found);
    }
    Ok(loaded)
}

fn text_of<'v>(row: &'v Value, key: &str) -> Result<&'v str, String> {
    row[key].as_str().ok_or_else(|| format!("has no text in `{key}`"))
}

fn offsets(text: &str, row: &Value, from: &str, to: &str) -> Result<Span, String> {
    let number = |key: &str| row[key].as_u64().ok_or_else(|| format!("has no offset in `{key}`"));
    let (start, end) = (number(from)? as usize, number(to)? as usize);
    Span::from_code_points(text, start..end)
        .filter(|span| !span.is_empty())
        .ok_or_else(|| format!("offsets {start}..{end} leave the text or hold nothing"))
}

fn newsmtsc(row: &Value) -> Result<Vec<Example>, String> {
    let text = text_of(row, "sentence_normalized")?;
    let targets = row["targets"].as_array().ok_or("has no list `targets`")?;
    let example = |target: &Value| {
        let span = offsets(text, target, "from", "to")?;
        let polarity = target["polarity"].as_f64().ok_or("has no number in `polarity`")?;
        let stance = match polarity {
            2.0 => Stance::Against,
            4.0 => Stance::Neutral,
            6.0 => Stance::Favor,
            other => return Err(format!("found polarity {other}, expected 2, 4 or 6")),
        };
        Ok(Example {
            text: text.to_owned(),
            target: Named { name: span.slice(text).to_owned(), span: Some(span) },
            stance: Some(stance),
            id: target["Input.gid"].as_str().map(str::to_owned),
            ..Example::default()
        })
    };
    targets.iter().map(example).collect()
}

/// A line becomes two rows: what p thinks of q, and what q thinks of p.
fn dse(line: &str) -> Result<Vec<Example>, String> {
    let fields: Vec<&str> = line.trim_end().split('\t').collect();
    let [marked, _, _, label] = fields[..] else {
        return Err(format!("found {} fields, expected sentence, p, q and label", fields.len()));
    };
    let mut text = String::with_capacity(marked.len());
    let mut spans = Vec::new();
    let mut open = None;
    for c in marked.chars() {
        match c {
            '[' if open.is_none() && spans.len() < 2 => open = Some(text.len()),
            ']' if open.is_some() => spans.push(Span::new(open.take().unwrap_or_default(), text.len())),
            c => text.push(c),
        }
    }
    let [p, q] = spans[..] else {
        return Err(format!("found {} bracketed mentions, expected two", spans.len()));
    };
    if p.is_empty() || q.is_empty() {
        return Err("a bracketed mention is empty".to_owned());
    }
    let (forth, back) = match label {
        "0" => (Stance::Neutral, Stance::Neutral),
        "1" => (Stance::Favor, Stance::Neutral),
        "2" => (Stance::Neutral, Stance::Favor),
        "3" => (Stance::Against, Stance::Neutral),
        "4" => (Stance::Neutral, Stance::Against),
        other => return Err(format!("found label `{other}`, expected 0, 1, 2, 3 or 4")),
    };
    let named = |span: Span| Named { name: span.slice(&text).to_owned(), span: Some(span) };
    let row = |holder: Span, target: Span, stance: Stance| Example {
        text: text.clone(),
        target: named(target),
        holder: Held::By(named(holder)),
        stance: Some(stance),
        ..Example::default()
    };
    Ok(vec![row(p, q, forth), row(q, p, back)])
}

/// Entities labelled with a stance are targets; relations typed with a stance go from holder to target.
fn doccano(row: &Value) -> Result<Vec<Example>, String> {
    let text = text_of(row, "text")?;
    let none = Vec::new();
    let entities = row["entities"].as_array().unwrap_or(&none);
    let mut marked = Vec::new();
    for entity in entities {
        let span = offsets(text, entity, "start_offset", "end_offset")?;
        marked.push((entity["id"].clone(), span, entity["label"].as_str().unwrap_or("").to_owned()));
    }
    let relations = row["relations"].as_array().unwrap_or(&none).iter();
    let relations =
        relations.map(|r| (r["from_id"].clone(), r["to_id"].clone(), r["type"].as_str().unwrap_or("")));
    linked(text, row["id"].as_u64().map(|id| id.to_string()), &marked, relations)
}

fn label_studio(task: &Value) -> Result<Vec<Example>, String> {
    let text = text_of(&task["data"], "text")?;
    let results = ["annotations", "predictions"].iter().find_map(|key| task[*key][0]["result"].as_array());
    let results = results.ok_or("has no annotation")?;
    let mut marked = Vec::new();
    for result in results.iter().filter(|r| r["type"] == "labels") {
        let span = offsets(text, &result["value"], "start", "end")?;
        let label = result["value"]["labels"][0].as_str().unwrap_or("").to_owned();
        marked.push((result["id"].clone(), span, label));
    }
    let relations = results.iter().filter(|r| r["type"] == "relation");
    let relations =
        relations.map(|r| (r["from_id"].clone(), r["to_id"].clone(), r["labels"][0].as_str().unwrap_or("")));
    linked(text, task["id"].as_u64().map(|id| id.to_string()), &marked, relations)
}

fn linked<'v>(
    text: &str,
    id: Option<String>,
    marked: &[(Value, Span, String)],
    relations: impl Iterator<Item = (Value, Value, &'v str)>,
) -> Result<Vec<Example>, String> {
    let named = |span: Span| Named { name: span.slice(text).to_owned(), span: Some(span) };
    let row = |holder: Held, target: Span, stance: Stance| Example {
        text: text.to_owned(),
        target: named(target),
        holder,
        stance: Some(stance),
        id: id.clone(),
        ..Example::default()
    };
    let mut examples = Vec::new();
    for (_, span, label) in marked {
        if let Some(stance) = Stance::parse(label) {
            examples.push(row(Held::Anyone, *span, stance));
        }
    }
    for (from, to, kind) in relations {
        let find = |id: &Value| marked.iter().find(|(known, ..)| known == id).map(|(_, span, _)| *span);
        let (Some(holder), Some(target)) = (find(&from), find(&to)) else {
            return Err(format!("a relation leads from {from} to {to}, which are not both entities"));
        };
        let stance = Stance::parse(kind).ok_or_else(|| {
            format!("found relation `{kind}`, expected a stance; the nearest is {}", Stance::nearest(kind))
        })?;
        examples.push(row(Held::By(named(holder)), target, stance));
    }
    if examples.is_empty() {
        return Err(
            "names no stance, neither as the label of an entity nor as the type of a relation".to_owned()
        );
    }
    Ok(examples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dialect: Dialect) -> Loaded {
        read_whole(Path::new("x"), text, dialect).unwrap()
    }

    #[test]
    fn a_directed_line_gives_both_directions() {
        let loaded = read("[Oslo] scolded [Lima] for it.\tOslo\tLima\t3\n", Dialect::Dse);
        let rows = &loaded.corpus.examples;
        assert_eq!(rows[0].text, "Oslo scolded Lima for it.");
        assert_eq!(rows[0].target.span, Some(Span::new(13, 17)));
        assert_eq!((rows[0].stance, rows[1].stance), (Some(Stance::Against), Some(Stance::Neutral)));
        let faulty = read("[Oslo] scolded it.\tOslo\tLima\t3\n", Dialect::Dse);
        assert_eq!(faulty.faults[0].to_string(), "x:1: found 1 bracketed mentions, expected two");
    }

    #[test]
    fn newsmtsc_offsets_are_code_points() {
        let line = r#"{"sentence_normalized":"É-Net praised Ana.","targets":[{"Input.gid":"g","from":14,"to":17,"mention":"Ana","polarity":6.0}]}"#;
        let loaded = read(line, Dialect::NewsMtsc);
        assert_eq!(loaded.corpus.examples[0].target.name, "Ana");
        assert_eq!(loaded.corpus.examples[0].stance, Some(Stance::Favor));
    }

    #[test]
    fn relations_survive_the_import() {
        let line = r#"{"id":4,"text":"Oslo scolded Lima.","entities":[{"id":1,"start_offset":0,"end_offset":4,"label":"ACTOR"},{"id":2,"start_offset":13,"end_offset":17,"label":"ACTOR"}],"relations":[{"from_id":1,"to_id":2,"type":"against"}]}"#;
        let rows = read(line, Dialect::Doccano).corpus.examples;
        assert_eq!(rows[0].holder, Held::By(Named { name: "Oslo".into(), span: Some(Span::new(0, 4)) }));
        let task = r#"[{"id":9,"data":{"text":"Oslo scolded Lima."},"annotations":[{"result":[{"id":"a","type":"labels","value":{"start":13,"end":17,"labels":["AGAINST"]}}]}]}]"#;
        let rows = read(task, Dialect::LabelStudio).corpus.examples;
        assert_eq!((rows[0].target.name.as_str(), rows[0].stance), ("Lima", Some(Stance::Against)));
    }
}
