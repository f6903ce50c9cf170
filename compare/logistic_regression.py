"""Times geostance's fit and scikit-learn's LogisticRegression on one matrix, and prints a Markdown table.

    python compare/logistic_regression.py --train TRAIN --dev DEV [DEV ...]

README.md beside this file says what is compared. The matrix is that of geostance's target head. Every run is a
process of its own with one thread, and the solvers take turns, so that a busy machine is unkind to all of them.
"""

import argparse
import datetime
import json
import math
import os
import pathlib
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "RAYON_NUM_THREADS")
}

# name, (tolerance or passes, scaling): `train` stops at 1e-3 and scales as NB-SVM does, the library's default is 1e-4,
# `train --memory` makes ten passes
OURS = {
    "geostance, 1e-3 as in `train`": ("1e-3", "plain"),
    "geostance, 1e-4 the default": ("1e-4", "plain"),
    "geostance, online, 3 passes": ("3", "plain"),
    "geostance, online, 10 passes": ("10", "plain"),
    "geostance, 1e-3, NB scaling: `train` itself": ("1e-3", "nb"),
}
# name, parameters, type of the matrix; 1e-4 is the default of tol
THEIRS = {
    "newton-cg, 1e-4 the default": ({"solver": "newton-cg"}, "float64"),
    "newton-cg, 1e-4, float32": ({"solver": "newton-cg"}, "float32"),
    "newton-cg, 1e-5": ({"solver": "newton-cg", "tol": 1e-5}, "float64"),
    "lbfgs, 1e-4 the default": ({"solver": "lbfgs"}, "float64"),
    "lbfgs, 1e-4, float32": ({"solver": "lbfgs"}, "float32"),
    "lbfgs, 1e-5": ({"solver": "lbfgs", "tol": 1e-5}, "float64"),
    "saga, 1e-4 the default": ({"solver": "saga"}, "float64"),
    "saga, 1e-4, float32": ({"solver": "saga"}, "float32"),
    "LIBLINEAR, logistic, one class against the rest": ({"solver": "liblinear"}, "float64"),
    "LIBLINEAR, LinearSVC, C = 1": ({"C": 1.0}, "float64"),
    "LIBLINEAR, LinearSVC, C = 0.1": ({"C": 0.1}, "float64"),
}
# each class by itself: another objective
ANOTHER = [name for name in THEIRS if name.startswith("LIBLINEAR")]
# where the objective is taken to be at its least
EXACT = ("1e-8", "plain")


def peak_kib():
    """The most memory this process has held so far."""
    try:
        lines = pathlib.Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


# ---- in a process of its own ----------------------------------------------------------------------------------


def read_part(folder, name, kind):
    import numpy as np
    from scipy.sparse import csr_matrix

    values = np.fromfile(folder / f"{name}.values", "<f4").astype(kind)
    columns = np.fromfile(folder / f"{name}.columns", "<u4").astype(np.int32)
    starts = np.fromfile(folder / f"{name}.starts", "<u8").astype(np.int32)
    n_columns = int((folder / f"{name}.n_columns").read_text())
    x = csr_matrix((values, columns, starts), shape=(len(starts) - 1, n_columns))
    return x, np.fromfile(folder / f"{name}.gold", np.uint8).astype(int)


def fit(folder, name, l2):
    """One fit by scikit-learn; leaves weights and predictions where our program leaves its own."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.svm import LinearSVC

    parameters, kind = THEIRS[name]
    x, gold = read_part(folder, "train", kind)
    if "LinearSVC" in name:
        model = LinearSVC(class_weight="balanced", **parameters)
    else:
        model = LogisticRegression(C=1 / l2, class_weight="balanced", max_iter=100_000, **parameters)
    if parameters.get("solver") == "liblinear":
        model = OneVsRestClassifier(model)
    begin = time.perf_counter()
    model.fit(x, gold)
    seconds = time.perf_counter() - begin
    peak = peak_kib()
    if name in ANOTHER:
        for part in dev_parts(folder):
            model.predict(read_part(folder, part, kind)[0]).astype(np.uint8).tofile(folder / f"{part}.predicted")
        np.zeros((x.shape[1], 3)).tofile(folder / "weights.f64")
        np.zeros(3).tofile(folder / "intercepts.f64")
        return {"seconds": seconds, "peak_kib": peak, "iterations": 0}
    model.coef_.T.astype("<f8").tofile(folder / "weights.f64")
    model.intercept_.astype("<f8").tofile(folder / "intercepts.f64")
    for part in dev_parts(folder):
        model.predict(read_part(folder, part, kind)[0]).astype(np.uint8).tofile(folder / f"{part}.predicted")
    return {"seconds": seconds, "peak_kib": peak, "iterations": int(model.n_iter_.max())}


def score(folder, l2):
    """Objective and macro-F1 of the weights and predictions in the folder, whoever left them there."""
    import numpy as np
    from scipy.special import logsumexp
    from sklearn.metrics import f1_score

    x, gold = read_part(folder, "train", "float64")
    w = np.fromfile(folder / "weights.f64", "<f8").reshape(x.shape[1], 3)
    z = x @ w + np.fromfile(folder / "intercepts.f64", "<f8")
    row_weights = (len(gold) / (3 * np.bincount(gold)))[gold]
    loss = row_weights @ (logsumexp(z, axis=1) - z[np.arange(len(gold)), gold])
    macro_f1 = []
    for part in dev_parts(folder):
        dev = np.fromfile(folder / f"{part}.gold", np.uint8)
        macro_f1.append(f1_score(dev, np.fromfile(folder / f"{part}.predicted", np.uint8), average="macro"))
    return {"objective": loss + l2 / 2 * (w**2).sum(), "macro_f1": macro_f1}


def dev_parts(folder):
    return sorted(path.stem for path in folder.glob("dev*.gold"))


# ---- who calls them --------------------------------------------------------------------------------------------


def told(command):
    """The JSON that a command prints."""
    done = subprocess.run(command, env=os.environ | ONE_THREAD, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def build():
    manifest = HERE / "matrix" / "Cargo.toml"
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", manifest]
    done = subprocess.run(
        [*command, "--message-format=json"], stdout=subprocess.PIPE, check=True, text=True
    )
    made = (json.loads(line).get("executable") for line in done.stdout.splitlines())
    return next(path for path in made if path)


def versions():
    import importlib.metadata

    names = ("scikit-learn", "numpy", "scipy")
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        cpu = platform.processor()
    rustc = subprocess.run(["rustc", "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "rustc": rustc.split()[1],
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }


def table(results, n_runs, dev_names, least):
    """Markdown of all solvers, the fastest of those with a common objective first."""

    def above(result):
        if result["scaling"] != "plain":
            return "another objective"
        # no objective is known better than to its last bits
        return f"{max(result['objective'] - least, 0) / least:.0e}"

    cells = [
        ["solver, tolerance", f"seconds: median of {n_runs} (min to max)", "objective", "above the least", "iterations"]
        + [f"macro-F1 {name}" for name in dev_names]
        + ["peak MB"]
    ]
    cells.append(["---"] * len(cells[0]))
    seconds = {name: [run["seconds"] for run in result["runs"]] for name, result in results.items()}
    for name in sorted(results, key=lambda n: (results[n]["scaling"] != "plain", statistics.median(seconds[n]))):
        result, s = results[name], seconds[name]
        cells.append(
            [
                name,
                f"{statistics.median(s):.2f} ({min(s):.2f} to {max(s):.2f})",
                f"{result['objective']:.3f}" if result["scaling"] != "another" else "",
                above(result),
                str(result["iterations"]),
                *[f"{100 * f1:.1f}" for f1 in result["macro_f1"]],
                f"{max(run['peak_kib'] for run in result['runs']) / 1024:.0f}",
            ]
        )
    return "".join("| " + " | ".join(row) + " |\n" for row in cells)


def compare(args, folder):
    program = build()
    parts = told([program, "write", folder, args.train, *args.dev])
    dev_names = [pathlib.Path(path).stem for path in args.dev]

    def scored():
        return told([sys.executable, __file__, "--score", folder, str(args.l2)])

    def run(name):
        if name in OURS:
            return told([program, "fit", folder, str(args.l2), *OURS[name]])
        return told([sys.executable, __file__, "--fit", folder, str(args.l2), name])

    told([program, "fit", folder, str(args.l2), *EXACT])
    least = scored()["objective"]
    names = [*OURS, *THEIRS]
    results = {}
    for turn in range(args.runs):
        # now forward, now backward, so that no solver always follows the same other
        for name in names[:: 1 if turn % 2 == 0 else -1]:
            one = run(name)
            print(f"{turn + 1} of {args.runs}: {name}: {one['seconds']:.2f} s", file=sys.stderr, flush=True)
            end = scored()
            result = results.setdefault(name, {"runs": []} | end)
            result["runs"].append({"seconds": one["seconds"], "peak_kib": one["peak_kib"]})
            result["scaling"] = OURS[name][1] if name in OURS else "another" if name in ANOTHER else "plain"
            summary = one.get("summary")
            result["iterations"] = summary["iterations"] if summary else one["iterations"]
            if summary:
                result["summary"] = one["summary"]
                # our own word for the objective and the common formula
                plain = OURS[name][1] == "plain"
                assert not plain or math.isclose(end["objective"], one["summary"]["objective"], rel_tol=1e-6)
    return {"l2": args.l2, "versions": versions(), "parts": parts, "least": least, "solvers": results}, dev_names


def main():
    if sys.argv[1:2] == ["--fit"]:
        print(json.dumps(fit(pathlib.Path(sys.argv[2]), sys.argv[4], float(sys.argv[3]))))
        return
    if sys.argv[1:2] == ["--score"]:
        print(json.dumps(score(pathlib.Path(sys.argv[2]), float(sys.argv[3]))))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", required=True, help="labelled rows to fit, of any dialect that geostance reads")
    parser.add_argument("--dev", required=True, nargs="+", help="labelled rows to measure macro-F1 on")
    parser.add_argument("--l2", type=float, default=1.0, help="1 is what `train` chooses on NewsMTSC (default: 1)")
    parser.add_argument("--runs", type=int, default=5, help="fits by each solver (default: 5)")
    parser.add_argument("--output", help="folder for the numbers (default: runs/DATE-Ncore beside this script)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found, dev_names = compare(args, folder)
    markdown = table(found["solvers"], args.runs, dev_names, found["least"])
    name = f"{datetime.date.today()}-{os.cpu_count()}core"
    output = pathlib.Path(args.output) if args.output else HERE / "runs" / name
    output.mkdir(parents=True, exist_ok=True)
    (output / "logistic_regression.json").write_text(json.dumps(found, indent=1) + "\n")
    (output / "logistic_regression.md").write_text(markdown)
    print(markdown, end="")


if __name__ == "__main__":
    main()
