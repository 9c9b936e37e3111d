# The two commands of the README, and the slow ones beside them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
FOUNDRY := $(CURDIR)/contracts/node_modules/@foundry-rs
export PATH := $(FOUNDRY)/forge-linux-amd64/bin:$(FOUNDRY)/anvil-linux-amd64/bin:$(FOUNDRY)/cast-linux-amd64/bin:$(PATH)

.PHONY: help demo test

help:
	@echo "make demo   run the main job: a lending token steered by a model, end to end"
	@echo "make test   all tests, Rust and Solidity"

demo:
	cargo run --release --quiet -p mandate-cli -- demo

contracts/node_modules: contracts/package-lock.json
	cd contracts && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test: contracts/node_modules
	cargo test --workspace
	cd contracts && forge test
