#!/usr/bin/env bash
# A LightGBM model's whole path, import to card, over 30,000 rows, beside its limit of a minute; the data folder is the first
# argument, MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/02_credit/taiwan_credit_default.csv"
if [[ ! -f "$data" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
bench/venv.sh
cargo build --release --quiet --locked -p mandate-cli
.venv-bench/bin/python bench/workshop.py "$data" target/release/mandate out/bench/workshop
