//! An actor found at a span.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ActorIndex;
use crate::text::span::Span;

/// How a mention names its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MentionKind {
    /// By its name or another one: `the Philippines`, `U.S.`.
    Name,
    /// By a word for its people: `Russian`, `Filipinos`.
    Demonym,
    /// By a place or seat that stands for it: `Beijing`, `the Kremlin`.
    Metonym,
    /// By one who speaks for it: `Vladimir Putin`.
    Leader,
    /// By a description that names nobody: `the country`.
    Nominal,
}

impl MentionKind {
    /// All kinds.
    pub const ALL: [MentionKind; 5] = [
        MentionKind::Name,
        MentionKind::Demonym,
        MentionKind::Metonym,
        MentionKind::Leader,
        MentionKind::Nominal,
    ];

    /// The word written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            MentionKind::Name => "name",
            MentionKind::Demonym => "demonym",
            MentionKind::Metonym => "metonym",
            MentionKind::Leader => "leader",
            MentionKind::Nominal => "nominal",
        }
    }
}

impl fmt::Display for MentionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// An actor named in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mention {
    /// Where it stands.
    pub span: Span,
    /// Whom it names.
    pub actor: ActorIndex,
    /// How.
    pub kind: MentionKind,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_spell_a_kind_as_serde_does() {
        let kinds = [
            MentionKind::Name,
            MentionKind::Demonym,
            MentionKind::Metonym,
            MentionKind::Leader,
            MentionKind::Nominal,
        ];
        for kind in kinds {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
        }
    }
}
