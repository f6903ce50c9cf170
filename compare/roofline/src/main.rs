//! How far `predict` is from the limit of the machine: one file of articles (JSONL with `text`), one thread, in memory.
//!
//! ```text
//! roofline FILE [RUNS]
//! ```
//!
//! Prints a row for each way of going through the texts, cheapest first: median MB/s of the runs, which take turns.

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use geostance::actor::description::Descriptions;
use geostance::actor::gazetteer::Gazetteer;
use geostance::feature::lexicon::Lexicon;
use geostance::io::gazetteer::built_in;
use geostance::io::model::ModelParts;
use geostance::io::opinions::rows_of;
use geostance::pipeline::Desk;
use geostance::text::sentence::split_sentences;
use geostance::text::token::Tokens;
use geostance::{Article, Span};

type Step<'a> = (&'static str, Box<dyn FnMut() -> usize + 'a>);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("usage: roofline FILE [RUNS]")?;
    let n_runs: usize = args.next().map_or(Ok(5), |n| n.parse())?;
    let file = std::fs::read_to_string(&path)?;
    let articles: Vec<Article> = file
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line)?;
            Ok(Article::new("d", row["text"].as_str().unwrap_or_default()))
        })
        .collect::<Result<_, serde_json::Error>>()?;
    let n_bytes: usize = articles.iter().map(|a| a.text.len()).sum();
    let gazetteer = std::sync::Arc::new(Gazetteer::new(built_in()?)?);
    let descriptions = Descriptions::of(&gazetteer);
    let pipeline =
        ModelParts::built_in()?.assemble(gazetteer.clone(), std::sync::Arc::new(Lexicon::built_in()))?.pipeline;
    let names: Vec<&str> = (gazetteer.actors().iter())
        .flat_map(|actor| {
            let leaders = actor.leaders.iter().flat_map(|leader| &leader.names);
            let lists = [&actor.aliases, &actor.demonyms, &actor.metonyms].into_iter().flatten();
            [&actor.name].into_iter().chain(lists).chain(leaders).map(String::as_str)
        })
        .collect();
    let automaton = |kind| {
        AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(Some(kind)).build(&names)
    };
    let (dfa, nfa) = (automaton(AhoCorasickKind::DFA)?, automaton(AhoCorasickKind::ContiguousNFA)?);
    let each = |f: &dyn Fn(&str) -> usize| articles.iter().map(|a| f(&a.text)).sum::<usize>();
    let mut copy = String::with_capacity(n_bytes);
    let (mut desk, mut mentions) = (Desk::default(), Vec::new());
    let mut steps: Vec<Step> = vec![
        (
            "copied",
            Box::new(|| {
                copy.clear();
                articles.iter().for_each(|a| copy.push_str(&a.text));
                black_box(&copy).len()
            }),
        ),
        ("line ends counted", Box::new(|| each(&|t| memchr::memchr_iter(b'\n', t.as_bytes()).count()))),
        ("words counted", Box::new(|| each(&|t| t.split_ascii_whitespace().count()))),
        ("names counted, Aho-Corasick DFA", Box::new(|| each(&|t| dfa.find_iter(t).count()))),
        ("names counted, Aho-Corasick NFA", Box::new(|| each(&|t| nfa.find_iter(t).count()))),
        ("sentences split", Box::new(|| each(&|t| split_sentences(t).len()))),
        (
            "mentions found",
            Box::new(|| {
                let find = |a: &Article| {
                    mentions.clear();
                    let whole = Span::new(0, a.text.len());
                    gazetteer.find_mentions_in(&a.text, whole, None, &mut mentions);
                    mentions.len()
                };
                articles.iter().map(find).sum()
            }),
        ),
        (
            "mentions, sentences, tokens, descriptions",
            Box::new(|| {
                each(&|t| {
                    let mut mentions = gazetteer.find_mentions(t);
                    let sentences = split_sentences(t);
                    let tokens = Tokens::of(t, &sentences);
                    descriptions.resolve(t, &sentences, &tokens, &mut mentions);
                    mentions.len()
                })
            }),
        ),
        (
            "judged, and made rows",
            Box::new(|| {
                let judge = |a: &Article| rows_of(&pipeline, a, &pipeline.analyse(&mut desk, a), &Default::default()).len();
                articles.iter().map(judge).sum()
            }),
        ),
    ];
    let mut times = vec![Vec::new(); steps.len()];
    let mut answers = vec![0; steps.len()];
    for _ in 0..n_runs {
        for (i, (_, step)) in steps.iter_mut().enumerate() {
            let started = Instant::now();
            answers[i] = black_box(step());
            times[i].push(started.elapsed().as_secs_f64());
        }
    }
    println!("{} articles, {:.1} MB of text, one thread, median of {n_runs}\n", articles.len(), n_bytes as f64 / 1e6);
    println!("| texts are | MB/s | ns a byte | counted |\n|---|---|---|---|");
    for (i, (name, _)) in steps.iter().enumerate() {
        times[i].sort_by(f64::total_cmp);
        let median = times[i][n_runs / 2];
        let (rate, each) = (n_bytes as f64 / 1e6 / median, 1e9 * median / n_bytes as f64);
        println!("| {name} | {rate:.0} | {each:.2} | {} |", answers[i]);
    }
    Ok(())
}
