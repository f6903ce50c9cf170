"""Which training set teaches what, and how much more labels would help.

    python compare/curves.py domains ../shared/data [--vectors FILE]
    python compare/curves.py labels ../shared/data [--vectors FILE]

`domains` trains on each set alone, on all but one and on all, and judges every development set. `labels` trains on shares of
the texts of data/stance.csv and data/neutral.csv, alone and beside the public sets. All at --l2 2 without folds. Cells are macro-F1 in
points; DSE's are of five classes, and a head that was not trained is replaced by the other.
"""

import argparse
import csv
import random
import re
import subprocess
import tempfile
from pathlib import Path

OWN = ["data/stance.csv", "data/neutral.csv"]
SHARES = (0.1, 0.25, 0.5, 1.0)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


class Bench:
    def __init__(self, args, folder):
        self.args, self.folder, public = args, folder, Path(args.public)
        own = [row for path in OWN for row in rows_of(path)]
        self.own = [row for row in own if row["split"] == "train"]
        dev = write(Path(folder, "own.csv"), [row for row in own if row["split"] == "dev"])
        self.news, self.dse = public / "newsmtsc/train.jsonl", public / "dse/train.txt"
        self.dev = [dev, public / "newsmtsc/dev_rw.jsonl", public / "newsmtsc/dev_mt.jsonl", public / "dse/valid.txt"]

    def own_share(self, share):
        texts = sorted({row["text"] for row in self.own})
        random.Random(1).shuffle(texts)
        kept = set(texts[: round(share * len(texts))])
        return write(Path(self.folder, "train.csv"), [row for row in self.own if row["text"] in kept]), len(kept)

    def cells(self, data):
        model = Path(self.folder, "a.model")
        command = [self.args.geostance, "train", "--data", *data, "--dev", *self.dev, "--output", model]
        command += ["--l2", "2", "--folds", "0"] + (["--vectors", self.args.vectors] if self.args.vectors else [])
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 2):
            raise SystemExit(done.stderr)
        files = dict(re.findall(r"([\w.]+): \d+ rows: macro-F1 ([\d.]+)", done.stderr))
        pairs = dict(re.findall(r"([\w.]+): \d+ pairs, 5 classes: macro-F1 ([\d.]+)", done.stderr))
        return [files["own.csv"], files["dev_rw.jsonl"], files["dev_mt.jsonl"], pairs["valid.txt"]]


HEAD = "own dev | dev_rw | dev_mt | DSE valid |"


def domains(bench):
    own, _ = bench.own_share(1.0)
    sets = {"own": own, "NewsMTSC": bench.news, "DSE": bench.dse}
    cases = [[name] for name in sets] + [[n for n in sets if n != name] for name in sets] + [list(sets)]
    print(f"| trained on | {HEAD}\n|---|---|---|---|---|")
    for names in cases:
        print(f"| {' + '.join(names)} | {' | '.join(bench.cells([sets[n] for n in names]))} |", flush=True)


def labels(bench):
    print(f"| own texts | beside | {HEAD}\n|---|---|---|---|---|---|")
    for beside, data in (("nothing", []), ("NewsMTSC, DSE", [bench.news, bench.dse])):
        for share in SHARES:
            own, n_texts = bench.own_share(share)
            print(f"| {n_texts} | {beside} | {' | '.join(bench.cells([own, *data]))} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("domains", "labels"))
    parser.add_argument("public")
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--vectors", help="word vectors of models/vectors.sh")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        {"domains": domains, "labels": labels}[args.what](Bench(args, folder))


if __name__ == "__main__":
    main()
