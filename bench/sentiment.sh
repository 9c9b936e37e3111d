#!/usr/bin/env bash
# Our scorers of texts beside scikit-learn's on five splits; the data folder is the first argument, MANDATE_DATA, or ../shared/data.
set -euo pipefail
cd "$(dirname "$0")/.."
data="${1:-${MANDATE_DATA:-../shared/data}}/04_sentiment"
if [[ ! -f "$data/twitter_financial_sent_train.csv" ]]; then
    echo "skipped: $data is not here; name its folder as an argument or in MANDATE_DATA" >&2
    exit 0
fi
mkdir -p out/bench
bench/venv.sh
cargo run --release --quiet --locked -p mandate-text --example sentiment -- \
    "$data/twitter_financial_sent_train.csv" "$data/vader_lexicon.txt" "$data/emoji_utf8_lexicon.txt" > out/bench/sentiment-ours.json
.venv-bench/bin/python bench/sentiment.py "$data/twitter_financial_sent_train.csv" out/bench/sentiment-ours.json out/bench/sentiment.json
