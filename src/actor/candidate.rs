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

    /// The other parties, as holders of a stance toward `target`: those named within a few places of it, [`REACH`] or, where
    /// very many are named, less.
    pub fn holders(&self, target: Party) -> impl Iterator<Item = Party> + use<> {
        let reach = (MOST_PAIRS / self.actors.len().max(1)).clamp(1, usize::from(REACH)) as u16;
        let near = target.0.saturating_sub(reach)..=target.0.saturating_add(reach);
        self.all().filter(move |holder| *holder != target && near.contains(&holder.0))
    }
}

/// In a long list of actors only near ones are paired, so that work grows with its length, not its square.
pub const REACH: u16 = 8;
/// Half the pairs that are judged in a sentence where more could be.
const MOST_PAIRS: usize = 250;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::mention::MentionKind;

    #[test]
    fn mentions_of_one_actor_are_one_party() {
        let mention = |start: usize, actor: u32| Mention {
            span: Span::new(start, start + 1),
            actor: ActorIndex(actor),
            kind: MentionKind::Name,
        };
        let mut roster = Roster::default();
        roster.fill(&[mention(0, 7), mention(4, 3), mention(9, 7)]);
        assert_eq!(roster.all().count(), 2);
        assert_eq!(roster.parties()[2], (Span::new(9, 10), Party(0)));
        assert_eq!(roster.actor(Party(1)), (ActorIndex(3), Span::new(4, 5)));
        assert_eq!(roster.holders(Party(0)).collect::<Vec<_>>(), [Party(1)]);
    }
}
