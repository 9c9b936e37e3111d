#!/usr/bin/env bash
# What an example of mandate-vet says of the credit sets, into a page below its line `made by make TARGET`:
# tools/credit_page.sh TARGET PAGE EXAMPLE [DATA]. The data folder is the last argument, MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$1 page=$2 example=$3
data="${4:-${MANDATE_DATA:-../shared/data}}/02_credit"
if [[ ! -f "$data/german_credit_uci_statlog.csv" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
tables="$(cargo run --release --quiet --locked -p mandate-vet --example "$example" -- "$data")"
{ sed "/^<!-- made by \`make $target\` -->\$/q" "$page"; echo; echo "$tables"; } > "$page.part"
mv "$page.part" "$page"
