# Every command a developer needs. `make` alone prints them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help setup build release run test check faults planted-faults bench check-recordings clean

# An import that Package.swift does not declare is an error, on incremental builds too: it keeps plugins behind the kernel's API.
SWIFT_BUILD := swift build --explicit-target-dependency-import-check error
PORT ?= 8080
SIM_PORT ?= 8090
FEED ?= simulated
export PORT SIM_PORT FEED

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing to build, run and test (apt; elsewhere it says what to install)
	@scripts/setup

build: setup ## build everything, for debugging
	$(SWIFT_BUILD)

release: setup ## build .build/release/battlescope and .build/release/eve-simulator
	$(SWIFT_BUILD) -c release --product battlescope
	$(SWIFT_BUILD) -c release --product eve-simulator

run: release ## run against a simulated New Eden; FEED=live for the real one; PORT=8080 SIM_PORT=8090 BATTLESCOPE_DATA_DIR=...
	@scripts/run

test: setup ## everything that must pass: build, Swift tests, command line tests, make check
	@scripts/test

check: setup ## style, scripts, Dockerfile, compose file, generated files
	@scripts/check

faults: release ## kill battlescope 20 times and PostgreSQL 5 times during a replay with all faults, and compare; KILLMAILS=FILE
	@scripts/faults

planted-faults: setup ## plant faults in the code and see that a test fails for each (slow)
	@scripts/planted-faults

check-recordings: ## check recorded killmails in a folder: make check-recordings DATA=DIR
	@scripts/check-recordings "$(DATA)"

bench: setup ## measure against Node, psql and pgbench; DATA=DIR REPEATS=5 (docs/benchmarks.md; ten minutes)
	@scripts/bench

clean: ## remove what the build made
	rm -rf .build Benchmarks/.build
