//! Model cards as Markdown; opens no files.

use std::fmt::Write;

use crate::io::model::ModelCard;

/// A model card (Mitchell et al. 2019): data, counts, scores with intervals, limits, how to reproduce.
pub fn card_markdown(card: &ModelCard) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = write_card(&mut out, card);
    out
}

fn points(value: f64) -> String {
    format!("{:.1}", 100.0 * value)
}

fn optional(value: Option<f64>) -> String {
    value.map_or("not measured".to_owned(), points)
}

fn write_card(out: &mut String, card: &ModelCard) -> std::fmt::Result {
    writeln!(out, "# Model card\n")?;
    writeln!(
        out,
        "Sparse multinomial logistic regression over role-marked words, trained by geostance {}.\n",
        card.geostance
    )?;
    writeln!(out, "## Data\n\n| file | dialect | rows | SHA-256 of the rows |\n|---|---|---|---|")?;
    for source in &card.training {
        writeln!(out, "| {} | {} | {} | {} |", source.name, source.dialect, source.n_rows, source.sha256)?;
    }
    if let Some(vectors) = &card.vectors {
        writeln!(
            out,
            "\nWords alike have like weights by the vectors of {} stems in {}, SHA-256 {}.",
            vectors.n_stems, vectors.name, vectors.sha256
        )?;
    }
    let own = card.training.iter().filter_map(|s| s.citation.as_deref());
    let mut citations: Vec<&str> = own.chain(card.citations.iter().map(String::as_str)).collect();
    citations.dedup();
    if !citations.is_empty() {
        writeln!(out, "\nPlease cite:\n")?;
        citations.iter().try_for_each(|c| writeln!(out, "- {c}"))?;
    }
    writeln!(out, "\n## Heads\n")?;
    let on_disk = card.heads.iter().any(|h| h.passes > 0);
    let held_out = if on_disk { "the first of " } else { "" };
    writeln!(
        out,
        "Macro-F1 (in points) and calibration error of rows held out by {held_out}{} folds that part no text; these rows \
         also",
        card.folds
    )?;
    writeln!(
        out,
        "chose l2 and the temperature, so the figures are a little kind. Counts are in the order AGAINST, NEUTRAL,"
    )?;
    writeln!(out, "FAVOR (tone: NEGATIVE, NEUTRAL, POSITIVE).\n")?;
    writeln!(
        out,
        "| head | rows | counts | l2 | macro-F1 | ECE before | ECE after | steps |\n|---|---|---|---|---|---|---|---|"
    )?;
    for h in &card.heads {
        let [a, n, f] = h.counts;
        writeln!(
            out,
            "| {} | {} | {a} / {n} / {f} | {} | {} | {} | {} | {} |",
            h.head.as_str(),
            h.n_rows,
            h.l2,
            optional(h.macro_f1),
            optional(h.ece_before),
            optional(h.ece_after),
            match (h.passes, h.converged) {
                (0, true) => h.iterations.to_string(),
                (0, false) => format!("{} (not converged)", h.iterations),
                (passes, _) => format!("{passes} passes"),
            },
        )?;
    }
    if !card.dev.is_empty() {
        writeln!(out, "\n## Measured on\n\nNever trained on. 95 % intervals by a bootstrap over texts.\n")?;
        writeln!(
            out,
            "| file | rows | macro-F1 | FAVOR/AGAINST F1 | accuracy | pairs, 5 classes | lexicon macro-F1 |\n|---|---|---|---|---|---|---|"
        )?;
        for (source, scores) in &card.dev {
            let scored = |value: &serde_json::Value| match value["value"].as_f64() {
                Some(v) => format!(
                    "{} ({} to {})",
                    points(v),
                    points(value["low"].as_f64().unwrap_or(v)),
                    points(value["high"].as_f64().unwrap_or(v))
                ),
                None => "".to_owned(),
            };
            writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} | {} |",
                source.name,
                scores["n"],
                scored(&scores["macro_f1"]),
                scored(&scores["favor_against_f1"]),
                scored(&scores["accuracy"]),
                scored(&scores["pairs"]["macro_f1"]),
                scored(&scores["lexicon"]["macro_f1"]),
            )?;
        }
    }
    if let Some(swaps) = &card.swaps {
        writeln!(out, "\n## Fairness\n")?;
        writeln!(
            out,
            "Target and holder of {} of these rows exchanged for others of their kind: {} get another stance. Where the new names",
            swaps.n, swaps.n_changed
        )?;
        writeln!(
            out,
            "must be found in the text as well, {} of {} (`evaluate --swap-actors`).",
            swaps.n_found_changed, swaps.n_found
        )?;
        if !swaps.names.is_empty() {
            writeln!(out, "\n| target | rows | its name adds to FAVOR less AGAINST |\n|---|---|---|")?;
            for name in &swaps.names {
                writeln!(out, "| {} | {} | {:+.3} |", name.actor, name.support, name.shift)?;
            }
        }
    }
    writeln!(out, "\n## Limits\n")?;
    writeln!(
        out,
        "- English only. A sentence is judged by itself; of what it refers back to only clear descriptions are followed."
    )?;
    writeln!(
        out,
        "- Confidence is calibrated on text like that of training; on other text check it with `evaluate`."
    )?;
    writeln!(
        out,
        "{}",
        match card.names {
            true =>
                "- It sees the words by which actors are named: whom it was trained on weighs in (`evaluate --swap-actors`).",
            false =>
                "- It sees roles, not names: another actor of the same kind in the same place is judged alike.",
        }
    )?;
    writeln!(out, "- Not for judging single persons, nor for decisions about them.")?;
    writeln!(out, "\n## To reproduce\n")?;
    writeln!(
        out,
        "`geostance train` on the files above with `--seed {} --folds {} --class-weight {} --min-rows {}`; {} columns;",
        card.seed, card.folds, card.class_weight, card.min_rows, card.n_columns
    )?;
    writeln!(
        out,
        "gazetteer {}, lexicon {}.",
        &card.gazetteer[..card.gazetteer.len().min(12)],
        &card.lexicon[..card.lexicon.len().min(12)]
    )
}
