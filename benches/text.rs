//! Sentences, tokens and mentions, in bytes per second.
//!
//! The text is ours, repeated to 1 MB; the gazetteer is the fixture and 2,400 names made of syllables, about
//! as large as the real one.

use std::path::Path;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use geostance::actor::gazetteer::Gazetteer;
use geostance::actor::{Actor, ActorKind, Leader};
use geostance::io::gazetteer::read_gazetteer_from;
use geostance::text::sentence::split_sentences;
use geostance::text::token::{Token, tokenize};
use geostance::{Span, text::quote::quotations};

const ARTICLE: &str = "Manila thanks Moscow for typhoon aid

MANILA, Nov. 3 – The Philippines on Friday thanked Russia for two planes of rice and medicine that landed
near Tacloban at 10 a.m. Tuesday, a day after the storm. “We will not forget this. It came when others
hesitated,” President Rodrigo Duterte told reporters at Malacañang.

U.S. officials, who had pledged $4.5 million, said they weren't surprised. Gen. Smith, the Pentagon's envoy,
called the flight “a gesture, no more”. China's foreign ministry did not comment; an editorial in a Beijing
daily warned that the region's waters were no playground for outsiders.

Mr. Khovaev, the Russian ambassador, said Moscow sought nothing in return. Critics doubt it: the planes left
St. Petersburg only after Ankara and Brussels had refused them a route, and Ukraine's foreign minister
accused Vladimir Putin of buying friends with bread. The vote in the council, 14-1, changed little.

";

fn text() -> String {
    ARTICLE.repeat(1_000_000 / ARTICLE.len() + 1)
}

fn actors() -> Vec<Actor> {
    let csv = include_str!("../tests/fixtures/gazetteer.csv");
    let mut actors =
        read_gazetteer_from(csv.as_bytes(), Path::new("gazetteer.csv")).expect("the fixture is sound");
    let syllables = ["ba", "ro", "mi", "sten", "ka", "lu", "ver", "dan", "os", "ti", "gra", "nor"];
    let mut state = 1u32;
    let mut word = |n: usize| {
        let mut word = String::new();
        for _ in 0..n {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            word.push_str(syllables[(state >> 16) as usize % syllables.len()]);
        }
        word[..1].to_uppercase() + &word[1..]
    };
    for i in 0..240 {
        let mut actor = Actor::new(format!("X{i}"), word(4), ActorKind::State);
        actor.aliases = vec![format!("Republic of {}", word(4)), format!("{} {}", word(2), word(4))];
        actor.demonyms = vec![word(4) + "ian", word(4) + "ians"];
        actor.metonyms = vec![word(4)];
        for _ in 0..2 {
            let (first, last) = (word(3), word(4));
            actor.leaders.push(Leader {
                names: vec![format!("{first} {last}"), last],
                from: None,
                until: None,
            });
        }
        actors.push(actor);
    }
    actors
}

#[divan::bench]
fn split(bencher: Bencher) {
    let text = text();
    let n = text.len() / ARTICLE.len();
    assert_eq!(split_sentences(&text).len(), 9 * n);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| split_sentences(black_box(&text)));
}

#[divan::bench]
fn tokens(bencher: Bencher) {
    let text = text();
    let mut out: Vec<Token> = Vec::new();
    tokenize(ARTICLE, Span::new(0, ARTICLE.len()), &mut out);
    assert_eq!(out.len(), 187);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| {
        out.clear();
        tokenize(black_box(&text), Span::new(0, text.len()), &mut out);
        out.len()
    });
}

#[divan::bench]
fn quotes(bencher: Bencher) {
    let text = text();
    assert_eq!(quotations(ARTICLE, Span::new(0, ARTICLE.len())).len(), 2);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench_local(|| quotations(black_box(&text), Span::new(0, text.len())));
}

#[divan::bench]
fn mentions(bencher: Bencher) {
    let text = text();
    let gazetteer = Gazetteer::new(actors()).expect("ids differ");
    // eighteen names, two of them a dateline and a mere place
    assert_eq!(gazetteer.find_mentions(ARTICLE).len(), 15);
    bencher.counter(BytesCount::of_str(&text)).bench_local(|| gazetteer.find_mentions(black_box(&text)));
}

#[divan::bench]
fn build_gazetteer(bencher: Bencher) {
    bencher
        .with_inputs(actors)
        .bench_local_values(|actors| Gazetteer::new(black_box(actors)).expect("ids differ"));
}

fn main() {
    divan::main();
}
