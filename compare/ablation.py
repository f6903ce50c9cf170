"""What each block of features is worth: training again without it, judged by cross-validation.

    python compare/ablation.py ../shared/data [--geostance target/release/geostance] [--vectors FILE] [--folds 4]

Trains on what the default model is trained on, at one strength of regularisation (--l2 2), and prints the macro-F1 of the
rows held out by folds that part no text, in points, and what changes on the development files. Folds are the same in all
runs. Of differences between development files those under three points are noise; of cross-validation those under 0.3.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

HEADS = ("target", "directed", "tone")
BLOCKS = [
    ["word"], ["pair"], ["sided", "holder sided"], ["nearest"], ["quoted"], ["window", "holder window"],
    ["sequence", "holder sequence"], ["letters", "holder letters"], ["pattern", "holder pattern"],
    ["polarity", "holder polarity"], ["place", "holder place"], ["between"], ["pair place"],
    ["frame", "directed frame", "directed word"], ["argument"],
    ["pattern", "holder pattern", "polarity", "holder polarity", "frame", "directed frame", "directed word", "argument"],
]  # fmt: skip


def run(args, more):
    """Macro-F1 by cross-validation of each head, and on each development file."""
    public = Path(args.public)
    data = ["data/stance.csv", "data/neutral.csv", public / "newsmtsc/train.jsonl", public / "dse/train.txt"]
    dev = [public / "newsmtsc/dev_rw.jsonl", public / "newsmtsc/dev_mt.jsonl", public / "dse/valid.txt"]
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "a.model")
        command = [args.geostance, "train", "--data", *data, "--dev", *dev, "--output", model]
        command += ["--l2", "2", "--folds", str(args.folds), *more]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    held = {h: float(f) for h, f in re.findall(r"(\w+): l2 2: macro-F1 ([\d.]+)", done.stderr)}
    files = dict(re.findall(r"([\w.]+): \d+ rows: macro-F1 ([\d.]+)", done.stderr))
    pairs = dict(re.findall(r"([\w.]+): \d+ pairs, 5 classes: macro-F1 ([\d.]+)", done.stderr))
    return held, {"dev_rw": files["dev_rw.jsonl"], "dev_mt": files["dev_mt.jsonl"], "DSE pairs": pairs["valid.txt"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("public")
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--vectors", help="word vectors of models/vectors.sh")
    parser.add_argument("--folds", type=int, default=4)
    args = parser.parse_args()
    cases = [("all", [])] + [("without " + ", ".join(blocks), ["--without", *blocks]) for blocks in BLOCKS]
    if args.vectors:
        cases.insert(1, ("with word vectors", ["--vectors", args.vectors]))
    print(f"| features | {' | '.join(HEADS)} | dev_rw | dev_mt | DSE valid, 5 classes |\n|---|" + "---|" * 6)
    whole = None
    for name, more in cases:
        held, files = run(args, more)
        whole = whole or held
        cells = [f"{held[h]:.1f}" + (f" ({held[h] - whole[h]:+.1f})" if more else "") for h in HEADS]
        print(f"| {name} | {' | '.join(cells + list(files.values()))} |", flush=True)


if __name__ == "__main__":
    main()
