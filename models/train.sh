#!/bin/sh
# Trains the default model again. Needs NewsMTSC and DSE in one folder: newsmtsc/train.jsonl, newsmtsc/dev_rw.jsonl,
# newsmtsc/dev_mt.jsonl, dse/train.txt, dse/valid.txt (repeats taken out). The same files give the same bytes.
set -eu
cd "$(dirname "$0")/.."
public=${1:-../shared/data}
out=${2:-models/default.safetensors}
# the first build needs some model to compile in; an empty file will do
[ -e models/default.safetensors ] || : > models/default.safetensors
cargo run --release --quiet -- train \
    --data data/stance.csv "$public/newsmtsc/train.jsonl" "$public/dse/train.txt" \
    --dev "$public/newsmtsc/dev_rw.jsonl" "$public/newsmtsc/dev_mt.jsonl" "$public/dse/valid.txt" \
    --seed 1 --folds 5 --max-columns 191000 --output "$out"
