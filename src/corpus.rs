//! Texts with gold stances, and how a labelled row becomes a candidate.

use std::sync::Arc;

use arrow_schema::DataType;

use crate::actor::candidate::{Cast, Party};
use crate::actor::gazetteer::Gazetteer;
use crate::date::Date;
use crate::error::shown;
use crate::fingerprint::Fingerprint;
use crate::{Span, Stance, Tone};

/// Part of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Split {
    /// For fitting.
    Train,
    /// For tuning.
    Dev,
    /// Looked at once, at the end.
    Test,
}

impl Split {
    /// All three, in order.
    pub const ALL: [Split; 3] = [Split::Train, Split::Dev, Split::Test];

    /// The word written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Split::Train => "train",
            Split::Dev => "dev",
            Split::Test => "test",
        }
    }

    /// Reads `train`, `dev` (also `valid`, `validation`) or `test`, in any case.
    pub fn parse(text: &str) -> Option<Split> {
        match text.trim().to_ascii_lowercase().as_str() {
            "train" | "training" => Some(Split::Train),
            "dev" | "valid" | "validation" => Some(Split::Dev),
            "test" => Some(Split::Test),
            _ => None,
        }
    }
}

/// An actor as a labelled row names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Actor identifier, or a name as it stands in the text.
    pub name: String,
    /// Where the mention stands, if the row says so.
    pub span: Option<Span>,
}

/// Whose stance a labelled row gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Held {
    /// Anyone's: the holder is not told.
    #[default]
    Anyone,
    /// The writer's own.
    Author,
    /// That of an actor.
    By(Named),
}

impl Held {
    /// Of an actor by name, or of the writer where the name is AUTHOR, in any case.
    pub fn named(name: &str, span: Option<Span>) -> Held {
        match name.eq_ignore_ascii_case("author") {
            true => Held::Author,
            false => Held::By(Named { name: name.to_owned(), span }),
        }
    }
}

/// What a value was in the file it was read from, so that it is written as the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// Text.
    Text,
    /// A number, truth value, list or object of JSON; the value is its JSON.
    Json,
    /// A value of a column of this type, as text.
    Arrow(DataType),
}

/// A column of an input row and its value there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name of the column.
    pub name: Arc<str>,
    /// The value as text; empty where there is none.
    pub value: String,
    /// What it was.
    pub kind: FieldKind,
}

impl Field {
    /// A value of text.
    pub fn text(name: impl Into<Arc<str>>, value: impl Into<String>) -> Field {
        Field { name: name.into(), value: value.into(), kind: FieldKind::Text }
    }
}

/// One labelled row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Example {
    /// A sentence or a short passage.
    pub text: String,
    /// Who is judged.
    pub target: Named,
    /// Whose stance it is.
    pub holder: Held,
    /// The gold stance; `None` where the row is only to be judged.
    pub stance: Option<Stance>,
    /// The gold tone of the text, where labelled.
    pub tone: Option<Tone>,
    /// Identifier of the row.
    pub id: Option<String>,
    /// Document or event it belongs to.
    pub document: Option<String>,
    /// ISO 8601 date.
    pub date: Option<String>,
    /// Outlet.
    pub source: Option<String>,
    /// Part of the corpus.
    pub split: Option<Split>,
    /// Line in its file, counted from 1.
    pub line: u64,
    /// The other columns of the input row in order, to be carried through.
    pub fields: Vec<Field>,
}

/// A labelled row made ready: who stands where, and which role each plays.
#[derive(Debug, Clone, PartialEq)]
pub struct Staged {
    /// Mentions of all parties, ascending, without overlap.
    pub parties: Vec<(Span, Party)>,
    /// Holder and target.
    pub cast: Cast,
}

/// Of two overlapping mentions the one of the earlier rank counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Given,
    Found,
    Other,
}

const TARGET: Party = Party(0);
const HOLDER: Party = Party(1);

impl Example {
    /// Finds holder, target and the other actors in the text.
    ///
    /// A mention is where the row's offsets say; else every mention of the actor with that identifier;
    /// else every place where the name stands in the text.
    ///
    /// # Errors
    /// Says which of the two is not in the text.
    pub fn stage(&self, gazetteer: &Gazetteer) -> Result<Staged, String> {
        self.stage_on(gazetteer, None)
    }

    /// As [`stage`](Example::stage); `date` is when the text was written, where the row has no date of its own.
    ///
    /// # Errors
    /// Says which of the two is not in the text.
    pub fn stage_on(&self, gazetteer: &Gazetteer, date: Option<Date>) -> Result<Staged, String> {
        let date = self.date.as_deref().and_then(Date::of_row).or(date);
        let mentions = gazetteer.find_mentions_on(&self.text, date);
        let find = |named: &Named, what: &str| -> Result<Vec<Span>, String> {
            let mut spans: Vec<Span> = named.span.into_iter().collect();
            if let Some(actor) = gazetteer.by_id(&named.name) {
                spans.extend(mentions.iter().filter(|m| m.actor == actor).map(|m| m.span));
                // the row knows better than the words around a name
                if spans.is_empty() {
                    let names = gazetteer.find_names(&self.text, date);
                    spans.extend(names.iter().filter(|m| m.actor == actor).map(|m| m.span));
                }
            }
            if spans.is_empty() {
                spans = occurrences(&self.text, &named.name);
            }
            if spans.is_empty() {
                let known = gazetteer.by_id(&named.name).map(|a| format!(" ({})", gazetteer.actor(a).name));
                return Err(format!(
                    "{what} `{}`{} is not in the text",
                    shown(&named.name),
                    known.unwrap_or_default()
                ));
            }
            Ok(spans)
        };
        let mut wanted: Vec<(Rank, Span, Party)> = Vec::new();
        let mut want = |named: &Named, what: &str, party: Party| -> Result<(), String> {
            for span in find(named, what)? {
                let rank = if named.span == Some(span) { Rank::Given } else { Rank::Found };
                wanted.push((rank, span, party));
            }
            Ok(())
        };
        want(&self.target, "target", TARGET)?;
        let cast = match &self.holder {
            Held::Anyone | Held::Author => Cast::Toward { target: TARGET },
            Held::By(named) => {
                want(named, "holder", HOLDER)?;
                Cast::Directed { holder: HOLDER, target: TARGET }
            }
        };
        let mut others = Vec::new();
        for mention in &mentions {
            let number = others.iter().position(|a| *a == mention.actor).unwrap_or(others.len());
            if number == others.len() {
                others.push(mention.actor);
            }
            wanted.push((Rank::Other, mention.span, Party(2 + number as u16)));
        }
        wanted.sort_by_key(|(rank, ..)| *rank);
        let mut parties: Vec<(Span, Party)> = Vec::new();
        for (_, span, party) in wanted {
            if !span.is_empty() && parties.iter().all(|(s, _)| !s.overlaps(span)) {
                parties.push((span, party));
            }
        }
        parties.sort_unstable_by_key(|(span, _)| span.start);
        let present = |p: Party| parties.iter().any(|(_, q)| *q == p);
        if !present(TARGET) {
            return Err(format!("target `{}` and the holder are the same words", shown(&self.target.name)));
        }
        if matches!(cast, Cast::Directed { .. }) && !present(HOLDER) {
            return Err("holder and target are the same words".to_owned());
        }
        Ok(Staged { parties, cast })
    }

    /// Adds text, holder, target and labels to the identity of a corpus.
    pub fn imprint(&self, print: &mut Fingerprint) {
        let holder = match &self.holder {
            Held::Anyone => "",
            Held::Author => "AUTHOR",
            Held::By(named) => &named.name,
        };
        for field in [
            self.text.as_str(),
            &self.target.name,
            holder,
            self.stance.map_or("", Stance::as_str),
            self.tone.map_or("", Tone::as_str),
        ] {
            print.add(field);
        }
    }

    /// Identity of the text, blind to case, spaces and punctuation: rows of one text share it.
    pub fn text_key(&self) -> u64 {
        text_key(&self.text)
    }
}

/// Identity of a text, blind to case, spaces and punctuation.
pub fn text_key(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for c in text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase) {
        hash = (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash
}

/// Every place where `name` stands as whole words; in any case if it stands nowhere as written.
fn occurrences(text: &str, name: &str) -> Vec<Span> {
    let name = name.trim();
    if name.is_empty() {
        return Vec::new();
    }
    let whole = |span: &Span| {
        let before = text[..span.start].chars().next_back();
        let behind = text[span.end..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    };
    let exact: Vec<Span> = text.match_indices(name).map(|(i, m)| Span::new(i, i + m.len())).collect();
    let wholes: Vec<Span> = exact.iter().copied().filter(whole).collect();
    if !wholes.is_empty() {
        return wholes;
    }
    if !exact.is_empty() {
        return exact;
    }
    let (text_low, name_low) = (text.to_ascii_lowercase(), name.to_ascii_lowercase());
    text_low.match_indices(&name_low).map(|(i, m)| Span::new(i, i + m.len())).filter(whole).collect()
}

/// Labelled rows of one or more files.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Corpus {
    /// The rows in the order of the files.
    pub examples: Vec<Example>,
}

impl Corpus {
    /// The rows of one split; rows that name no split count as `Train`.
    pub fn split(&self, split: Split) -> Corpus {
        let keep = |e: &&Example| e.split.unwrap_or(Split::Train) == split;
        Corpus { examples: self.examples.iter().filter(keep).cloned().collect() }
    }

    /// SHA-256, in hexadecimal, of texts, holders, targets and labels in order.
    pub fn fingerprint(&self) -> String {
        let mut print = Fingerprint::default();
        self.examples.iter().for_each(|example| example.imprint(&mut print));
        print.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_as_whole_words_first() {
        let text = "Chad's envoy met Chadli; CHAD won.";
        assert_eq!(occurrences(text, "Chad"), [Span::new(0, 4)]);
        assert_eq!(occurrences(text, "envoy"), [Span::new(7, 12)]);
        assert_eq!(occurrences(text, "ENVOY"), [Span::new(7, 12)]);
        assert_eq!(occurrences(text, "Niger"), []);
    }

    #[test]
    fn texts_that_differ_in_dress_only_share_a_key() {
        assert_eq!(text_key("Moscow thanked Manila."), text_key("“Moscow  thanked MANILA”"));
        assert_ne!(text_key("Moscow thanked Manila."), text_key("Manila thanked Moscow."));
    }
}
