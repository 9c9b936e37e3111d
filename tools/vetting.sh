#!/usr/bin/env bash
# What the checks say of the credit sets, and how many turned labels they find, into docs/vetting.md below its last comment; the data
# folder is the first argument, MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/02_credit"
if [[ ! -f "$data/german_credit_uci_statlog.csv" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
page=docs/vetting.md
tables="$(cargo run --release --quiet --locked -p mandate-vet --example vetting -- "$data")"
{ sed '/^<!-- made by `make vetting` -->$/q' "$page"; echo; echo "$tables"; } > "$page.part"
mv "$page.part" "$page"
