"""What our lexicon is worth beside VADER's: the program built with each, and with none, trained alike.

    pip install vaderSentiment
    python compare/lexicon.py ../shared/data [--vectors FILE] [--target-dir FOLDER]

Builds a copy of this checkout with data/lexicon.csv exchanged for VADER's words (Hutto and Gilbert 2014; polarity -4 to 4
rounded to our -3 to 3, emoticons left out; it has no frames) and with a lexicon of one word, and trains as compare/ablation.py
does. Words of negation, saying and hedging stay ours in all three.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

sys.path.insert(0, str(Path(__file__).parent))
from ablation import HEADS, run  # noqa: E402

HEADER = "lemma,pos,polarity,attitude,effect,kind,subject".split(",")


def vader():
    for word, value in sorted(SentimentIntensityAnalyzer().lexicon.items()):
        polarity = max(-3, min(3, round(value)))
        if polarity and all(part.isalpha() for part in word.split()):
            yield [word, "any", polarity, "", "", "", ""]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("public")
    parser.add_argument("--vectors")
    parser.add_argument("--target-dir", help="where the copies are built [default: beside them]")
    parser.add_argument("--folds", type=int, default=4)
    args = parser.parse_args()
    args.public = os.path.abspath(args.public)
    more = ["--vectors", os.path.abspath(args.vectors)] if args.vectors else []
    with open("data/lexicon.csv", encoding="utf-8", newline="") as file:
        ours = list(csv.reader(file))[1:]
    plain = [row[:3] + [""] * 4 for row in ours if row[2] not in ("", "0")]
    cases = [
        ("ours", ours),
        ("ours, polarity alone, no frames", plain),
        ("VADER", list(vader())),
        ("one word", [["good", "any", "1", "", "", "", ""]]),
    ]
    print(f"| lexicon | entries | {' | '.join(HEADS)} | dev_rw | dev_mt | DSE valid, 5 classes |\n|---|---|" + "---|" * 6)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "geostance")
        shutil.copytree(".", copy, ignore=shutil.ignore_patterns("target", ".git"))
        target = args.target_dir or str(Path(folder, "target"))
        for name, entries in cases:
            with open(copy / "data/lexicon.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerows([HEADER, *entries])
            build = ["cargo", "build", "--release", "--quiet", "--manifest-path", str(copy / "Cargo.toml")]
            subprocess.run(build, check=True, env={**os.environ, "CARGO_TARGET_DIR": target})
            args.geostance = str(Path(target, "release/geostance"))
            held, files = run(args, more)
            cells = [f"{held[head]:.1f}" for head in HEADS] + list(files.values())
            print(f"| {name} | {len(entries)} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
