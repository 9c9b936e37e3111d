#!/usr/bin/env bash
# Integer trees beside LightGBM on twenty splits of the credit data; the data folder is the first argument,
# MANDATE_DATA, or ../shared/data. A virtual environment appears in .venv-bench.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/02_credit/taiwan_credit_default.csv"
if [[ ! -f "$data" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
mkdir -p out/bench
bench/venv.sh
cargo run --release --quiet --locked -p mandate-train --example credit_splits -- \
    examples/lending/credit.toml "$data" bench/splits.json bench/candidates.json > out/bench/credit-ours.json
.venv-bench/bin/python bench/credit.py "$data" out/bench/credit-ours.json out/bench/credit.json
