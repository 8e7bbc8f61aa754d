# `make` lists the targets. The environment is made on first use and again when the pins change.
PYTHON ?= python3
SETTINGS ?= glengarry.toml
BIN := .venv/bin
MADE := .venv/.made
BENCHES := $(patsubst %.py,%,$(filter-out bench/_%,$(wildcard bench/*.py)))

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format train serve bench pins clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(MADE) ## the environment in .venv, from the pins (PYTHON=python3)

# uv installs in seconds what takes pip more than a minute. It does not read pip's settings, so where packages come
# from a mirror that only pip knows, pip does the same work. --no-deps: the pins are complete, nothing is resolved anew.
$(MADE): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, '$(PYTHON)' is $$($(PYTHON) --version 2>&1): make $(MAKECMDGOALS) PYTHON=python3.x" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --requirement requirements.txt || \
		$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(MADE) ## a simulated company: train on its history, score its leads, serve them
	$(BIN)/glengarry demo

# One OpenMP thread each: two test processes with two threads each would fight over two cores.
test: $(MADE) ## all tests and doctests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadscope

check: $(MADE) ## format (only compare where CI=true), lint, types
	$(BIN)/ruff format $(if $(filter true,$(CI)),--check)
	$(BIN)/ruff check
	$(BIN)/mypy

format: $(MADE) ## format, and mend what the linter can mend
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

train: $(MADE) ## learn from the history that SETTINGS=glengarry.toml names
	$(BIN)/glengarry train --settings $(SETTINGS)

serve: $(MADE) ## answer with the champion that SETTINGS=glengarry.toml names
	$(BIN)/glengarry serve --settings $(SETTINGS)

bench: $(MADE) ## every measurement in bench/, one after the other
	@for bench in $(BENCHES); do echo "== $$bench"; $(BIN)/python -m $$(echo $$bench | tr / .) || exit 1; done

pins: $(MADE) ## requirements.txt, compiled anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --extra traces \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins" \
		pyproject.toml --output-file requirements.txt

# var/ holds models and scores, .venv a minute of somebody's time: neither is rubbish.
clean: ## remove caches and build products
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find features models training serving tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
