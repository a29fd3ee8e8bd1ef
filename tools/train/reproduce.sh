#!/bin/sh
# Trains every model that ships, writes the files and draws the curves: tools/train/reproduce.sh [FOLDER FOR CHECKPOINTS]
# Needs Debian's python3-torch and libopenblas0-pthread; some 40 minutes on two cores.
set -eu
cd "$(dirname "$0")"
out=${1:-out}
models=../../models
python3 train.py atoma-small --shape main --seed 1 --steps 1600 --out "$out"
python3 train.py atoma-small-tuned --shape main --seed 9 --steps 120 --rate 6e-4 --from "$out/atoma-small.pt" --out "$out"
python3 train.py atoma-tiny --shape small --seed 2 --steps 700 --out "$out"
python3 train.py atoma-tiny-seed3 --shape small --seed 3 --steps 700 --out "$out"
for type in f16 q8_0 q4_0; do
  python3 gguf.py "$out/atoma-small.pt" "$out/merges.json" "$models/atoma-small-$type.gguf" --type "$type" --name atoma/small
done
for name in small-tuned tiny tiny-seed3; do
  python3 gguf.py "$out/atoma-$name.pt" "$out/merges.json" "$models/atoma-$name-f16.gguf" --type f16 --name "atoma/$name"
done
python3 corpus.py >"$models/held-out.json"
python3 plot.py ../../docs/pictures/training.svg "small=$out/atoma-small.loss.csv" "tiny=$out/atoma-tiny.loss.csv" "tiny, seed 3=$out/atoma-tiny-seed3.loss.csv"
