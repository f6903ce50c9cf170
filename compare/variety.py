"""Whether the sentences of data/stance.csv are as varied as news: against NewsMTSC and DSE, equal numbers of texts.

    python compare/variety.py ../shared/data

Distinct 4-grams: of all sequences of four words the share that are different ones. Openings: the share of texts that begin
with one of the ten commonest first words, and how many different pairs of first words there are. Verbs: how many different
verbs of data/lexicon.csv occur, and the share of their occurrences that the ten commonest make up. Near-duplicates:
texts of which more than half of the 4-grams (Jaccard) are those of another text.
"""

import argparse
import csv
import json
import random
import re
import statistics
from collections import Counter, defaultdict
from pathlib import Path


def words(text):
    return re.findall(r"[\w'’-]+", text.lower())


def grams(tokens):
    return [tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)]


def texts_of(public):
    with open("data/stance.csv", encoding="utf-8", newline="") as file:
        yield "stance.csv", {row["text"] for row in csv.DictReader(file)}
    with open(Path(public, "newsmtsc/train.jsonl"), encoding="utf-8") as file:
        yield "NewsMTSC train", {json.loads(line)["sentence_normalized"] for line in file}
    with open(Path(public, "dse/train.txt"), encoding="utf-8") as file:
        yield "DSE train", {re.sub(r"[\[\]]", "", line.split("\t")[0]) for line in file}


def near_duplicates(sets):
    """Number of texts that share more than half of their 4-grams with another."""
    where = defaultdict(list)
    for i, own in enumerate(sets):
        for gram in own:
            where[gram].append(i)
    found = set()
    for i, own in enumerate(sets):
        shared = Counter(j for gram in own for j in where[gram] if j != i)
        found |= {i for j, n in shared.items() if n > 0.5 * len(own | sets[j])}
    return len(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("public")
    args = parser.parse_args()
    with open("data/lexicon.csv", encoding="utf-8", newline="") as file:
        verbs = {row["lemma"] for row in csv.DictReader(file) if row["pos"] == "verb" and " " not in row["lemma"]}
    forms = {form: verb for verb in sorted(verbs) for form in (verb, verb + "s", verb + "ed", verb + "d", verb + "ing")}
    corpora = [(name, sorted(texts)) for name, texts in texts_of(args.public)]
    n = min(len(texts) for _, texts in corpora)
    print(f"{n} texts of each, drawn at random\n")
    print("| texts | distinct 4-grams | ten commonest first words | different first pairs | words: 10 %, median, 90 % |", end="")
    print(" verbs | ten commonest verbs | near-duplicates |\n|---|---|---|---|---|---|---|---|")
    for name, texts in corpora:
        tokens = [words(text) for text in random.Random(1).sample(texts, n)]
        all_grams = [gram for t in tokens for gram in grams(t)]
        first = Counter(t[0] for t in tokens if t)
        tens = statistics.quantiles([len(t) for t in tokens], n=10)
        used = Counter(forms[word] for t in tokens for word in t if word in forms)
        cells = [
            name,
            f"{100 * len(set(all_grams)) / len(all_grams):.1f} %",
            f"{100 * sum(c for _, c in first.most_common(10)) / n:.1f} %",
            len({tuple(t[:2]) for t in tokens}),
            f"{tens[0]:.0f}, {tens[4]:.0f}, {tens[8]:.0f}",
            len(used),
            f"{100 * sum(c for _, c in used.most_common(10)) / used.total():.1f} %",
            near_duplicates([set(grams(t)) for t in tokens]),
        ]
        print(f"| {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
