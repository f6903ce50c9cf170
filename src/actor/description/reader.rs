//! What an article has said so far: who was named, whose office was spoken of, who speaks.

use std::collections::HashMap;

use super::Descriptions;
use crate::actor::ActorIndex;
use crate::actor::mention::Mention;

/// What was read so far.
pub(super) struct Reader<'a> {
    pub words: &'a Descriptions,
    pub text: &'a str,
    pub found: Vec<Mention>,
    /// For each body of the nouns who was named of those it describes.
    pub described: Vec<Latest>,
    /// For each office of the nouns whose it was.
    pub offices: Vec<Latest>,
    /// Whose person was spoken of.
    pub persons: Latest,
    /// Surname → whose person it is; `None` where it is shared.
    pub surnames: HashMap<&'a str, Option<ActorIndex>>,
    /// Capitalised noun → the organisation whose it is: `the Authority`.
    pub bodies: HashMap<&'a str, ActorIndex>,
    /// The subject of a sentence, and which sentence it was: whom `it` is.
    pub topic: Option<(ActorIndex, usize)>,
    /// Whose words are quoted; `None` where the speaker is nobody's.
    pub quoted: Option<ActorIndex>,
    /// Who says `I` and `we`.
    pub speaker: Option<ActorIndex>,
}

impl<'a> Reader<'a> {
    pub fn new(words: &'a Descriptions, text: &'a str) -> Reader<'a> {
        Reader {
            words,
            text,
            found: Vec::new(),
            described: vec![Latest::default(); words.n_bodies],
            offices: vec![Latest::default(); words.n_offices],
            persons: Latest::default(),
            surnames: HashMap::new(),
            bodies: HashMap::new(),
            topic: None,
            quoted: None,
            speaker: None,
        }
    }

    /// An actor is named in a sentence.
    pub fn name(&mut self, actor: ActorIndex, sentence: usize) {
        for &body in &self.words.bodies[actor.0 as usize] {
            self.described[body].see(actor, sentence);
        }
    }

    pub fn bind_surname(&mut self, surname: &'a str, actor: ActorIndex) {
        let held = self.surnames.entry(surname).or_insert(Some(actor));
        if *held != Some(actor) {
            *held = None;
        }
    }
}

/// The actor seen last, and how far back no other was seen: the one of a stretch, without a list of all.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Latest {
    /// The actor, and the sentence in which it was seen last.
    seen: Option<(ActorIndex, usize)>,
    /// The sentence in which another was seen last.
    other: Option<usize>,
}

impl Latest {
    pub fn see(&mut self, actor: ActorIndex, sentence: usize) {
        if let Some((held, last)) = self.seen
            && held != actor
        {
            self.other = Some(last);
        }
        self.seen = Some((actor, sentence));
    }

    /// The one actor seen in this sentence or after it; `None` where there was none or another one too.
    pub fn since(&self, sentence: usize) -> Option<ActorIndex> {
        let (actor, last) = self.seen?;
        (last >= sentence && self.other.is_none_or(|other| other < sentence)).then_some(actor)
    }
}
