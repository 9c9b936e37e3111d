#!/usr/bin/env bash
# The tables of docs/evasion.md; the data folder is the first argument, MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/02_credit"
if [[ ! -d "$data" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
cargo build --release --quiet --locked -p mandate-cli
python3 bench/evasion.py "$data" target/release/mandate out/bench/evasion
