# Every task of this repository. It needs only make and Python 3.11 or later with venv; `make` alone lists the tasks.

VENV        ?= .venv
PYTEST_ARGS ?=
# Another openai than the pinned one, in an environment of its own: make test VENV=.venv-openai2 OPENAI='openai>=2.20,<3'
OPENAI      ?=
EXTRAS      ?= all
# What litellm, which goes with openai 2 only, wants older than it is pinned.
UNPINNED    := openai|filelock|huggingface-hub

BIN   := $(VENV)/bin
UV    := $(BIN)/uv
READY := $(VENV)/.ready
PINS  := requirements-dev.txt

# The first Python on the path that is new enough: many machines keep an older one as python3.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && echo "$$p" && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo test test-uvloop test-openai2 live check lint types layers format tables planted bench pins

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(READY) ## show streamkit at work, without a key
	@$(BIN)/streamkit demo

# Bytecode is written even where it is switched off: the tests start a hundred programs, and each would compile us anew.
test: $(READY) ## run the tests and doctests (PYTEST_ARGS="-k until" for some of them)
	PYTHONDONTWRITEBYTECODE= PYTHONHASHSEED=0 $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-uvloop: ## run the tests of laws, doors and faults on uvloop
	@$(MAKE) test PYTEST_ARGS='--loop uvloop tests/laws tests/doors tests/testing tests/providers/test_faults.py $(PYTEST_ARGS)'

test-openai2: ## run the tests that touch an SDK with openai 2, in its own environment
	@$(MAKE) test VENV=.venv-openai2 OPENAI='openai>=2.20,<3' EXTRAS=all,litellm PYTEST_ARGS='-m sdk $(PYTEST_ARGS)'

live: $(READY) ## ask real providers, those whose keys are set: one text, one tool, one early stop of each
	$(BIN)/python -m pytest -m live -rs tests/live $(PYTEST_ARGS)

check: lint types layers ## prove style, types and layers

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/pyright --pythonpath $(BIN)/python

layers: $(READY)
	$(BIN)/lint-imports --no-logo

format: $(READY) ## mend what ruff can mend by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

tables: $(READY) ## write the tables of docs/ that are made of the code
	$(BIN)/python -m tests.tables

planted: $(READY) ## plant faults in a copy and show that `make check` finds each
	$(BIN)/python tests/planted.py

bench: $(READY) ## run the benchmarks
	@if [ -f benchmarks/__main__.py ]; then $(BIN)/python -m benchmarks; \
	else echo "Nothing to measure yet: the benchmarks come with the first complete call."; fi

pins: $(UV) ## renew the versions that development is pinned to
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --extra all --group dev \
		--custom-compile-command "make pins" --output-file $(PINS) pyproject.toml

$(UV):
	@[ -n "$(PYTHON)" ] || { echo "streamkit needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'

# The environment: remade when what it is made of changes, else one comparison of dates.
$(READY): pyproject.toml $(PINS) | $(UV)
ifeq ($(OPENAI),)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python $(PINS)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
else
	@grep -Ev '^($(UNPINNED))==' $(PINS) > $(VENV)/other-pins.txt
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --constraints $(VENV)/other-pins.txt \
		--editable '.[$(EXTRAS)]' --group dev '$(OPENAI)'
endif
	@$(UV) pip check --quiet --python $(BIN)/python || { echo "$(PINS) does not suit pyproject.toml: make pins"; exit 1; }
	@touch $@
