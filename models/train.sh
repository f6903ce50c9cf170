#!/bin/sh
# Trains the default model again. Needs NewsMTSC and DSE in one folder: newsmtsc/train.jsonl, newsmtsc/dev_rw.jsonl,
# newsmtsc/dev_mt.jsonl, dse/train.txt, dse/valid.txt (repeats taken out), and the word vectors that models/vectors.sh
# writes. The same files give the same bytes.
#
#     models/train.sh [FOLDER] [VECTORS] [MODEL]
set -eu
cd "$(dirname "$0")/.."
public=${1:-../shared/data}
vectors=${2:-target/vectors.txt}
out=${3:-models/default.safetensors}
[ -e "$vectors" ] || models/vectors.sh "$vectors"
# the first build needs some model to compile in; an empty file will do
[ -e models/default.safetensors ] || : > models/default.safetensors
cargo run --release --quiet -- train \
    --data data/stance.csv data/neutral.csv "$public/newsmtsc/train.jsonl" "$public/dse/train.txt" \
    --dev "$public/newsmtsc/dev_rw.jsonl" "$public/newsmtsc/dev_mt.jsonl" "$public/dse/valid.txt" \
    --vectors "$vectors" \
    --cite "Pennington, Socher and Manning, GloVe: Global Vectors for Word Representation, EMNLP 2014 (public domain, PDDL 1.0)" \
    --seed 1 --folds 5 --max-columns 190000 --output "$out"
