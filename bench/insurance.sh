#!/usr/bin/env bash
# Integer programs beside scikit-learn and LightGBM on splits of Belgian motor claims; the data folder is the first argument,
# MANDATE_DATA, or ../shared/data. The second argument is the number of splits.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/03_insurance/beMTPL97.csv.gz"
if [[ ! -f "$data" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
mkdir -p out/bench
bench/venv.sh
.venv-bench/bin/python bench/insurance.py prepare "$data" out/bench/motor.csv
cargo run --release --quiet --locked -p mandate-train --example insurance -- \
    examples/insurance/motor.toml out/bench/motor.csv "${2:-5}" > out/bench/insurance-ours.json
.venv-bench/bin/python bench/insurance.py compare out/bench/motor.csv out/bench/insurance-ours.json out/bench/insurance.json
