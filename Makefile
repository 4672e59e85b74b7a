# One command each; every target makes the set-up in .venv first. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
SCRIPTS := docs/theme/js src/script tests/explorers tests/builder tests/emitted
export DENO_NO_UPDATE_CHECK := 1
export NO_MKDOCS_2_WARNING := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export TEST_ALL

.DEFAULT_GOAL := help
.PHONY: help setup serve build test test-all check snapshots lint format bench properdocs status clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## install everything into .venv, pinned

serve: $(READY) ## build the site, serve it at http://127.0.0.1:8000, rebuild on every change
	$(BIN)/mkdocs serve

build: $(READY) ## build the site into site/, any warning is an error
	$(BIN)/mkdocs build --strict

test: $(READY) ## run every test: programs, pages, proofs, the runner, the site in a browser
	$(BIN)/docrun check
	$(BIN)/mkdocs build --strict --quiet  # what the browser tests of both processes would otherwise make twice
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-all: $(READY) ## the tests, all notebooks, all that the builder can print, and two hundred sequences of edits
	$(MAKE) test TEST_ALL=1

check: $(READY) ## run every program that a page shows; list all faults
	$(BIN)/docrun check

snapshots: $(READY) ## accept what the programs print now; look at the diff before you commit it
	$(BIN)/python -m pytest tests/test_snapshots.py --snapshot-update

lint: $(READY) ## ruff and mypy; deno for the scripts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/deno lint --quiet
	$(BIN)/deno fmt --quiet --check
	$(BIN)/deno check --quiet $(SCRIPTS)

format: $(READY) ## let ruff and deno format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/deno fmt --quiet

bench: $(READY) ## measure build times against mkdocs-jupyter and markdown-exec, optimizer steps, pages on a phone, and frames (about 30 minutes)
	$(BIN)/python tests/bench/whole_site.py
	$(BIN)/python tests/bench/bench.py
	$(BIN)/python tests/bench/optimizers.py
	$(BIN)/python tests/bench/frames.py
	$(BIN)/python tests/bench/phone.py

properdocs: $(READY) ## build the site under MkDocs and under ProperDocs, which continues it; all files must be the same
	$(BIN)/python -m pip install --quiet --no-deps --upgrade --target .cache/properdocs properdocs==1.6.7
	$(BIN)/python tests/hosts/same_site.py .cache/properdocs

status: $(READY) ## tell of every program whether it is cached, and how long it took
	$(BIN)/docrun status

clean: ## remove the built site and every cache
	rm -rf site .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || { echo "making the environment .venv"; $(PYTHON) -m venv .venv; }
	@echo "installing $$(grep -c == requirements.txt) packages into .venv, torch among them: a minute or several"
	@$(BIN)/python -m pip install --quiet --progress-bar on --requirement requirements.txt
	@echo "installing the project itself"
	@$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@
