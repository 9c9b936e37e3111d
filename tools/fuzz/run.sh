#!/usr/bin/env bash
# The importers under libFuzzer, on the stable compiler: tools/fuzz/run.sh [SECONDS]. Starts from the committed vectors;
# what crashed is left in out/fuzz.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-600}
target=x86_64-unknown-linux-gnu
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
coverage+=" -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table"
coverage+=" -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing -Ccodegen-units=1"
# `--target` keeps build scripts and macros out of the instrumentation.
RUSTFLAGS="$coverage" cargo build --release --locked --quiet --manifest-path tools/fuzz/Cargo.toml \
    --target "$target" --target-dir target/fuzz
mkdir -p out/fuzz/corpus
cp crates/import/tests/vectors/*.{txt,json,ubj,onnx} out/fuzz/corpus/
rm -f out/fuzz/corpus/expected.json
"target/fuzz/$target/release/import" out/fuzz/corpus -artifact_prefix=out/fuzz/ -seed="${MANDATE_SEED:-1}" \
    -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
