# What can be done with a checkout? `make help` says.
# Everything happens in .venv; stamps make a second run fast. PYTHON chooses the interpreter, REPO what `run` shows.

PYTHON ?= python3
REPO ?= .
PYTEST_ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
MADE := $(VENV)/.made
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.installed-for-tests

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test clean

help:
	@echo "make run     install into .venv, index REPO (default: this checkout) and ask the three tools about it"
	@echo "make test    install into .venv what the tests need, run them all (PYTEST_ARGS for pytest)"
	@echo "make clean   remove .venv and every cache of this checkout"

run: $(INSTALLED)
	$(BIN)/python examples/tour.py "$(REPO)"

test: $(TESTED)
	$(BIN)/python -m pytest -n auto --dist loadfile $(PYTEST_ARGS)

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find mcp_server stores tests examples benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "tristore needs Python 3.11 or newer; name one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -qq --upgrade 'pip>=25.1'
	@touch $@

$(INSTALLED): pyproject.toml | $(MADE)
	@echo "installing tristore into $(VENV); the first time this takes a minute or two"
	$(BIN)/python -m pip install -qq -e .
	@touch $@

# torch first and by itself, so that its version is decided by the constraint and not by what needs it.
$(TESTED): pyproject.toml tests/constraints.txt | $(MADE)
	@echo "installing tristore and what its tests need into $(VENV); torch is large, the first time takes minutes"
	$(BIN)/python -m pip install -qq -c tests/constraints.txt torch
	$(BIN)/python -m pip install -qq -c tests/constraints.txt -e '.[sentence-transformers]' --group test
	@touch $(INSTALLED) $@
