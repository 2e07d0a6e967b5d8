# What a newcomer, a developer and CI type; `make help` lists it. Python 3.11+ and make suffice.

# Any of 3.11 to 3.13: make setup PYTHON=python3.12
PYTHON ?= python3
# Added to the command behind the target: make demo ARGS='--customers 2000'
ARGS ?=
# pytest processes; 1 is easier to debug.
WORKERS ?= 2
UV := 0.13.9
BIN := .venv/bin
EDITABLE := --no-deps --no-build-isolation --editable .
# Each module is compiled where it is first imported, and kept: of the 12,000 that are installed
# a demo imports a quarter. Where the environment forbids to keep them, every command compiles anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long lint lint-python lint-sql lock bench clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.installed ## install what requirements.lock names into .venv, unless that is done

# One lock for running and developing: without the developer's tools (31 of 168 packages) an
# installation from a warm cache is a few seconds shorter, which two locks are not worth.
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit( \
	    "$(PYTHON) is Python %d.%d, and cx needs 3.11, 3.12 or 3.13; name one of them: " \
	    "make setup PYTHON=python3.12" % sys.version_info[:2])'
	@echo 'Installing into .venv: seconds from a warm package cache, minutes the first time.'
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV) \
	    && $(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.lock \
	    && $(BIN)/uv pip install --quiet --python $(BIN)/python $(EDITABLE) \
	    || { echo 'uv could not install the packages (see above): pip tries, which is slower.' >&2; \
	        $(BIN)/python -m pip install --disable-pip-version-check -r requirements.lock \
	        && $(BIN)/python -m pip install --quiet --disable-pip-version-check $(EDITABLE); }
	@touch $@

demo: setup ## make up a company, refresh, say where the dashboards are
	$(BIN)/cx demo $(ARGS)

test: lint ## everything that must hold before a merge
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-long: setup ## the same tests and those that take minutes
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m '' $(ARGS)

lint: lint-python lint-sql ## style, types, import directions, SQL layout

lint-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lint-sql: setup
	$(BIN)/sqlfluff lint --processes 2 dbt_project

lock: setup ## pin again after a change of pyproject.toml (ARGS=--upgrade: newest versions)
	$(BIN)/uv pip compile --universal --python-version 3.11 --extra dev pyproject.toml \
	    --output-file requirements.lock $(ARGS)

bench: setup ## seconds, rows per second and memory of a refresh (ARGS='--events 1e6 1e7')
	$(BIN)/python benchmarks/refresh.py $(ARGS)

clean: ## remove .venv and every tool's cache; .cx (your data) stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info \
	    build dbt_project/target dbt_project/logs
	find . -name __pycache__ -not -path './.cx/*' -prune -exec rm -rf {} +
