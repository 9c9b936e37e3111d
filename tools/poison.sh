#!/usr/bin/env bash
# What poisoned rows can do on the credit sets, into docs/poisoning.md below its line; the data folder is the first argument,
# MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/02_credit"
if [[ ! -f "$data/german_credit_uci_statlog.csv" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
page=docs/poisoning.md
tables="$(cargo run --release --quiet --locked -p mandate-vet --example poison -- "$data")"
{ sed '/^<!-- made by `make poison` -->$/q' "$page"; echo; echo "$tables"; } > "$page.part"
mv "$page.part" "$page"
