//! What holds for any text.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use geostance::actor::gazetteer::Gazetteer;
use geostance::corpus::{Corpus, Example, Held, Named};
use geostance::feature::lexicon::Lexicon;
use geostance::io::gazetteer::built_in;
use geostance::opinion::{Holder, Judgement};
use geostance::pipeline::Desk;
use geostance::text::sentence::split_sentences;
use geostance::text::span::CodePoints;
use geostance::train::{TrainParams, train};
use geostance::{Article, Pipeline, Span, Stance, Tone};
use proptest::prelude::*;

/// Sentences with a place for the holder and one for the target.
const SENTENCES: [(&str, Stance); 12] = [
    ("{H} warmly praised {T} for its help.", Stance::Favor),
    ("{H} sharply condemned {T} for its raid.", Stance::Against),
    ("{H} and {T} met on Tuesday.", Stance::Neutral),
    ("{H} thanked {T} and welcomed its support.", Stance::Favor),
    ("{H} denounced {T} and threatened it with sanctions.", Stance::Against),
    ("{H} sent an envoy to {T} in May.", Stance::Neutral),
    ("“We stand with {T},” the foreign minister of {H} said.", Stance::Favor),
    ("“{T} has betrayed us,” the foreign minister of {H} said.", Stance::Against),
    ("Officials of {H} flew to {T} for talks.", Stance::Neutral),
    ("{H} did not condemn {T}, a loyal and generous friend.", Stance::Favor),
    ("{H} refused to help {T}, a cruel and lawless aggressor.", Stance::Against),
    ("{H} lies south of {T}.", Stance::Neutral),
];

/// States of one word each, all of one kind.
const STATES: [(&str, &str); 6] = [
    ("Kenya", "KEN"),
    ("Norway", "NOR"),
    ("Brazil", "BRA"),
    ("Ghana", "GHA"),
    ("Peru", "PER"),
    ("Egypt", "EGY"),
];

fn named(name: &str) -> Named {
    Named { name: name.to_owned(), span: None }
}

fn example(sentence: usize, holder: usize, target: usize, directed: bool) -> Example {
    let (pattern, stance) = SENTENCES[sentence];
    Example {
        text: pattern.replace("{H}", STATES[holder].0).replace("{T}", STATES[target].0),
        target: named(STATES[target].1),
        holder: if directed { Held::By(named(STATES[holder].1)) } else { Held::Anyone },
        stance: Some(stance),
        tone: Some([Tone::Negative, Tone::Neutral, Tone::Positive][stance.index()]),
        ..Example::default()
    }
}

fn pipeline() -> &'static Pipeline {
    static PIPELINE: OnceLock<Pipeline> = OnceLock::new();
    PIPELINE.get_or_init(|| {
        let gazetteer = Arc::new(Gazetteer::new(built_in().unwrap()).unwrap());
        // trained on some of the states only
        let examples = (0..SENTENCES.len())
            .flat_map(|s| [example(s, 0, 1, true), example(s, 1, 2, true), example(s, 2, 0, false)])
            .collect();
        let params = TrainParams { l2: Some(1.0), min_rows: 1, ..TrainParams::default() };
        let go_on = |_: &str| ControlFlow::Continue(());
        let lexicon = Arc::new(Lexicon::built_in());
        train(&Corpus { examples }, gazetteer, lexicon, &params, None, &go_on).unwrap().pipeline
    })
}

fn sums_to_one(judgement: Judgement) -> bool {
    let p = judgement.0;
    p.iter().all(|p| (0.0..=1.0).contains(p)) && (p.iter().sum::<f32>() - 1.0).abs() < 1e-5
}

/// Texts of words that say something, names, and anything at all.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "Kenya", "Norway", "the Kremlin", "Mr Comey", "the EU", "praised", "condemned", "never", "said", "that",
            "\"", "“", "”", ".", ",", "but", "its", "friend", "sanctions", "’s", "\n\n", "U.S.", "Côte d’Ivoire",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => "\\PC{0,6}",
    ];
    prop::collection::vec(word, 0..24).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn probabilities_of_any_text_sum_to_one(text in texts()) {
        let article = Article::new("x", text);
        let analysis = pipeline().analyse(&mut Desk::default(), &article);
        for opinion in &analysis.opinions {
            prop_assert!(sums_to_one(opinion.judgement), "{opinion:?}");
            prop_assert!(opinion.span.start <= opinion.target_mention.start);
            prop_assert!(opinion.target_mention.end <= opinion.span.end);
            // slices fall on characters
            prop_assert!(!opinion.target_mention.slice(&article.text).is_empty());
            prop_assert!(opinion.holder != Holder::Actor(opinion.target));
            // a speaker whose words the sentence is need not be named in it
            prop_assert!(opinion.holder_mention.is_none() || matches!(opinion.holder, Holder::Actor(_)));
            if opinion.holder == Holder::Nobody {
                prop_assert_eq!(opinion.judgement.stance(), Stance::Neutral);
            }
        }
    }

    #[test]
    fn a_desk_remembers_nothing(first in texts(), second in texts()) {
        let mut desk = Desk::default();
        pipeline().analyse(&mut desk, &Article::new("x", first));
        let second = Article::new("x", second);
        let used = pipeline().analyse(&mut desk, &second);
        prop_assert_eq!(used, pipeline().analyse(&mut Desk::default(), &second));
    }

    #[test]
    fn an_actor_exchanged_for_another_of_its_kind_changes_nothing(
        sentence in 0..SENTENCES.len(),
        pair in prop::sample::subsequence((0..STATES.len()).collect::<Vec<_>>(), 2).prop_shuffle(),
        other in prop::sample::subsequence((0..STATES.len()).collect::<Vec<_>>(), 2).prop_shuffle(),
        directed in any::<bool>(),
    ) {
        let mut desk = Desk::default();
        let one = example(sentence, pair[0], pair[1], directed);
        let two = example(sentence, other[0], other[1], directed);
        let (a, b) = (pipeline().judge_example(&mut desk, &one), pipeline().judge_example(&mut desk, &two));
        prop_assert!(a.is_ok(), "{a:?}");
        prop_assert_eq!(&a, &b, "{} | {}", one.text, two.text);

        // and in an article, where the actors are found
        let known = |example: &Example| {
            let analysis = pipeline().analyse(&mut Desk::default(), &Article::new("x", example.text.clone()));
            let said = analysis.opinions.iter().map(|o| (o.judgement, o.tone, matches!(o.holder, Holder::Actor(_))));
            said.collect::<Vec<_>>()
        };
        // opinions come in the order of the actors' places in the text, which the exchange keeps
        prop_assert_eq!(known(&one), known(&two), "{} | {}", one.text, two.text);
    }

    #[test]
    fn code_points_go_there_and_back(text in any::<String>(), a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>()) {
        let n = text.chars().count();
        let (a, b) = (a.index(n + 1), b.index(n + 1));
        let (from, to) = (a.min(b), a.max(b));
        let span = Span::from_code_points(&text, from..to).unwrap();
        prop_assert_eq!(span.code_points(&text), from..to);
        prop_assert_eq!(span.slice(&text), text.chars().skip(from).take(to - from).collect::<String>());
        let mut points = CodePoints::new(&text);
        prop_assert_eq!((points.at(span.end), points.at(span.start)), (to, from));
        prop_assert_eq!(Span::from_code_points(&text, from..n + 1), None);
        if from < to {
            prop_assert_eq!(Span::from_code_points(&text, std::ops::Range { start: to, end: from }), None);
        }
    }

    #[test]
    fn sentences_stand_in_order_and_leave_out_only_spaces(text in texts()) {
        let mut at = 0;
        for sentence in split_sentences(&text) {
            prop_assert!(at <= sentence.start && sentence.start < sentence.end);
            prop_assert!(text[at..sentence.start].trim().is_empty(), "{:?}", &text[at..sentence.start]);
            at = sentence.end;
        }
        prop_assert!(text[at..].trim().is_empty(), "{:?}", &text[at..]);
    }

    #[test]
    fn a_judgement_made_neutral_is_neutral(a in 0.0f32..=1.0, b in 0.0f32..=1.0) {
        let p = Judgement([a * b, 1.0 - a, a * (1.0 - b)]);
        prop_assert!(sums_to_one(p.neutral()), "{:?}", p.neutral());
        prop_assert_eq!(p.neutral().stance(), Stance::Neutral, "{:?} {:?}", p, p.neutral());
    }
}

/// One that is sure, too.
#[test]
fn a_sure_judgement_made_neutral_is_neutral() {
    for p in [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.6, 0.4, 0.0]] {
        let neutral = Judgement(p).neutral();
        assert_eq!(neutral.stance(), Stance::Neutral, "{p:?}: {neutral:?}");
        assert!(sums_to_one(neutral));
    }
}
