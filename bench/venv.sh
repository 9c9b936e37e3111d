#!/usr/bin/env bash
# The virtual environment of the benches, in .venv-bench.
set -euo pipefail
cd "$(dirname "$0")/.."
if [[ ! -x .venv-bench/bin/python || bench/requirements.txt -nt .venv-bench/.done ]]; then
    python3 -m venv .venv-bench
    .venv-bench/bin/pip install --quiet --disable-pip-version-check -r bench/requirements.txt
    touch .venv-bench/.done
fi
