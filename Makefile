# The two commands of the README first; the slow ones beside them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

FOUNDRY := $(CURDIR)/contracts/node_modules/@foundry-rs
export PATH := $(FOUNDRY)/forge-linux-amd64/bin:$(FOUNDRY)/anvil-linux-amd64/bin:$(FOUNDRY)/cast-linux-amd64/bin:$(CURDIR)/.venv/bin:$(PATH)

.PHONY: help demo test test-rust test-contracts lint deep bench bench-credit abi tools

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: ## a lending token steered by a model, end to end: out/demo/report.html
	cargo run --release --quiet --locked -p mandate-cli -- demo

test: test-rust test-contracts ## every test, Rust and Solidity (minutes)

test-rust: contracts/node_modules
	cargo test --workspace --locked

test-contracts: contracts/node_modules
	cd contracts && forge test

lint: contracts/node_modules .venv ## format, clippy, licences, slither
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny --log-level error check bans licenses sources
	cd contracts && forge fmt --check && forge build
	python3 tools/slither_check.py

bench: bench-credit ## figures that take minutes (LightGBM beside our trees)

bench-credit: ## integer trees and LightGBM on twenty splits; skips without the data
	bench/credit.sh

abi: contracts/node_modules ## rebuild the contracts and refresh crates/contracts/abi
	cd contracts && forge build --skip test --skip script
	cargo xtask abi

contracts/node_modules: contracts/package-lock.json
	cd contracts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.venv: tools/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@
