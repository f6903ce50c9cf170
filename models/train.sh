#!/bin/sh
# Trains the default model again. Needs NewsMTSC and DSE in one folder: newsmtsc/train.jsonl, newsmtsc/dev_rw.jsonl,
# newsmtsc/dev_mt.jsonl, dse/train.txt, dse/valid.txt (repeats taken out), and the word vectors that models/vectors.sh
# writes; python 3 joins the labels of the teacher (models/teacher.csv, by compare/teacher.py) with DSE's sentences. The
# same files give the same bytes.
#
#     models/train.sh [FOLDER] [VECTORS] [MODEL]
set -eu
cd "$(dirname "$0")/.."
public=${1:-../shared/data}
vectors=${2:-target/vectors.txt}
out=${3:-models/default.safetensors}
[ -e "$vectors" ] || models/vectors.sh "$vectors"
python3 compare/teacher.py join "$public/dse/train.txt" -o target/teacher.csv
# the first build needs some model to compile in; an empty file will do
[ -e models/default.safetensors ] || : > models/default.safetensors
cargo run --release --quiet -- train \
    --data data/stance.csv data/neutral.csv "$public/newsmtsc/train.jsonl" "$public/dse/train.txt" \
    target/teacher.csv \
    --dev "$public/newsmtsc/dev_rw.jsonl" "$public/newsmtsc/dev_mt.jsonl" "$public/dse/valid.txt" \
    --vectors "$vectors" \
    --cite "Pennington, Socher and Manning, GloVe: Global Vectors for Word Representation, EMNLP 2014 (public domain, PDDL 1.0)" \
    --cite "Wang et al., MiniLM: Deep Self-Attention Distillation for Task-Agnostic Compression of Pre-Trained Transformers, NeurIPS 2020 (Apache-2.0), fine-tuned as the teacher of the target head" \
    --seed 1 --folds 5 --max-columns 190000 --output "$out"
