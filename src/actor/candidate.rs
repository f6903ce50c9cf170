//! Sentence → the (holder, target) pairs worth judging.

use crate::Span;

use super::ActorIndex;
use super::mention::Mention;

/// Somebody named in a sentence; mentions of one actor share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Party(pub u16);

/// Who plays which role in a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// Stance of anyone toward `target`.
    Toward {
        /// The party judged.
        target: Party,
    },
    /// Stance of `holder` toward `target`.
    Directed {
        /// Whose stance it is.
        holder: Party,
        /// The party judged.
        target: Party,
    },
    /// The sentence as a whole: its tone.
    Whole,
}

/// The actors of one sentence, each a party with all its mentions.
#[derive(Debug, Clone, Default)]
pub struct Roster {
    parties: Vec<(Span, Party)>,
    actors: Vec<(ActorIndex, Span)>,
}

impl Roster {
    /// Takes the mentions of one sentence, ascending and without overlap.
    pub fn fill(&mut self, mentions: &[Mention]) {
        self.parties.clear();
        self.actors.clear();
        for mention in mentions {
            let known = self.actors.iter().position(|(actor, _)| *actor == mention.actor);
            let number = known.unwrap_or_else(|| {
                self.actors.push((mention.actor, mention.span));
                self.actors.len() - 1
            });
            self.parties.push((mention.span, Party(number as u16)));
        }
    }

    /// Every mention with its party.
    pub fn parties(&self) -> &[(Span, Party)] {
        &self.parties
    }

    /// The actor behind a party and its first mention.
    ///
    /// # Panics
    /// If the party is not of this sentence.
    pub fn actor(&self, party: Party) -> (ActorIndex, Span) {
        self.actors[usize::from(party.0)]
    }

    /// All parties in order of their first mention.
    pub fn all(&self) -> impl Iterator<Item = Party> + use<> {
        (0..self.actors.len() as u16).map(Party)
    }

    /// Every ordered pair of two parties, as (holder, target).
    pub fn pairs(&self) -> impl Iterator<Item = Cast> + use<> {
        let n = self.actors.len() as u16;
        (0..n).flat_map(move |target| {
            (0..n)
                .filter(move |holder| *holder != target)
                .map(move |holder| Cast::Directed { holder: Party(holder), target: Party(target) })
        })
    }
}
