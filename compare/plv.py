"""How often geostance tells FAVOR from AGAINST on the PLV development file, given holder and target.

    python compare/plv.py PLV/dev.tsv [--geostance target/release/geostance] [--model FILE]

PLV (Hu et al., Zero-Shot PLOVER, ACL 2024) marks who does what to whom: `<s>` is the holder, `<t>` the target, and
`gold_penta` 1 and 2 are cooperation (FAVOR), 3 and 4 conflict (AGAINST). NEUTRAL is no answer there: of FAVOR and
AGAINST the likelier counts. Rows without both marks, and rows whose two names are the same words, are counted apart.
"""

import argparse
import csv
import random
import re
import subprocess
import tempfile

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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--model", help="model file [default: the one compiled in]")
    args = parser.parse_args()
    rows, n_unmarked = rows_of(args.data)
    with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
        file.flush()
        command = [args.geostance, "predict", file.name, "--format", "csv"]
        command += ["--model", args.model] if args.model else []
        # status 2: some rows could not be judged, and are missing
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 2) or not done.stdout:
            raise SystemExit(done.stderr)
    judged = {row["id"]: row for row in csv.DictReader(done.stdout.splitlines(keepends=True))}
    pairs = [
        (row["stance"], max(("FAVOR", "AGAINST"), key=lambda s: float(judged[row["id"]]["p_" + s.lower()])))
        for row in rows
        if row["id"] in judged
    ]
    n_neutral = sum(row["stance"] == "NEUTRAL" for row in judged.values())
    rng = random.Random(1)
    samples = sorted(macro_f1(rng.choices(pairs, k=len(pairs))) for _ in range(N_SAMPLES))
    low, high = samples[N_SAMPLES // 40], samples[-N_SAMPLES // 40 - 1]
    print(f"{len(rows) + n_unmarked} rows: {n_unmarked} without both marks, {len(rows) - len(pairs)} not judged")
    print(f"macro-F1 of FAVOR and AGAINST over {len(pairs)}: {macro_f1(pairs):.1f} ({low:.1f} to {high:.1f})")
    print(f"NEUTRAL would be said of {n_neutral}")


if __name__ == "__main__":
    main()
