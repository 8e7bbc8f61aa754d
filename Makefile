# `make` lists the targets. The environment is made on first use and again when the pins change.
PYTHON ?= python3
SETTINGS ?= glengarry.toml
# `make test PYTHON=python3.13` leaves .venv as it is: another Python has an environment of its own.
VENV := $(if $(and $(filter test nightly,$(MAKECMDGOALS)),$(filter command,$(firstword $(origin PYTHON)))),.venv-$(notdir $(PYTHON)),.venv)
BIN := $(VENV)/bin
MADE := $(VENV)/.made
BENCHES := $(patsubst %.py,%,$(filter-out bench/_%,$(wildcard bench/*.py)))

.DEFAULT_GOAL := help
.PHONY: help setup demo test nightly lowest check format train serve bench mutants map golden pins sbom vulnerabilities clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(MADE) ## the environment in .venv, from the pins (PYTHON=python3)

# uv installs in seconds what takes pip more than a minute. It does not read pip's settings, so where packages come
# from a mirror that only pip knows, pip does the same work. --no-deps: the pins are complete, nothing is resolved anew.
$(MADE): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, '$(PYTHON)' is $$($(PYTHON) --version 2>&1): make $(MAKECMDGOALS) PYTHON=python3.x" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.txt uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --requirement requirements.txt || \
		$(BIN)/python -m pip install --quiet --no-deps --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(MADE) ## a simulated company: train on its history, score its leads, serve them
	$(BIN)/glengarry demo

# One thread and one process each: two test processes with two of their own would fight over two cores.
# Compiled code is kept, even where the environment says otherwise: hundreds of processes import the same.
# Modules come in the order of their folders, so that short doctests are left for whoever is ready first.
PYTEST := env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 LOKY_MAX_CPU_COUNT=1 $(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test: $(MADE) ## all tests and doctests but those of the night; PYTHON=python3.13 for another Python
	$(PYTEST)

nightly: $(MADE) ## the tests that take longer than a developer waits
	$(PYTEST) -m nightly

lowest: $(MADE) ## tests that reach every library, by the lowest versions that pyproject.toml allows
	.ci/versions lowest

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

mutants: $(MADE) ## lines changed one at a time in the modules that matter: what no test notices (SAMPLE=20 of each part)
	OMP_NUM_THREADS=1 $(BIN)/python -m bench.mutants --sample $(or $(SAMPLE),20)

map: $(MADE) ## the packages as rooms, floors and arrows, by their imports; pictures in var/map
	$(BIN)/python -m bench.map

golden: $(MADE) ## a tiny champion, its store and its answers as text: what every later version must answer alike
	$(BIN)/python -m tests.golden.make

pins: $(MADE) ## both files of pins, compiled anew from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --extra dev --extra traces --extra mcp \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins" \
		pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --group pyproject.toml:serve \
		--constraint requirements.txt --no-emit-index-url --no-emit-find-links --custom-compile-command "make pins" \
		--output-file requirements-serve.txt

# Tools that look at the environment from outside, in one of their own: in ours they would be part of what they list.
TOOLS := .venv-tools
$(TOOLS)/.made:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "cyclonedx-bom>=7.5,<8" "pip-audit>=2.10,<3" "pip-licenses>=5.5,<6"
	@touch $@

sbom: $(MADE) $(TOOLS)/.made ## what the environment holds: var/sbom.json (CycloneDX), and the licences in docs/reference/licences.md
	@mkdir -p var
	$(TOOLS)/bin/cyclonedx-py environment $(BIN)/python --pyproject pyproject.toml --output-reproducible --output-format JSON --output-file var/sbom.json
	@{ printf '# Licences of what is installed\n\nWritten by `make sbom` from the pins; what `glengarry serve` alone needs is a part of it.\n\n'; \
		$(TOOLS)/bin/pip-licenses --python $(BIN)/python --format markdown --ignore-packages glengarry; } > docs/reference/licences.md

vulnerabilities: $(TOOLS)/.made ## known vulnerabilities of the pins, asked of PyPI's list: needs the network
	$(TOOLS)/bin/pip-audit --no-deps --disable-pip --requirement requirements.txt

# var/ holds models and scores, .venv a minute of somebody's time: neither is rubbish.
clean: ## remove caches and build products
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find features models training serving tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
