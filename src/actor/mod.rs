//! Who can hold a stance or be its target.

pub mod candidate;
mod context;
mod dateline;
pub mod description;
pub mod gazetteer;
pub mod mention;
mod misspelling;
pub(crate) mod office;
mod surface;

use std::fmt;

use serde::{Deserialize, Serialize};

/// Position of an actor in its [`Gazetteer`](gazetteer::Gazetteer).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ActorIndex(pub u32);

/// What sort of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActorKind {
    /// A state, its government and all who act for it.
    State,
    /// An international or other organisation.
    Organisation,
    /// An armed or political group.
    ArmedGroup,
    /// A dependent or disputed territory.
    Territory,
    /// A person with a row of his own.
    Person,
    /// States that act as one.
    Bloc,
}

impl ActorKind {
    /// All kinds.
    pub const ALL: [ActorKind; 6] = [
        ActorKind::State,
        ActorKind::Organisation,
        ActorKind::ArmedGroup,
        ActorKind::Territory,
        ActorKind::Person,
        ActorKind::Bloc,
    ];

    /// The word written in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            ActorKind::State => "state",
            ActorKind::Organisation => "organisation",
            ActorKind::ArmedGroup => "armed_group",
            ActorKind::Territory => "territory",
            ActorKind::Person => "person",
            ActorKind::Bloc => "bloc",
        }
    }

    /// Reads the word written in files; `None` where it is none of them.
    pub fn parse(text: &str) -> Option<ActorKind> {
        ActorKind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for ActorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A leader or envoy who speaks for an actor, with the term of office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leader {
    /// Forms of the name as they stand in texts, the fullest first.
    pub names: Vec<String>,
    /// First day in office, ISO 8601 or a year; `None`: unknown.
    pub from: Option<String>,
    /// Last day in office; `None`: still in office, or unknown.
    pub until: Option<String>,
}

/// A state, organisation, group or person, with all it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Identifier: ISO 3166-1 alpha-3 for states, a short name in capitals for others.
    pub id: String,
    /// The common English name.
    pub name: String,
    /// What sort of actor it is.
    pub kind: ActorKind,
    /// Other names and abbreviations.
    pub aliases: Vec<String>,
    /// Adjectives and nouns for its people.
    pub demonyms: Vec<String>,
    /// Capitals and seats that stand for it.
    pub metonyms: Vec<String>,
    /// Those who speak for it.
    pub leaders: Vec<Leader>,
    /// Wikidata identifier, where known.
    pub wikidata: Option<String>,
    /// Identifiers of the actors it belongs to.
    pub parents: Vec<String>,
}

impl Actor {
    /// An actor with nothing but its name.
    pub fn new(id: impl Into<String>, name: impl Into<String>, kind: ActorKind) -> Actor {
        Actor {
            id: id.into(),
            name: name.into(),
            kind,
            aliases: Vec::new(),
            demonyms: Vec::new(),
            metonyms: Vec::new(),
            leaders: Vec::new(),
            wikidata: None,
            parents: Vec::new(),
        }
    }
}

/// Actors with those of a second list on top: of an id that both have the names and leaders are joined, the
/// second one's name and kind count; others are added.
pub fn extended(mut actors: Vec<Actor>, more: Vec<Actor>) -> Vec<Actor> {
    for actor in more {
        match actors.iter_mut().find(|known| known.id.eq_ignore_ascii_case(&actor.id)) {
            None => actors.push(actor),
            Some(known) => {
                if known.name != actor.name {
                    let old = std::mem::replace(&mut known.name, actor.name);
                    known.aliases.push(old);
                }
                known.kind = actor.kind;
                known.aliases.extend(actor.aliases);
                known.demonyms.extend(actor.demonyms);
                known.metonyms.extend(actor.metonyms);
                known.leaders.extend(actor.leaders);
                known.parents.extend(actor.parents);
                known.wikidata = actor.wikidata.or(known.wikidata.take());
            }
        }
    }
    actors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_list_adds_names_to_known_actors_and_new_actors() {
        let known = vec![Actor::new("RUS", "Russia", ActorKind::State)];
        let mut more = Actor::new("rus", "Russian Federation", ActorKind::State);
        more.aliases.push("Rossiya".into());
        let actors = extended(known, vec![more, Actor::new("ACME", "Acme Corp", ActorKind::Organisation)]);
        assert_eq!(actors.len(), 2);
        assert_eq!(actors[0].name, "Russian Federation");
        assert_eq!(actors[0].aliases, ["Russia", "Rossiya"]);
    }
}
