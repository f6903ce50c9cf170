"""How often geostance tells FAVOR from AGAINST on the PLV development file, given holder and target.

    python compare/plv.py PLV/dev.tsv [--geostance target/release/geostance] [--model FILE]
    python compare/plv.py PLV/dev.tsv --folds 5 --from models/default.safetensors --labels 50 100 200 500

PLV (Hu et al., Zero-Shot PLOVER, ACL 2024) marks who does what to whom: `<s>` is the holder, `<t>` the target, and
`gold_penta` 1 and 2 are cooperation (FAVOR), 3 and 4 conflict (AGAINST). NEUTRAL is no answer there: of FAVOR and
AGAINST the likelier counts. Rows without both marks, and rows whose two names are the same words, are counted apart.

With `--folds` models are trained on PLV's own rows, all of the other folds or as many as `--labels` says, from the
model given with `--from` and from nothing, and judge the fold that they have not seen. Folds part no sentence.
"""

import argparse
import csv
import random
import re
import subprocess
import tempfile
from pathlib import Path

STANCE = {"1": "FAVOR", "2": "FAVOR", "3": "AGAINST", "4": "AGAINST"}
COLUMNS = ["id", "text", "holder", "target", "stance", "holder_start", "holder_end", "target_start", "target_end"]
N_SAMPLES = 1000


def unmarked(sentence):
    """The sentence without its marks, and the code points of each mark that is opened and closed."""
    text, spans, at = "", {}, 0
    for mark in re.finditer(r"<(/?)([st])>", sentence):
        text += sentence[at : mark.start()]
        at = mark.end()
        closes, name = mark.groups()
        if not closes:
            spans.setdefault(name, [len(text)])
        elif len(spans.get(name, ())) == 1:
            spans[name].append(len(text))
    return text + sentence[at:], {name: span for name, span in spans.items() if len(span) == 2}


def rows_of(path):
    """Rows with both marks, and the number of the others."""
    rows, n_unmarked = [], 0
    with open(path, encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            stance = STANCE.get(line["gold_penta"])
            if stance is None:
                continue
            text, spans = unmarked(line["marked_sentence"])
            if len(spans) < 2:
                n_unmarked += 1
                continue
            (h0, h1), (t0, t1) = spans["s"], spans["t"]
            row = [str(len(rows)), text, text[h0:h1], text[t0:t1], stance, h0, h1, t0, t1]
            rows.append(dict(zip(COLUMNS, row)))
    return rows, n_unmarked


def macro_f1(pairs):
    """Mean F1 of the two stances over (gold, said) pairs."""
    scores = []
    for stance in ("FAVOR", "AGAINST"):
        right = sum(gold == said == stance for gold, said in pairs)
        either = sum((gold == stance) + (said == stance) for gold, said in pairs)
        scores.append(2 * right / max(either, 1))
    return 50 * sum(scores)


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)


def judged(geostance, rows, model, folder):
    """(gold, likelier of the two, what the model says) of each row that can be judged."""
    path = Path(folder, "rows.csv")
    write(path, rows)
    command = [geostance, "predict", path, "--format", "csv"] + (["--model", model] if model else [])
    # status 2: some rows could not be judged, and are missing
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 2) or not done.stdout:
        raise SystemExit(done.stderr)
    by_id = {row["id"]: row for row in csv.DictReader(done.stdout.splitlines(keepends=True))}
    likelier = lambda row: max(("FAVOR", "AGAINST"), key=lambda s: float(row["p_" + s.lower()]))
    pairs = ((row["stance"], by_id.get(row["id"])) for row in rows)
    return [(gold, likelier(row), row["stance"]) for gold, row in pairs if row]


def interval(pairs):
    """Macro-F1 and its 95 % interval by a bootstrap over rows."""
    rng = random.Random(1)
    samples = sorted(macro_f1(rng.choices(pairs, k=len(pairs))) for _ in range(N_SAMPLES))
    low, high = samples[N_SAMPLES // 40], samples[-N_SAMPLES // 40 - 1]
    return f"{macro_f1(pairs):.1f} ({low:.1f} to {high:.1f})"


def learnt(args, rows, n_labels, start, folder):
    """Pairs of all folds, each judged by a model that has not seen it."""
    texts = sorted({row["text"] for row in rows})
    random.Random(1).shuffle(texts)
    fold_of = {text: i % args.folds for i, text in enumerate(texts)}
    pairs = []
    for fold in range(args.folds):
        seen = [row for row in rows if fold_of[row["text"]] != fold]
        if n_labels:
            seen = random.Random(fold).sample(seen, n_labels)
        data, model = Path(folder, "train.csv"), Path(folder, "fold.model")
        write(data, seen)
        command = [args.geostance, "train", "--data", data, "--output", model] + (["--from", start] if start else [])
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 2):
            raise SystemExit(done.stderr)
        held = [row for row in rows if fold_of[row["text"]] == fold]
        pairs += [pair[:2] for pair in judged(args.geostance, held, model, folder)]
    return pairs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--model", help="model file [default: the one compiled in]")
    parser.add_argument("--folds", type=int, help="train on PLV's own rows by so many folds")
    parser.add_argument("--from", dest="start", help="model to start from, with --folds")
    parser.add_argument("--labels", type=int, nargs="+", default=[], help="numbers of rows to train on, with --folds")
    args = parser.parse_args()
    rows, n_unmarked = rows_of(args.data)
    with tempfile.TemporaryDirectory() as folder:
        pairs = judged(args.geostance, rows, args.model, folder)
        print(f"{len(rows) + n_unmarked} rows: {n_unmarked} without both marks, {len(rows) - len(pairs)} not judged")
        print(f"macro-F1 of FAVOR and AGAINST over {len(pairs)}: {interval([pair[:2] for pair in pairs])}")
        print(f"NEUTRAL would be said of {sum(said == 'NEUTRAL' for *_, said in pairs)}")
        if args.folds:
            print(f"\n| own rows, {args.folds} folds | from the model | from nothing |\n|---|---|---|")
        for n_labels in [*args.labels, 0] if args.folds else []:
            scores = [interval(learnt(args, rows, n_labels, start, folder)) for start in (args.start, None)]
            print(f"| {n_labels or 'all of the others'} | {' | '.join(scores)} |", flush=True)


if __name__ == "__main__":
    main()
