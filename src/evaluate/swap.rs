//! Rows with their actors exchanged for others of their kind: does a name by itself move a judgement?

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::resample::Random;
use crate::actor::candidate::{Cast, Party};
use crate::actor::gazetteer::Gazetteer;
use crate::actor::{ActorIndex, ActorKind};
use crate::corpus::{Corpus, Example, Held, Named, Staged};
use crate::explain::explain;
use crate::feature::space::NAMES;
use crate::opinion::Judgement;
use crate::pipeline::Desk;
use crate::{Pipeline, Span, Stance};

/// What exchanging actors changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Swaps {
    /// Rows whose target (and holder) were exchanged.
    pub n: usize,
    /// Rows that got another stance, the new names standing where the old ones stood.
    pub n_changed: usize,
    /// Greatest change of a probability.
    pub greatest_change: f64,
    /// Rows in which the new names were also found where they stand, as in an unseen text.
    pub n_found: usize,
    /// Of those, rows that got another stance.
    pub n_found_changed: usize,
    /// How much the name of each target moves the score by itself, the greatest move first; empty for a model that sees
    /// no names.
    pub names: Vec<NameShift>,
}

/// What the name of an actor adds to the score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NameShift {
    /// The actor.
    pub actor: String,
    /// Rows in which it is the target.
    pub support: usize,
    /// Added to the score of FAVOR less that to the score of AGAINST, before calibration.
    pub shift: f64,
}

/// A row with other names in it.
struct Swapped {
    text: String,
    parties: Vec<(Span, Party)>,
    cast: Cast,
    /// The same row, its actors to be found by name.
    example: Example,
}

/// Exchanges target and holder of every row for others of their kind, drawn by `seed`, and judges again.
///
/// An actor that the gazetteer does not know is taken for a person. Rows that cannot be judged are left out.
pub fn swap_actors(pipeline: &Pipeline, corpus: &Corpus, seed: u64) -> Swaps {
    let gazetteer = pipeline.gazetteer();
    let persons: Vec<&str> = gazetteer
        .actors()
        .iter()
        .flat_map(|a| &a.leaders)
        .filter_map(|l| Some(l.names.first()?.as_str()))
        .collect();
    let judged = |desk: &mut Desk, (i, example): (usize, &Example)| {
        let staged = example.stage(gazetteer).ok()?;
        let mut random = Random::new(seed ^ example.text_key() ^ (i as u64) << 32);
        let swapped = exchange(example, &staged, gazetteer, &persons, &mut random)?;
        let work = desk.workspace();
        work.read(pipeline.lexicon(), &example.text, Span::new(0, example.text.len()), &staged.parties);
        let before = pipeline.judge(work, staged.cast)?;
        work.read(pipeline.lexicon(), &swapped.text, Span::new(0, swapped.text.len()), &swapped.parties);
        let after = pipeline.judge(work, swapped.cast)?;
        let found = pipeline.judge_example(desk, &swapped.example).ok().map(|(judgement, _)| judgement);
        Some((before, after, found))
    };
    let rows: Vec<(Judgement, Judgement, Option<Judgement>)> =
        corpus.examples.par_iter().enumerate().map_init(Desk::default, judged).flatten().collect();
    let change = |(a, b): (&Judgement, &Judgement)| {
        Stance::ALL
            .iter()
            .map(|s| f64::from((a.probability(*s) - b.probability(*s)).abs()))
            .fold(0.0, f64::max)
    };
    let found = || rows.iter().filter_map(|(before, _, found)| Some((before, found.as_ref()?)));
    Swaps {
        n: rows.len(),
        n_changed: rows.iter().filter(|(before, after, _)| before.stance() != after.stance()).count(),
        greatest_change: rows.iter().map(|(before, after, _)| change((before, after))).fold(0.0, f64::max),
        n_found: found().count(),
        n_found_changed: found().filter(|(before, after)| before.stance() != after.stance()).count(),
        names: name_shifts(pipeline, corpus),
    }
}

/// The row with other actors, or `None` where there is no other of a kind.
fn exchange(
    example: &Example,
    staged: &Staged,
    gazetteer: &Gazetteer,
    persons: &[&str],
    random: &mut Random,
) -> Option<Swapped> {
    let (target, holder) = match staged.cast {
        Cast::Toward { target } => (target, None),
        Cast::Directed { holder, target } => (target, Some(holder)),
        Cast::Whole => return None,
    };
    let mut taken: Vec<ActorIndex> = gazetteer.find_mentions(&example.text).iter().map(|m| m.actor).collect();
    let mut draw = |named: &Named| -> Option<(Named, String, Option<String>)> {
        let known = gazetteer.by_id(&named.name);
        let kind = known.map_or(ActorKind::Person, |actor| gazetteer.actor(actor).kind);
        if kind == ActorKind::Person {
            let name = persons.get(random.below(persons.len().max(1)))?;
            return Some((Named { name: (*name).to_owned(), span: None }, (*name).to_owned(), None));
        }
        let others: Vec<ActorIndex> = (0..gazetteer.actors().len() as u32)
            .map(ActorIndex)
            .filter(|&a| {
                gazetteer.actor(a).kind == kind && taken.iter().all(|&t| t != a && !gazetteer.are_kin(t, a))
            })
            .collect();
        let other = *others.get(random.below(others.len().max(1)))?;
        taken.push(other);
        let actor = gazetteer.actor(other);
        Some((
            Named { name: actor.id.clone(), span: None },
            actor.name.clone(),
            actor.demonyms.first().cloned(),
        ))
    };
    let new_target = draw(&example.target)?;
    let new_holder = match &example.holder {
        Held::By(named) if holder.is_some() => Some(draw(named)?),
        _ => None,
    };
    let is_demonym = |named: &Named, surface: &str| {
        let demonyms = gazetteer.by_id(&named.name).map(|actor| &gazetteer.actor(actor).demonyms);
        demonyms.is_some_and(|demonyms| demonyms.iter().any(|d| d == surface))
    };
    let mut swapped = Swapped {
        text: String::new(),
        parties: Vec::new(),
        cast: staged.cast,
        example: Example {
            target: new_target.0.clone(),
            holder: match &new_holder {
                Some((named, ..)) => Held::By(named.clone()),
                None => example.holder.clone(),
            },
            date: example.date.clone(),
            ..Example::default()
        },
    };
    let mut at = 0;
    for &(span, party) in &staged.parties {
        let surface = span.slice(&example.text);
        swapped.text.push_str(&example.text[at..span.start]);
        let start = swapped.text.len();
        let role = match (&example.holder, &new_holder) {
            _ if party == target => Some((&example.target, &new_target)),
            (Held::By(named), Some(new)) if Some(party) == holder => Some((named, new)),
            _ => None,
        };
        swapped.text.push_str(match role {
            Some((old, (_, _, Some(demonym)))) if is_demonym(old, surface) => demonym,
            Some((_, (_, name, _))) => name,
            None => surface,
        });
        swapped.parties.push((Span::new(start, swapped.text.len()), party));
        at = span.end;
    }
    swapped.text.push_str(&example.text[at..]);
    swapped.example.text.clone_from(&swapped.text);
    Some(swapped)
}

/// What the names of the corpus's targets add to the score where nothing else is said.
fn name_shifts(pipeline: &Pipeline, corpus: &Corpus) -> Vec<NameShift> {
    if !pipeline.featurizer().space().knows_names() {
        return Vec::new();
    }
    let mut support: BTreeMap<&str, usize> = BTreeMap::new();
    corpus.examples.iter().for_each(|e| *support.entry(e.target.name.as_str()).or_default() += 1);
    let mut desk = Desk::default();
    let mut shift = |(actor, support): (&str, usize)| {
        let known = pipeline.gazetteer().by_id(actor);
        let name = known.map_or(actor, |actor| pipeline.gazetteer().actor(actor).name.as_str());
        let target = Party(0);
        let whole = Span::new(0, name.len());
        desk.workspace().read(pipeline.lexicon(), name, whole, &[(whole, target)]);
        let features = explain(pipeline, desk.workspace(), Cast::Toward { target })?.features;
        let of_name = features.iter().filter(|f| f.name.split(':').next() == Some(NAMES));
        let score = |f: &crate::explain::FeatureWeight| {
            f.contribution[Stance::Favor.index()] - f.contribution[Stance::Against.index()]
        };
        Some(NameShift { actor: actor.to_owned(), support, shift: of_name.map(score).sum() })
    };
    let mut shifts: Vec<NameShift> = support.into_iter().filter_map(&mut shift).collect();
    shifts.sort_by(|a, b| b.shift.abs().total_cmp(&a.shift.abs()).then_with(|| a.actor.cmp(&b.actor)));
    shifts
}
