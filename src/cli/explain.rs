//! `explain`: which words carried an opinion.

use std::io::{Write, stdout};
use std::path::Path;

use anyhow::anyhow;
use clap::Args;
use geostance::Stance;
use geostance::corpus::{Example, Held, Named};
use geostance::explain::{Explanation, explain};
use geostance::io::read_text;
use geostance::io::record::LONGEST_ROW;
use geostance::pipeline::Desk;
use serde_json::json;

use super::table::{painted, style, table};
use super::{DateArgs, ModelArgs, Outcome, colour};

/// Shows which words pushed the score of each stance, and how far.
///
/// For each stance, its intercept and the weights of all words sum to its score.
#[derive(Args)]
#[command(after_help = "Examples:
  geostance explain \"Manila thanked Moscow for the rice.\" --target RUS --holder PHL
  geostance explain article.txt --target \"Mr Comey\" --json")]
pub(crate) struct ExplainArgs {
    /// A text, a file, or `-` for standard input
    text: String,
    /// Who is judged: an actor identifier, or a name as it stands in the text
    #[arg(long, value_name = "NAME")]
    target: String,
    /// Whose stance it is, likewise; left out: anyone's
    #[arg(long, value_name = "NAME")]
    holder: Option<String>,
    /// Number of features to list
    #[arg(long, default_value_t = 8, value_name = "N")]
    top: usize,
    /// All words and features as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    written: DateArgs,
    #[command(flatten)]
    model: ModelArgs,
}

impl ExplainArgs {
    pub(crate) fn run(self) -> anyhow::Result<Outcome> {
        let path = Path::new(&self.text);
        let text = if self.text == "-" || path.exists() {
            read_text(path, LONGEST_ROW as u64)?
        } else {
            self.text.clone()
        };
        let model = self.model.load()?;
        let pipeline = model.pipeline.with_date(self.written.date);
        let holder = self.holder.as_deref().map_or(Held::Anyone, |name| Held::named(name, None));
        let target = Named { name: self.target.clone(), span: None };
        let example = Example { text, target, holder, ..Example::default() };
        let mut desk = Desk::default();
        let cast = pipeline.read_example(&mut desk, &example).map_err(|why| anyhow!(why))?;
        let explanation = explain(&pipeline, desk.workspace(), cast)
            .ok_or_else(|| anyhow!("the model has no head that judges this"))?;
        let mut out = stdout().lock();
        if self.json {
            let p = explanation.judgement;
            let all = json!({
                "stance": p.stance(), "confidence": p.confidence(), "order": Stance::ALL, "explanation": explanation,
                "words": explanation.words.iter().map(|w| w.span.slice(&example.text)).collect::<Vec<_>>(),
            });
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        } else {
            self.print(&mut out, &example.text, &explanation)?;
        }
        Ok(Outcome::Done)
    }

    fn print(&self, out: &mut impl Write, text: &str, e: &Explanation) -> anyhow::Result<()> {
        let stance = e.judgement.stance();
        let k = stance.index();
        writeln!(
            out,
            "{} ({:.0} %)\n",
            painted(stance.as_str(), style(stance), colour()),
            100.0 * e.judgement.confidence()
        )?;
        let greatest = e.words.iter().map(|w| w.contribution[k].abs()).fold(0.0, f64::max);
        let mut at = 0;
        for word in &e.words {
            write!(out, "{}", &text[at..word.span.start])?;
            let slice = word.span.slice(text);
            let weight = word.contribution[k];
            if greatest > 0.0 && weight.abs() >= 0.2 * greatest {
                let toward = if weight > 0.0 { style(stance) } else { anstyle::Style::new().dimmed() };
                let marked = format!("{slice}[{weight:+.2}]");
                write!(out, "{}", painted(&marked, toward, colour()))?;
            } else {
                write!(out, "{slice}")?;
            }
            at = word.span.end;
        }
        writeln!(out, "{}\n", &text[at..])?;
        let mut scores = table(&["", "AGAINST", "NEUTRAL", "FAVOR"]);
        let cells = |name: &str, v: [f64; 3]| {
            [name.to_owned(), format!("{:+.2}", v[0]), format!("{:+.2}", v[1]), format!("{:+.2}", v[2])]
        };
        scores.add_row(cells("intercept", e.intercepts));
        let words: [f64; 3] = std::array::from_fn(|k| e.words.iter().map(|w| w.contribution[k]).sum());
        scores.add_row(cells("all words", words));
        scores.add_row(cells("score", e.scores));
        scores.add_row([
            "probability".to_owned(),
            percent(e, Stance::Against),
            percent(e, Stance::Neutral),
            percent(e, Stance::Favor),
        ]);
        writeln!(out, "{scores}\n")?;
        let mut features = table(&["feature", "AGAINST", "NEUTRAL", "FAVOR"]);
        for f in e.features.iter().take(self.top) {
            features.add_row(cells(&f.name, f.contribution));
        }
        writeln!(out, "{features}")?;
        Ok(())
    }
}

fn percent(e: &Explanation, stance: Stance) -> String {
    format!("{:.0} %", 100.0 * e.judgement.probability(stance))
}
