# The two commands of the README first; the slow ones beside them. Each installs what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

NPM := contracts/node_modules/.package-lock.json
FOUNDRY := $(CURDIR)/contracts/node_modules/@foundry-rs
export PATH := $(FOUNDRY)/forge-linux-amd64/bin:$(FOUNDRY)/anvil-linux-amd64/bin:$(FOUNDRY)/cast-linux-amd64/bin:$(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo arms fairness poison vetting import-vectors train-vectors explain-vectors watch-vectors test test-rust test-contracts lint lint-rust lint-contracts abi \
	bench bench-audit bench-credit bench-engine bench-explain bench-evasion bench-inference bench-insurance bench-ledger bench-sentiment bench-watch bench-workshop attack deep deep-fuzz deep-import deep-pairs deep-kills prove mutants

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: ## a lending token steered by a model, end to end: out/demo/report.html
	cargo run --release --quiet --locked -p mandate-cli -- demo

arms: ## the three arms over twenty seeds: the table of docs/arms.md (minutes)
	cargo run --release --quiet --locked -p mandate-cli -- demo --seeds 20 --out out/arms

vetting: # what the checks say of the credit sets, and of turned labels: the tables of docs/vetting.md; skips without the data
	tools/credit_page.sh vetting docs/vetting.md vetting

fairness: # what each fairness gate costs on the credit sets: the tables of docs/fairness.md; skips without the data
	tools/credit_page.sh fairness docs/fairness.md fairness_cost

poison: # what poisoned training rows can do on the credit sets, and what notices: docs/poisoning.md; skips without the data
	tools/credit_page.sh poison docs/poisoning.md poison

test: test-rust test-contracts ## every test, Rust and Solidity (minutes)

# The contracts first: a test holds the committed artifacts to them.
test-rust: $(NPM)
	cd contracts && forge build --quiet
	cargo test --workspace --locked

# The gas figures that are committed are those that the tests have just measured.
test-contracts: $(NPM)
	cd contracts && forge test
	@[ ! -e .git ] || git diff --exit-code --stat -- contracts/snapshots || { echo "contracts/snapshots: figures changed; commit them"; exit 1; }

lint: lint-rust lint-contracts ## format, clippy, rustdoc, licences, slither

lint-rust: .venv/.done
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet
	cargo deny --log-level error check bans licenses sources

lint-contracts: $(NPM) .venv/.done
	cd contracts && forge fmt --check
	python3 tools/slither_check.py
	.venv/bin/python tools/mutate.py --check

attack: $(NPM) ## 10,000 hostile runs against `worstCase`, as a table; MANDATE_SEED sets the first seed
	python3 tools/attack.py $(if $(MANDATE_SEED),--seed $(MANDATE_SEED))

prove: $(NPM) .venv/.done ## what halmos proves: property, function, width, seconds, verdict
	.venv/bin/python tools/smt_test.py
	.venv/bin/python tools/prove.py

mutants: $(NPM) .venv/.done ## each rule taken out alone in a scratch copy; names the test that notices
	.venv/bin/python tools/mutate.py

bench: $(NPM) ## figures that take minutes, into out/bench; MANDATE_DATA names the data's folder
	tools/parts.sh bench bench-credit bench-insurance bench-engine bench-evasion bench-inference bench-explain bench-ledger bench-audit bench-sentiment bench-watch bench-workshop

bench-credit: # integer trees and LightGBM on twenty splits; skips without the data
	bench/credit.sh

bench-insurance: # GLMs, trees and networks on Belgian motor claims, beside scikit-learn and LightGBM; skips without the data
	bench/insurance.sh

bench-engine: .venv-import/.done # integer trees beside LightGBM, XGBoost and ONNX Runtime, one thread
	mkdir -p out/bench
	cargo build --release --quiet --locked --manifest-path bench/engine/Cargo.toml --target-dir target
	.venv-import/bin/python bench/engine.py target/release/libmandate_engine_bench.so out/bench/engine.json

bench-evasion: # what holds against applicants with a budget, on two credit sets; skips without the data
	bench/evasion.sh

bench-inference: # programs run per second, in Rust and in the EVM
	mkdir -p out/bench
	cargo run --release --quiet --locked -p mandate-model --example inference | tee out/bench/inference.json

bench-explain: .venv-explain/.done # attributions per second, ours, LightGBM's and shap's, single thread
	mkdir -p out/bench
	cargo build --release --quiet --locked -p mandate-explain --example attribution
	.venv-explain/bin/python bench/explain.py target/release/examples/attribution out/bench/explain.json

bench-ledger: # transactions per second of the in-process ledger
	mkdir -p out/bench
	cargo run --release --quiet --locked -p mandate-chain --example throughput | tee out/bench/ledger.json

bench-sentiment: # scorers of texts and scikit-learn on five splits; skips without the data
	bench/sentiment.sh

bench-watch: # models on public data, watched and trained again; skips without the data
	mkdir -p out/bench
	bench/watch.sh | tee out/bench/watch.txt

bench-workshop: # a LightGBM model from import to card over 30,000 rows, in under a minute; skips without the data
	bench/workshop.sh

bench-audit: # decisions recomputed per second and core, their signatures apart
	mkdir -p out/bench
	cargo run --release --quiet --locked -p mandate-audit --example rate | tee out/bench/audit.json

deep: $(NPM) ## the long run: every part below in a row, a closing line each; MANDATE_SEED sets the seed
	tools/parts.sh deep deep-fuzz deep-import deep-pairs deep-kills attack prove mutants

deep-fuzz: $(NPM) # Solidity: long fuzz and invariants; Rust: a million cases per kernel and lending rule
	cd contracts && FOUNDRY_PROFILE=deep forge test $(if $(MANDATE_SEED),--fuzz-seed $(MANDATE_SEED))
	MANDATE_CASES=1000000 cargo test --release --locked -p mandate-core parity -- --nocapture

deep-import: # the importers ten minutes under a coverage-guided fuzzer; needs a C++ compiler
	tools/fuzz/run.sh 600

deep-pairs: # Rust and the EVM on ten million random (model, input) pairs
	MANDATE_PAIRS=10000000 cargo test --release --locked -p mandate-model m1_ -- --nocapture

deep-kills: $(NPM) # the agent killed a thousand times in process and two hundred times on anvil
	MANDATE_SOAK=10 cargo test --release --locked -p mandate-agent --test it a_1_ -- --nocapture --test-threads 1

import-vectors: .venv-import/.done ## the models of other libraries that the importer's tests read
	.venv-import/bin/python tools/import_vectors.py

train-vectors: ## scikit-learn's coefficients of generated rows, which the trainer's tests read
	bench/venv.sh
	.venv-bench/bin/python tools/train_vectors.py

watch-vectors: .venv-watch/.done ## scores by definition, which the watch's tests read
	.venv-watch/bin/python -W ignore tools/watch_vectors.py

explain-vectors: .venv-explain/.done ## what shap and the libraries say of the importer's test models
	.venv-explain/bin/python tools/explain_vectors.py

abi: $(NPM) ## rebuild the contracts and refresh crates/contracts/abi
	cd contracts && forge build --skip test --skip script
	cargo xtask abi

# npm writes this file last.
$(NPM): contracts/package-lock.json
	cd contracts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv/.done: tools/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

.venv-import/.done: tools/import-requirements.txt
	python3 -m venv .venv-import
	.venv-import/bin/pip install --quiet --disable-pip-version-check -r tools/import-requirements.txt
	@touch $@

.venv-explain/.done: tools/explain-requirements.txt
	python3 -m venv .venv-explain
	.venv-explain/bin/pip install --quiet --disable-pip-version-check -r tools/explain-requirements.txt
	@touch $@

.venv-watch/.done: tools/watch-requirements.txt
	python3 -m venv .venv-watch
	.venv-watch/bin/pip install --quiet --disable-pip-version-check -r tools/watch-requirements.txt
	@touch $@
