//! Article → Analysis: actors, candidates, rows, probabilities, opinions.

use std::sync::{Arc, Mutex};

use crate::actor::ActorIndex;
use crate::actor::candidate::{Cast, Party, Roster};
use crate::actor::description::Descriptions;
use crate::actor::gazetteer::Gazetteer;
use crate::actor::mention::{Mention, MentionKind};
use crate::corpus::Example;
use crate::date::Date;
use crate::feature::lexicon::Lexicon;
use crate::feature::{Featurizer, RowEntry, Workspace};
use crate::model::calibration::Calibration;
use crate::model::{Class, N_CLASSES, StanceModel, best_class};
use crate::opinion::{Analysis, Holder, Judgement, Opinion};
use crate::text::sentence::split_sentences;
use crate::text::token::Tokens;
use crate::text::voice::speaks_for_itself;
use crate::{Article, Span, Stance, Tone};

/// A fitted model with the calibration of its probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Head<L = Stance> {
    /// Weights of each column for each class.
    pub model: StanceModel<L>,
    /// Makes its scores probabilities that mean what they say.
    pub calibration: Calibration,
}

impl<L: Class> Head<L> {
    /// Scores of a row before calibration.
    pub fn scores(&self, row: &[RowEntry]) -> [f64; N_CLASSES] {
        let weights = self.model.weights();
        let mut scores = [0.0f32; N_CLASSES];
        for entry in row {
            let weight = &weights[entry.column as usize];
            for (score, w) in scores.iter_mut().zip(weight) {
                *score += w * entry.value;
            }
        }
        let intercepts = self.model.intercepts();
        std::array::from_fn(|k| f64::from(scores[k]) + intercepts[k])
    }

    /// Calibrated probabilities of a row, in [`Class::ALL`] order.
    pub fn probabilities(&self, row: &[RowEntry]) -> [f32; N_CLASSES] {
        self.calibration.probabilities_of(self.scores(row)).map(|p| p as f32)
    }
}

/// The heads over one feature space; one that was not trained is missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Heads {
    /// Stance of anyone toward the target.
    pub target: Option<Head<Stance>>,
    /// Stance of one holder toward the target.
    pub directed: Option<Head<Stance>>,
    /// Tone of the sentence.
    pub tone: Option<Head<Tone>>,
}

/// Gazetteer, featurizer and heads: all that prediction needs, unchangeable.
#[derive(Clone)]
pub struct Pipeline {
    gazetteer: Arc<Gazetteer>,
    descriptions: Arc<Descriptions>,
    featurizer: Featurizer,
    heads: Heads,
    date: Option<Date>,
    /// Kinds of mentions that count.
    kinds: Vec<MentionKind>,
}

/// What one thread reuses from article to article.
#[derive(Default)]
pub struct Desk {
    work: Workspace,
    mentions: Vec<Mention>,
    roster: Roster,
    directed: Vec<Pair>,
}

/// A sentence of an article.
struct Place<'t> {
    text: &'t str,
    index: usize,
    sentence: Span,
    /// Whose words it is from end to end.
    speaker: Option<ActorIndex>,
}

/// A holder and a target of one sentence, judged.
struct Pair {
    holder: Party,
    target: Party,
    judgement: Judgement,
}

impl Pair {
    fn takes_a_stance(&self) -> bool {
        self.judgement.stance() != Stance::Neutral
    }
}

/// Of two stances against each other's grain the surer stays: a sentence says seldom what both think.
///
/// Both stay where they are the same stance and neither is in doubt: `the two signed a pact`.
fn settle(pairs: &mut [Pair]) {
    const SURE: f32 = 0.8;
    for i in 0..pairs.len() {
        let Some(j) = (i + 1..pairs.len())
            .find(|&j| (pairs[i].holder, pairs[i].target) == (pairs[j].target, pairs[j].holder))
        else {
            continue;
        };
        let (one, other) = (&pairs[i].judgement, &pairs[j].judgement);
        if !(pairs[i].takes_a_stance() && pairs[j].takes_a_stance()) {
            continue;
        }
        let sure = one.confidence().min(other.confidence()) >= SURE;
        if !(sure && one.stance() == other.stance()) {
            let weaker = if one.confidence() < other.confidence() { i } else { j };
            pairs[weaker].judgement = pairs[weaker].judgement.neutral();
        }
    }
}

impl Desk {
    /// The mentions of the article read last.
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// The workspace of the featurizer.
    pub fn workspace(&mut self) -> &mut Workspace {
        &mut self.work
    }
}

/// Desks that threads take and give back, so that what one has learnt of words outlives a batch.
#[derive(Default)]
pub struct Desks(Mutex<Vec<Desk>>);

/// A desk on loan; given back when dropped.
pub struct Loan<'a> {
    desks: &'a Desks,
    desk: Desk,
}

impl Desks {
    /// A desk that lies there, or a new one.
    pub fn take(&self) -> Loan<'_> {
        let found = self.0.lock().ok().and_then(|mut desks| desks.pop());
        Loan { desks: self, desk: found.unwrap_or_default() }
    }
}

impl Loan<'_> {
    /// The desk.
    pub fn desk(&mut self) -> &mut Desk {
        &mut self.desk
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        if let Ok(mut desks) = self.desks.0.lock() {
            desks.push(std::mem::take(&mut self.desk));
        }
    }
}

impl Pipeline {
    /// A pipeline of its parts.
    pub fn new(gazetteer: Arc<Gazetteer>, featurizer: Featurizer, heads: Heads) -> Pipeline {
        let descriptions = Arc::new(Descriptions::of(&gazetteer));
        Pipeline { gazetteer, descriptions, featurizer, heads, date: None, kinds: MentionKind::ALL.to_vec() }
    }

    /// The actors it knows.
    pub fn gazetteer(&self) -> &Gazetteer {
        &self.gazetteer
    }

    /// The same pipeline with other actors.
    #[must_use]
    pub fn with_gazetteer(mut self, gazetteer: Arc<Gazetteer>) -> Pipeline {
        self.descriptions = Arc::new(Descriptions::of(&gazetteer));
        self.gazetteer = gazetteer;
        self
    }

    /// The same pipeline for texts written at `date`, where they do not say so themselves.
    #[must_use]
    pub fn with_date(mut self, date: Option<Date>) -> Pipeline {
        self.date = date;
        self
    }

    /// The same pipeline, for which only mentions of these kinds count.
    ///
    /// What a description refers to is told from all mentions.
    #[must_use]
    pub fn with_mentions(mut self, kinds: &[MentionKind]) -> Pipeline {
        self.kinds = kinds.to_vec();
        self
    }

    /// Its road from candidate to row.
    pub fn featurizer(&self) -> &Featurizer {
        &self.featurizer
    }

    /// Its lexicon.
    pub fn lexicon(&self) -> &Lexicon {
        self.featurizer.lexicon()
    }

    /// Its heads.
    pub fn heads(&self) -> &Heads {
        &self.heads
    }

    /// The head that judges such a candidate, and the other one where it was not trained.
    pub fn stance_head(&self, cast: Cast) -> Option<&Head<Stance>> {
        let (first, second) = match cast {
            Cast::Directed { .. } => (&self.heads.directed, &self.heads.target),
            _ => (&self.heads.target, &self.heads.directed),
        };
        first.as_ref().or(second.as_ref())
    }

    /// Judges a candidate of the sentence that the desk's workspace read last.
    ///
    /// Returns `None` where a role has no mention there, or no head of stances was trained.
    pub fn judge(&self, work: &mut Workspace, cast: Cast) -> Option<Judgement> {
        let head = self.stance_head(cast)?;
        let row = self.featurizer.row(work, cast)?;
        Some(Judgement(head.probabilities(row)))
    }

    /// Tone of the sentence that the workspace read last; NEUTRAL where no head of tone was trained.
    pub fn tone(&self, work: &mut Workspace) -> Tone {
        let Some(head) = &self.heads.tone else { return Tone::Neutral };
        match self.featurizer.row(work, Cast::Whole) {
            Some(row) => best_class(head.scores(row)),
            None => Tone::Neutral,
        }
    }

    /// Judges a row that names its target (and holder).
    ///
    /// # Errors
    /// Says which of the two is not in the text.
    pub fn judge_example(&self, desk: &mut Desk, example: &Example) -> Result<(Judgement, Tone), String> {
        let cast = self.read_example(desk, example)?;
        let judgement = self.judge(&mut desk.work, cast).ok_or("no head of stances was trained")?;
        Ok((judgement, self.tone(&mut desk.work)))
    }

    /// Reads the text of a row as one sentence, so that the desk's workspace holds it, and tells how holder and target
    /// are cast there.
    ///
    /// # Errors
    /// Says which of the two is not in the text.
    pub fn read_example(&self, desk: &mut Desk, example: &Example) -> Result<Cast, String> {
        let staged = example.stage_on(&self.gazetteer, self.date)?;
        let whole = Span::new(0, example.text.len());
        desk.work.read(self.lexicon(), &example.text, whole, &staged.parties);
        Ok(staged.cast)
    }

    /// Reads an article: who is named, and the stance of each holder toward each target.
    ///
    /// Every judged pair is an opinion. An actor toward whom nobody takes a stance is one NEUTRAL opinion
    /// of [`Holder::Nobody`]; a stance that no actor of the sentence holds, in a sentence that reports no
    /// speech, is the author's.
    pub fn analyse(&self, desk: &mut Desk, article: &Article) -> Analysis {
        let mut analysis = Analysis::default();
        let mut voice = None;
        analysis.n_sentences = self.each_place(desk, article, |desk, place, tokens| {
            let (text, from) = (place.text, analysis.opinions.len());
            self.analyse_sentence(desk, place, &mut analysis.opinions);
            for opinion in analysis.opinions[from..].iter_mut().filter(|o| o.holder == Holder::Author) {
                if !*voice.get_or_insert_with(|| speaks_for_itself(text, tokens)) {
                    opinion.holder = Holder::Nobody;
                    opinion.judgement = opinion.judgement.neutral();
                }
            }
        });
        analysis
    }

    /// Reads a sentence of an article as [`analyse`](Pipeline::analyse) does, so that the desk's workspace holds it, and
    /// tells how holder and target are cast there; a holder who is not named in it is left out.
    ///
    /// Returns `None` where there is no such sentence or the target is not named in it.
    pub fn read_pair(
        &self,
        desk: &mut Desk,
        article: &Article,
        sentence: usize,
        holder: Option<ActorIndex>,
        target: ActorIndex,
    ) -> Option<Cast> {
        let mut cast = None;
        self.each_place(desk, article, |desk, place, _| {
            if place.index == sentence {
                let Desk { work, roster, .. } = desk;
                work.read(self.lexicon(), place.text, place.sentence, roster.parties());
                let party = |actor| roster.all().find(|&party| roster.actor(party).0 == actor);
                cast = party(target).map(|target| match holder.and_then(party) {
                    Some(holder) => Cast::Directed { holder, target },
                    None => Cast::Toward { target },
                });
            }
        });
        cast
    }

    /// Hands over each sentence that names somebody, the desk's roster filled with who it is, and returns the number of
    /// all sentences.
    fn each_place(
        &self,
        desk: &mut Desk,
        article: &Article,
        mut read: impl FnMut(&mut Desk, Place<'_>, &Tokens),
    ) -> usize {
        let text = &article.text;
        desk.mentions.clear();
        let (whole, date) = (Span::new(0, text.len()), article.written().or(self.date));
        self.gazetteer.find_mentions_in(text, whole, date, &mut desk.mentions);
        let sentences = split_sentences(text);
        if desk.mentions.is_empty() {
            return sentences.len();
        }
        let tokens = Tokens::of(text, &sentences);
        let spoken = self.descriptions.resolve(text, &sentences, &tokens, &mut desk.mentions);
        let mut spoken = spoken.into_iter().peekable();
        desk.mentions.retain(|mention| self.kinds.contains(&mention.kind));
        let mut next = 0;
        for (index, &sentence) in sentences.iter().enumerate() {
            while next < desk.mentions.len() && desk.mentions[next].span.start < sentence.start {
                next += 1;
            }
            let inside = desk.mentions[next..].iter().take_while(|m| m.span.end <= sentence.end).count();
            if inside > 0 {
                desk.roster.fill(&desk.mentions[next..next + inside]);
                next += inside;
                while spoken.next_if(|(of, _)| *of < index).is_some() {}
                let speaker = spoken.next_if(|(of, _)| *of == index).map(|(_, speaker)| speaker);
                read(desk, Place { text, index, sentence, speaker }, &tokens);
            }
        }
        sentences.len()
    }

    fn analyse_sentence(&self, desk: &mut Desk, place: Place<'_>, out: &mut Vec<Opinion>) {
        let Place { text, index, sentence, speaker } = place;
        let Desk { work, roster, directed, .. } = desk;
        work.read(self.lexicon(), text, sentence, roster.parties());
        let tone = self.tone(work);
        let reported = work.reports_speech();
        let alone = roster.all().count() == 1;
        directed.clear();
        for target in roster.all() {
            for holder in roster.holders(target) {
                if self.gazetteer.are_kin(roster.actor(holder).0, roster.actor(target).0) {
                    continue;
                }
                if let Some(judgement) = self.judge(work, Cast::Directed { holder, target }) {
                    directed.push(Pair { holder, target, judgement });
                }
            }
        }
        settle(directed);
        for target in roster.all() {
            let (actor, mention) = roster.actor(target);
            let opinion = |holder, holder_mention, judgement| Opinion {
                sentence: index,
                span: sentence,
                holder,
                holder_mention,
                target: actor,
                target_mention: mention,
                judgement,
                tone,
            };
            let mut taken = false;
            for pair in directed.iter().filter(|pair| pair.target == target) {
                taken |= pair.takes_a_stance();
                let (holder, place) = roster.actor(pair.holder);
                out.push(opinion(Holder::Actor(holder), Some(place), pair.judgement));
            }
            if taken {
                continue;
            }
            // whoever is known to speak is asked; where others are named, the one likeliest to hold a stance speaks
            // for all; else it is the author
            let toward = directed.iter().filter(|pair| pair.target == target).map(|pair| pair.judgement);
            let likeliest = |a: &Judgement, b: &Judgement| {
                a.probability(Stance::Neutral).total_cmp(&b.probability(Stance::Neutral))
            };
            let others = toward.min_by(likeliest);
            let asked =
                speaker.filter(|speaker| *speaker != actor && !self.gazetteer.are_kin(*speaker, actor));
            if let (None, Some(judgement)) = (asked, others) {
                out.push(opinion(Holder::Nobody, None, judgement));
            } else if let Some(judgement) = self.judge(work, Cast::Toward { target }) {
                let holder = match asked {
                    _ if judgement.stance() == Stance::Neutral => Holder::Nobody,
                    Some(speaker) => Holder::Actor(speaker),
                    None if speaker.is_some() || reported || !alone => Holder::Nobody,
                    None => Holder::Author,
                };
                let judgement = if holder == Holder::Nobody { judgement.neutral() } else { judgement };
                out.push(opinion(holder, None, judgement));
            }
        }
    }
}
