//! Who is quoted, and whom `we` in his words stands for.

use super::line::Line;
use crate::actor::ActorIndex;
use crate::actor::mention::{Mention, MentionKind};
use crate::text::token::TokenKind;

/// So many tokens may stand between a speaker and the verb that brings in his words.
const REACH: usize = 12;
/// A name behind one of these is no speaker.
const PREPOSITIONS: [&str; 22] = [
    "in", "on", "at", "to", "from", "with", "for", "against", "about", "over", "by", "into", "near",
    "between", "across", "toward", "towards", "after", "before", "under", "than", "via",
];

impl Line<'_, '_> {
    /// Finds who speaks, and makes his `we` and `our` in the quotations of the sentence mentions.
    ///
    /// A quotation without a verb of saying goes on with the last speaker. `first` is the first mention of those that
    /// the sentence itself added.
    pub(super) fn take_speech(&mut self, first: usize) {
        let verbs = (0..self.tokens.len())
            .filter(|&i| self.tokens[i].kind == TokenKind::Word && !self.is_quoted(i))
            .filter(|&i| self.noun(i).is_some_and(|word| word.saying));
        let mut spoken = false;
        let mut speaker = None;
        for verb in verbs {
            spoken = true;
            speaker = speaker.or_else(|| self.speaker_of(verb, first));
        }
        if spoken && (speaker.is_some() || !self.quoted.is_empty()) {
            self.reader.quoted = speaker;
        }
        if self.quoted.is_empty() {
            return;
        }
        let Some(actor) = self.reader.quoted else { return };
        let read = self.reader.found.len();
        for i in 0..self.tokens.len() {
            let ours = ["we", "our", "us", "ours", "i", "my"];
            if self.is(i, &ours) && self.word(i) != "US" && self.is_quoted(i) {
                let span = self.tokens[i].span;
                let found = &self.reader.found[first..read];
                let next = found.partition_point(|m| m.span.end <= span.start);
                let free = found.get(next).is_none_or(|m| m.span.start >= span.end);
                if free && self.mention_at(i).is_none() {
                    self.reader.found.push(Mention { span, actor, kind: MentionKind::Nominal });
                }
            }
        }
    }

    /// The actor for whom the subject of the verb at token `verb` speaks: before it, or close behind it.
    fn speaker_of<'l>(&'l self, verb: usize, first: usize) -> Option<ActorIndex> {
        let at = self.tokens[verb].span;
        let from = self.tokens[verb.saturating_sub(REACH)].span.start;
        let to = self.tokens[(verb + 3).min(self.tokens.len() - 1)].span.end;
        // both lists are in order; of each only what is near
        let near = |mentions: &'l [Mention]| {
            let start = mentions.partition_point(|m| m.span.start < from);
            mentions[start..].iter().take_while(move |m| m.span.end <= to)
        };
        let outside = |m: &&Mention| !self.stands_in_quotation(m.span);
        let all = || near(self.known).chain(near(&self.reader.found[first..])).filter(outside);
        let before = all().filter(|m| m.span.end <= at.start).max_by_key(|m| m.span.start);
        let stands_behind = |mention: &Mention, words: &[&str]| {
            let token = self.tokens.partition_point(|t| t.span.start < mention.span.start);
            token > 0 && self.is(token - 1, words)
        };
        if let Some(mention) = before {
            return (!stands_behind(mention, &PREPOSITIONS)).then_some(mention.actor);
        }
        let next = all().filter(|m| m.span.start >= at.end).min_by_key(|m| m.span.start)?;
        let spoken_of = stands_behind(next, &PREPOSITIONS) || stands_behind(next, &["of", "that"]);
        (!spoken_of).then_some(next.actor)
    }
}
