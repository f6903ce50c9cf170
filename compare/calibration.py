"""How much of the calibration error is there, and how much does so few rows show of a model that has none?

    python compare/calibration.py SHARED [--geostance target/release/geostance]

The expected calibration error (15 bins of equal width) of the default model on each development set, and what it would
be if every confidence were true: rows are right by a coin with just that chance, 2,000 times. An error within that
range cannot be told from none. Rows of one text hang together, which the coins do not know, so the range is narrow.
"""

import argparse
import csv
import json
import math
import pathlib
import random
import statistics
import subprocess
import tempfile

BINS = 15


def error(confidences, hits):
    """Expected calibration error in points."""
    bins = [[0, 0.0, 0] for _ in range(BINS)]
    for confidence, hit in zip(confidences, hits):
        cell = bins[max(math.ceil(confidence * BINS), 1) - 1]
        cell[0] += 1
        cell[1] += confidence
        cell[2] += hit
    return 100 * sum(abs(total - right) for _, total, right in bins) / len(confidences)


def judged(program, files, split, folder):
    """Confidence of each row, and whether it is right."""
    rows = folder / "rows.csv"
    subprocess.run([program, "data", "convert", *files, "-o", rows], check=True, stderr=subprocess.DEVNULL)
    out = subprocess.run([program, "predict", rows, "--format", "jsonl"], stdout=subprocess.PIPE, text=True, check=True)
    gold = list(csv.DictReader(open(rows, encoding="utf-8")))
    told = [json.loads(line) for line in out.stdout.splitlines()]
    assert len(gold) == len(told), "every row is judged"
    pairs = [(g, t) for g, t in zip(gold, told) if split is None or g["split"] == split]
    return [t["confidence"] for _, t in pairs], [g["stance"] == t["stance"] for g, t in pairs]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--geostance", default="target/release/geostance")
    arguments = parser.parse_args()
    sets = {
        "NewsMTSC dev_rw": ([arguments.shared / "newsmtsc/dev_rw.jsonl"], None),
        "NewsMTSC dev_mt": ([arguments.shared / "newsmtsc/dev_mt.jsonl"], None),
        "DSE valid": ([arguments.shared / "dse/valid.txt"], None),
        "our dev split": (["data/stance.csv", "data/neutral.csv"], "dev"),
    }
    rng = random.Random(1)
    print("| set | rows | right | mean confidence | ECE | ECE if every confidence were true |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for name, (files, split) in sets.items():
            confidences, hits = judged(arguments.geostance, files, split, pathlib.Path(place))
            coins = sorted(error(confidences, [rng.random() < c for c in confidences]) for _ in range(2000))
            low, high = coins[50], coins[1949]
            right, mean = 100 * statistics.mean(hits), 100 * statistics.mean(confidences)
            middle = f"{statistics.mean(coins):.1f} ({low:.1f} to {high:.1f})"
            print(f"| {name} | {len(hits):,} | {right:.1f} | {mean:.1f} | {error(confidences, hits):.1f} | {middle} |")


if __name__ == "__main__":
    main()
