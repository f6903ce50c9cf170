"""Training on a million rows, and how time and memory grow with rows and with articles. Prints Markdown tables.

    python compare/scale.py matrix [--rows 1000000] [--runs 5]          us, Vowpal Wabbit, fastText, SGD: one matrix
    python compare/scale.py rows NEWSMTSC/train.jsonl [--most 1000000]   `geostance train --memory 1G`
    python compare/scale.py articles NEWSMTSC/train.jsonl                `geostance predict`, 1 to 1000 MB

`matrix` draws rows of 30 of a million columns (Zipf's law, exponent 1.05), three classes by a planted model, and noise; a
tenth as many rows are held out. All read their own text of the same rows; every run is a process of its own, one thread,
in turns. The loss is the mean log loss of the held-out rows, in nats.
Needs: pip install numpy scikit-learn vowpalwabbit fasttext-wheel
"""

import argparse
import json
import math
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
N_VALUES, N_CLASSES = 30, 3
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def peak_kib():
    """The most memory this process has held so far."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def table(header, rows):
    """Prints a Markdown table."""
    for row in [header, ["---"] * len(header), *rows]:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


# ---- one matrix -------------------------------------------------------------------------------------------------


def draw(folder, n_rows, n_columns, seed=1):
    """Writes train and test rows as Vowpal Wabbit and we read them, and as fastText does."""
    import numpy

    rng = numpy.random.default_rng(seed)
    share = 1 / numpy.arange(1, n_columns + 1) ** 1.05
    edges = numpy.cumsum(share / share.sum())
    names = rng.permutation(n_columns)
    planted = rng.normal(0, 1, (n_columns, N_CLASSES)).astype("f4")
    for part, n in (("train", n_rows), ("test", n_rows // 10)):
        with open(folder / f"{part}.vw", "w") as vw, open(folder / f"{part}.ft", "w") as ft:
            for start in range(0, n, 50_000):
                size = min(50_000, n - start)
                ranks = numpy.searchsorted(edges, rng.random((size, N_VALUES)))
                columns = names[numpy.minimum(ranks, n_columns - 1)]
                scores = 0.4 * planted[columns].sum(1) + rng.gumbel(size=(size, N_CLASSES))
                for row, gold in zip(columns.tolist(), scores.argmax(1).tolist()):
                    text = " ".join(map(str, sorted(set(row))))
                    vw.write(f"{gold + 1} | {text}\n")
                    ft.write(f"__label__{gold + 1} {text}\n")


def scored(probabilities, gold):
    """Mean log loss and accuracy."""
    import numpy

    p = numpy.clip(probabilities, 1e-12, 1)
    p = p / p.sum(1, keepdims=True)
    rows = numpy.arange(len(gold))
    return float(-numpy.log(p[rows, gold]).mean()), float((p.argmax(1) == gold).mean())


def run_vw(folder, setting):
    passes, l2 = setting.split(",")
    passes = int(passes)
    from vowpalwabbit import Workspace
    import numpy

    cache = f"-c --cache_file {folder}/vw.cache -k --passes {passes}" if passes > 1 else ""
    args = f"--oaa {N_CLASSES} --loss_function logistic --probabilities -b 20 --quiet --l2 {l2} -d {folder}/train.vw {cache} -f {folder}/vw.model"
    begin = time.perf_counter()
    Workspace(args).finish()
    seconds = time.perf_counter() - begin
    peak = peak_kib()
    model = Workspace(f"-i {folder}/vw.model -t --probabilities --quiet")
    gold, p = [], []
    for line in open(folder / "test.vw"):
        gold.append(int(line[0]) - 1)
        p.append(model.predict(line[line.index("|") :]))
    return seconds, peak, *scored(numpy.array(p), numpy.array(gold))


def run_fasttext(folder, epochs):
    import fasttext
    import numpy

    begin = time.perf_counter()
    model = fasttext.train_supervised(
        str(folder / "train.ft"), dim=10, epoch=int(epochs), lr=0.5, minCount=1, thread=1, verbose=0
    )
    seconds = time.perf_counter() - begin
    peak = peak_kib()
    lines = open(folder / "test.ft").read().splitlines()
    gold = numpy.array([int(line[9]) - 1 for line in lines])
    p = numpy.zeros((len(lines), N_CLASSES))
    # its `predict` fails on numpy 2, the method below it does not
    for i, line in enumerate(lines):
        for probability, label in model.f.predict(line[11:] + "\n", N_CLASSES, 0.0, "strict"):
            p[i, int(label[9:]) - 1] = probability
    return seconds, peak, *scored(p, gold)


def run_sgd(folder, epochs):
    import numpy
    from scipy import sparse
    from sklearn.linear_model import SGDClassifier

    def read(part):
        columns, starts, gold = [], [0], []
        for line in open(folder / f"{part}.vw"):
            words = line.split()
            gold.append(int(words[0]) - 1)
            columns.append(numpy.array(words[2:], dtype="i4"))
            starts.append(starts[-1] + len(words) - 2)
        columns = numpy.concatenate(columns)
        return sparse.csr_matrix((numpy.ones(len(columns), "f8"), columns, starts), (len(gold), 1 << 20)), numpy.array(gold)

    x, y = read("train")
    begin = time.perf_counter()
    model = SGDClassifier(loss="log_loss", alpha=1 / len(y), max_iter=int(epochs), tol=None, random_state=1)
    model.fit(x, y)
    seconds = time.perf_counter() - begin
    peak = peak_kib()
    x, gold = read("test")
    scores = x @ model.coef_.T + model.intercept_
    p = numpy.exp(scores - scores.max(1, keepdims=True))
    return seconds, peak, *scored(p, gold)


RUNNERS = {"vw": run_vw, "fasttext": run_fasttext, "sgd": run_sgd}
# name, who, passes and strength of regularisation
LINES = [
    ("geostance, 1 pass, l2 1", "us", "1,1"),
    ("geostance, 1 pass, l2 10", "us", "1,10"),
    ("geostance, 2 passes, l2 10", "us", "2,10"),
    ("Vowpal Wabbit, 1 pass", "vw", "1,0"),
    ("Vowpal Wabbit, 1 pass, l2 1e-7", "vw", "1,1e-7"),
    ("Vowpal Wabbit, 1 pass, l2 1e-6", "vw", "1,1e-6"),
    ("Vowpal Wabbit, 3 passes", "vw", "3,0"),
    ("fastText, 1 epoch", "fasttext", "1"),
    ("fastText, 5 epochs", "fasttext", "5"),
    ("scikit-learn SGD, 5 epochs, reading apart", "sgd", "5"),
]


def matrix(args):
    program = HERE / "matrix/target/release/matrix"
    build = ["cargo", "build", "--release", "--quiet", "--manifest-path", str(HERE / "matrix/Cargo.toml")]
    subprocess.run(build, check=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        draw(folder, args.rows, args.columns)
        found = {name: [] for name, _, _ in LINES}
        for _ in range(args.runs):
            for name, who, setting in LINES:
                if who == "us":
                    files = [str(folder / "train.vw"), str(folder / "test.vw")]
                    passes, l2 = setting.split(",")
                    command = [str(program), "online", *files, str(args.columns), l2, passes]
                    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
                    result = [told["seconds"], told["peak_kib"], told["loss"], told["accuracy"]]
                else:
                    command = [sys.executable, __file__, "one", who, setting, str(folder)]
                    out = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | ONE_THREAD)
                    result = json.loads(out.stdout.splitlines()[-1])
                found[name].append(result)
                print(name, result, file=sys.stderr)
    rows = []
    for name, runs in found.items():
        seconds = [run[0] for run in runs]
        middle = statistics.median(seconds)
        rows.append(
            [
                name,
                f"{middle:.1f} ({min(seconds):.1f} to {max(seconds):.1f})",
                f"{runs[0][2]:.4f}",
                f"{100 * runs[0][3]:.1f}",
                f"{runs[0][1] / 1024:.0f}",
            ]
        )
    table(["trained with", f"seconds: median of {args.runs}", "held-out loss", "accuracy", "peak MB"], rows)


# ---- curves -----------------------------------------------------------------------------------------------------


def timed(command):
    """Seconds of a run, and its peak of memory in MB."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"{command}: exit status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def slope(sizes, values):
    """Slope of a line through the logarithms: 1 is in proportion."""
    x, y = [math.log(s) for s in sizes], [math.log(v) for v in values]
    mx, my = statistics.mean(x), statistics.mean(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y)) / sum((a - mx) ** 2 for a in x)


def rows(args):
    """Rows are those of NewsMTSC, every fifth word but the target's replaced by one of any sentence."""
    known = []
    for line in open(args.newsmtsc, encoding="utf-8"):
        row = json.loads(line)
        for target in row["targets"]:
            known.append((row["sentence_normalized"], target["mention"], target["polarity"]))
    words = [word for text, _, _ in known for word in text.split() if word.isalpha()]
    stance = {2.0: "AGAINST", 4.0: "NEUTRAL", 6.0: "FAVOR"}
    rng = random.Random(1)
    told = []
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rows.jsonl"
        sizes = [n for n in (10_000, 100_000, 1_000_000) if n <= args.most]
        for n in sizes:
            with open(path, "w", encoding="utf-8") as out:
                for _ in range(n):
                    text, mention, polarity = rng.choice(known)
                    before, behind = text.split(mention, 1)
                    other = lambda part: " ".join(rng.choice(words) if rng.random() < 0.2 else w for w in part.split(" "))
                    text = other(before) + mention + other(behind)
                    label = stance[float(polarity)]
                    out.write(json.dumps({"text": text, "target": mention, "stance": label}, ensure_ascii=False) + "\n")
            command = [args.geostance, "train", "--data", str(path), "--memory", "1G", "--l2", "2"]
            command += ["--passes", str(args.passes), "-o", f"{folder}/a.model"]
            told.append((n, *timed(command)))
            print(told[-1], file=sys.stderr)
    table(["rows", "seconds", "peak MB"], [[n, f"{s:.1f}", f"{m:.0f}"] for n, s, m in told])
    print(f"\nslope of time: {slope(sizes, [s for _, s, _ in told]):.2f}")


def articles(args):
    from throughput import with_and_without_actors, write_articles

    texts = [json.loads(line)["sentence_normalized"] for line in open(args.newsmtsc, encoding="utf-8")]
    told = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        named, others = with_and_without_actors(args.geostance, texts, folder)
        for megabytes in (1, 10, 100, 1000):
            path = folder / "news.jsonl"
            write_articles(path, megabytes * 1_000_000, named, others, random.Random(1))
            for threads in (1, os.cpu_count()):
                command = [args.geostance, "predict", str(path), "--threads", str(threads), "-o", str(folder / "out.csv")]
                told.append((megabytes, threads, *timed(command)))
                print(told[-1], file=sys.stderr)
    table(
        ["MB", "threads", "seconds", "MB/s", "peak MB"],
        [[n, t, f"{s:.2f}", f"{n / s:.1f}", f"{m:.0f}"] for n, t, s, m in told],
    )
    for threads in (1, os.cpu_count()):
        mine = [(n, s) for n, t, s, _ in told if t == threads]
        print(f"\nslope of time, {threads} threads: {slope(*zip(*mine)):.2f}")


def main():
    if sys.argv[1:2] == ["one"]:
        who, setting, folder = sys.argv[2:]
        print(json.dumps(RUNNERS[who](pathlib.Path(folder), setting)))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_subparsers(required=True)
    one = what.add_parser("matrix")
    one.add_argument("--rows", type=int, default=1_000_000)
    one.add_argument("--columns", type=int, default=1_000_000)
    one.add_argument("--runs", type=int, default=5)
    one.set_defaults(do=matrix)
    for name, do in (("rows", rows), ("articles", articles)):
        part = what.add_parser(name)
        part.add_argument("newsmtsc")
        part.add_argument("--geostance", default=str(ROOT / "target/release/geostance"))
        part.add_argument("--most", type=int, default=1_000_000)
        part.add_argument("--passes", type=int, default=10)
        part.set_defaults(do=do)
    args = parser.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
