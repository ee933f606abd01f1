# Two commands matter: `make demo` and `make test`. Each does all the set-up it needs by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export MIMAMORI_HOME ?= $(CURDIR)/.mimamori

.DEFAULT_GOAL := help
.PHONY: help demo test test-long lint format bench lock clean

help:
	@echo "make demo        set up, feed the sample posts, open the desk and the report form (ONCE=1: stop after the print)"
	@echo "make test        set up and run every check"
	@echo "make test-long   the slow proofs"
	@echo "make lint        formatting, types, import rules"
	@echo "make bench       measurements"
	@echo "make lock        write the hashed requirement files again"
	@echo "make clean       remove what the above made (asks nothing, keeps no state of the demo)"

demo: $(VENV)/.run
	$(BIN)/mimamori demo $(if $(ONCE),--once)

test: $(VENV)/.test
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check

test-long: $(VENV)/.test
	$(BIN)/pytest -m long --timeout 3600

lint: $(VENV)/.test
	PATH="$(CURDIR)/$(BIN):$$PATH" scripts/check --no-tests

format: $(VENV)/.test
	$(BIN)/ruff check --fix . && $(BIN)/ruff format .

bench: $(VENV)/.test
	$(BIN)/python -m bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV) \
	  || { echo "This Python has no venv module; on Debian and Ubuntu: apt install python3-venv"; exit 2; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run scripts/install-browser
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	scripts/install-browser
	touch $@

lock:
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  pyproject.toml --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 \
	  --constraint requirements/run.txt pyproject.toml --extra train --group test --output-file requirements/test.txt

clean:
	rm -rf $(VENV) .mimamori .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
