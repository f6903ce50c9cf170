"""The tone of texts: geostance against VADER on the same rows.

    pip install vaderSentiment scikit-learn
    python compare/tone.py data/stance.csv --split dev [--geostance target/release/geostance] [--model FILE]

VADER (Hutto and Gilbert 2014) calls a text POSITIVE above 0.05 of its compound score and NEGATIVE below -0.05, as its
authors say. Because these thresholds were made for social media it is also judged with the two that suit the rows of
`--tune` best (default: train), which is kinder than its users can be.
"""

import argparse
import csv
import random
import subprocess
import tempfile
from pathlib import Path

from sklearn.metrics import f1_score
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

TONES = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
N_SAMPLES = 1000


def score(pairs):
    gold, said = zip(*pairs)
    return 100 * f1_score(gold, said, average="macro", labels=TONES)


def interval(pairs):
    rng = random.Random(1)
    samples = sorted(score(rng.choices(pairs, k=len(pairs))) for _ in range(N_SAMPLES))
    return f"{score(pairs):.1f} ({samples[N_SAMPLES // 40]:.1f} to {samples[-N_SAMPLES // 40 - 1]:.1f})"


def tone(compound, low, high):
    return "NEGATIVE" if compound < low else "POSITIVE" if compound > high else "NEUTRAL"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--split", default="dev")
    parser.add_argument("--tune", default="train")
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--model", help="model file [default: the one compiled in]")
    args = parser.parse_args()
    gold = {}
    with open(args.data, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            gold.setdefault(row["split"], {})[row["text"]] = row["sentiment"]
    rows = list(gold[args.split].items())
    vader = SentimentIntensityAnalyzer()
    compound = {text: vader.polarity_scores(text)["compound"] for part in gold.values() for text in part}
    steps = [i / 20 for i in range(-19, 20)]
    tuning = list(gold[args.tune].items())
    best = max(
        ((low, high) for low in steps for high in steps if low <= high),
        key=lambda t: score([(g, tone(compound[text], *t)) for text, g in tuning]),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "texts.csv")
        # a row with a target is judged as one text, whatever its sentences
        with open(args.data, encoding="utf-8", newline="") as file:
            wanted = [row for row in csv.DictReader(file) if row["split"] == args.split]
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, wanted[0].keys())
            writer.writeheader()
            writer.writerows(wanted)
        command = [args.geostance, "predict", path, "--format", "csv"] + (["--model", args.model] if args.model else [])
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    ours = {row["text"]: row["sentiment"] for row in csv.DictReader(done.stdout.splitlines(keepends=True))}
    print(f"{len(rows)} texts of {args.split}\n\n| tone by | macro-F1 |\n|---|---|")
    print(f"| VADER, its own thresholds | {interval([(g, tone(compound[t], -0.05, 0.05)) for t, g in rows])} |")
    print(f"| VADER, {best[0]} and {best[1]} tuned | {interval([(g, tone(compound[t], *best)) for t, g in rows])} |")
    print(f"| geostance | {interval([(g, ours[t]) for t, g in rows if t in ours])} |")


if __name__ == "__main__":
    main()
