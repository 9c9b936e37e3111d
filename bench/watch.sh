#!/usr/bin/env bash
# Models on public data, watched and trained again: what docs/watching.md reports. The data folder is the first argument,
# MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}"
if [[ ! -f "$data/02_credit/taiwan_credit_default.csv" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
out=out/bench/watch
python3 bench/watch.py "$data" "$out"
cargo build --release --quiet --locked -p mandate-cli
mandate=target/release/mandate

# NAME DATA REFERENCE MORE…: trains on DATA-train, watches DATA-later, and challenges the model with rows of DATA-later.
watched() {
    local name=$1 rows=$2 reference=$3 newer=$4
    shift 4
    echo "== $name"
    "$mandate" model train "$out/$name.toml" --data "$out/$rows-train.csv" --out "$out/$name.model" > "$out/$name.train.txt" 2>&1
    "$mandate" model watch "$out/$name.model" --data "$out/$rows-later.csv" --description "$out/$name.toml" \
        --reference "$out/$reference.csv" "$@" 2>/dev/null || echo "exit code $?"
    for mode in window warm; do
        sed "s/^\[refresh\]/[refresh]\nmode = \"$mode\"/" "$out/$name.toml" > "$out/$name-$mode.toml"
        echo "-- $name, mode = $mode"
        "$mandate" model refresh "$out/$name-$mode.toml" --incumbent "$out/$name.model" --data "$out/$newer.csv" --out "$out" 2>/dev/null || echo "exit code $?"
    done
}

watched taiwan taiwan taiwan-reference taiwan-later --every 2000
watched fraud fraud fraud-train fraud --time month --every 2000
watched frequency motor motor-reference motor-later --every 10000
watched severity motor motor-reference motor-later --every 2000
watched premium motor motor-reference motor-later --every 10000
