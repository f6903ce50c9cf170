//! Probabilities → statements: who thinks what of whom, and where it stands.

pub mod tally;

use crate::actor::ActorIndex;
use crate::{Span, Stance, Tone};

/// Whose stance an opinion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// Nobody takes a stance toward the target.
    Nobody,
    /// The writer.
    Author,
    /// An actor.
    Actor(ActorIndex),
}

/// Calibrated probabilities of the three stances, in [`Stance::ALL`] order; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement(pub [f32; 3]);

impl Judgement {
    /// The likeliest stance; of equals the first in [`Stance::ALL`] order.
    pub fn stance(&self) -> Stance {
        let mut best = Stance::Against;
        for stance in Stance::ALL {
            if self.probability(stance) > self.probability(best) {
                best = stance;
            }
        }
        best
    }

    /// Probability of one stance.
    pub fn probability(&self, stance: Stance) -> f32 {
        self.0[stance.index()]
    }

    /// Probability of the likeliest stance.
    pub fn confidence(&self) -> f32 {
        self.probability(self.stance())
    }

    /// The same where nobody holds a stance: what was thought likelier than NEUTRAL is so no longer.
    ///
    /// The mass of FAVOR and AGAINST is cut to what leaves NEUTRAL the likeliest.
    #[must_use]
    pub fn neutral(&self) -> Judgement {
        if self.stance() == Stance::Neutral {
            return *self;
        }
        let [against, _, favor] = self.0;
        let cut = 0.49 / (against + favor);
        Judgement([against * cut, 0.51, favor * cut])
    }

    /// Probability of FAVOR less that of AGAINST, from -1 to 1.
    pub fn score(&self) -> f32 {
        self.probability(Stance::Favor) - self.probability(Stance::Against)
    }
}

/// A judged candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Index of the sentence in the document.
    pub sentence: usize,
    /// Where the sentence stands in the document.
    pub span: Span,
    /// Whose stance it is.
    pub holder: Holder,
    /// Where the holder is named.
    pub holder_mention: Option<Span>,
    /// Who is judged.
    pub target: ActorIndex,
    /// Where the target is named.
    pub target_mention: Span,
    /// How likely each stance is.
    pub judgement: Judgement,
    /// Tone of the sentence.
    pub tone: Tone,
}

impl Opinion {
    /// Whether a holder takes a stance: anything but NEUTRAL.
    pub fn is_opinionated(&self) -> bool {
        self.judgement.stance() != Stance::Neutral
    }
}

/// What one article says: its opinions in the order of the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Analysis {
    /// Every judged pair.
    pub opinions: Vec<Opinion>,
    /// Number of sentences read.
    pub n_sentences: usize,
}
