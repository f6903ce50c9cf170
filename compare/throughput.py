"""Times `geostance predict` on news of which one sentence in three names an actor, and on one sentence alone.

    python compare/throughput.py NEWSMTSC/train.jsonl [--megabytes 100] [--runs 3] [--geostance target/release/geostance]

Sentences of NewsMTSC are drawn at random, a third of them from those in which `geostance actors find` finds somebody;
twenty make an article. One thread; every run is a process of its own.
"""

import argparse
import bisect
import json
import pathlib
import random
import statistics
import subprocess
import tempfile
import time

A_DOCUMENT = 20
A_PARAGRAPH = 4


def with_and_without_actors(program, sentences, folder):
    """The sentences in which an actor is named, and the others."""
    text = folder / "sentences.txt"
    text.write_text("\n\n".join(sentences), encoding="utf-8")
    command = [program, "actors", "find", str(text), "--format", "jsonl"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    starts, at = [], 0
    for sentence in sentences:
        starts.append(at)
        at += len(sentence) + 2
    named = {bisect.bisect_right(starts, json.loads(line)["start"]) - 1 for line in found.splitlines()}
    split = ([], [])
    for i, sentence in enumerate(sentences):
        split[i not in named].append(sentence)
    return split


def write_articles(path, size, named, others, rng):
    """Articles of about `size` bytes in all."""
    n_bytes = 0
    with open(path, "w", encoding="utf-8") as file:
        while n_bytes < size:
            drawn = [rng.choice(named if rng.random() < 1 / 3 else others) for _ in range(A_DOCUMENT)]
            parts = [" ".join(drawn[i : i + A_PARAGRAPH]) for i in range(0, A_DOCUMENT, A_PARAGRAPH)]
            line = json.dumps({"text": "\n".join(parts)}, ensure_ascii=False) + "\n"
            file.write(line)
            n_bytes += len(line.encode())


def seconds(command, n_runs):
    """Wall time of each run."""
    out = []
    for _ in range(n_runs):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        out.append(time.perf_counter() - started)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sentences")
    parser.add_argument("--megabytes", type=float, default=100)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--geostance", default="target/release/geostance")
    args = parser.parse_args()
    lines = pathlib.Path(args.sentences).read_text(encoding="utf-8").splitlines()
    sentences = sorted({json.loads(line)["sentence_normalized"].replace("\n", " ") for line in lines})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        named, others = with_and_without_actors(args.geostance, sentences, folder)
        articles, one = folder / "articles.jsonl", folder / "one.txt"
        write_articles(articles, args.megabytes * 1e6, named, others, random.Random(5))
        one.write_text("Kenya praised the AU.\n", encoding="utf-8")
        predict = [args.geostance, "predict", "--threads", "1", "-o", str(folder / "opinions.csv")]
        times = seconds([*predict, str(articles)], args.runs)
        rate = articles.stat().st_size / 1e6 / statistics.median(times)
        spread = f"{min(times):.2f} to {max(times):.2f}"
        print(f"{args.megabytes:g} MB: {statistics.median(times):.2f} s (median of {args.runs}, {spread}), {rate:.1f} MB/s")
        starts = seconds([args.geostance, "predict", "-o", str(folder / "one.csv"), str(one)], 15)
        print(f"one sentence: {1e3 * statistics.median(starts):.0f} ms (median of 15)")


if __name__ == "__main__":
    main()
