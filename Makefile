# Every task of this repository. It needs only make and Python 3.11 or later with venv; `make` alone lists the tasks.

VENV        ?= .venv
PYTEST_ARGS ?=
BENCH_ARGS  ?=
# The oldest versions that pyproject.toml allows, in an environment of their own: make test VENV=.venv-oldest OLDEST=1
OLDEST      ?=
# All of them but litellm, which wants newer versions of the others.
OLD_EXTRAS  := aiohttp,audio,bedrock,cli,google,groq,mistral,prices,redis
# What compares our requests and errors with those of the SDKs as they are pinned; older ones send other headers.
NEWEST      := --ignore tests/tool/test_mcp.py --ignore tests/tool/mcp_server.py --ignore tests/providers/test_same_on_the_wire.py --ignore tests/providers/test_same_errors.py
# What differs between event loops, HTTP libraries and transports, the census after a thousand calls included.
DOOR_TESTS  := tests/laws tests/doors tests/testing tests/providers/test_faults.py

BIN   := $(VENV)/bin
UV    := $(BIN)/uv
READY := $(VENV)/.ready
ALONE := $(VENV)/.alone
PINS  := requirements-dev.txt

UV_WANTED := uv>=0.9,<1
PIP_ARGS  := --quiet --disable-pip-version-check

# The first Python on the path that is new enough: many machines keep an older one as python3.
NEW_ENOUGH = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && echo "$$p" && break; done)

.DEFAULT_GOAL := help
.PHONY: help demo test test-uvloop test-httpx2 test-sdk test-oldest live check lint types user-types layers format tables planted bench bench-all bench-peers pins

help: ## list these tasks
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(ALONE) ## show streamkit at work: offline, without a key; installs no development tools
	@$(BIN)/streamkit demo

# Bytecode is written even where it is switched off: the tests start a hundred programs, and each would compile us anew.
test: $(READY) ## run the tests and doctests (PYTEST_ARGS="-k until" for some of them)
	PYTHONDONTWRITEBYTECODE= PYTHONHASHSEED=0 $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

test-uvloop: ## run the tests of laws, doors and faults on uvloop
	@$(MAKE) test PYTEST_ARGS='--loop uvloop $(DOOR_TESTS) $(PYTEST_ARGS)'

test-httpx2: ## the same over httpx2, as where aiohttp is not installed
	@$(MAKE) test PYTEST_ARGS='--without aiohttp -k "not aiohttp and not litellm" $(DOOR_TESTS) $(PYTEST_ARGS)'

test-sdk: ## the same through the SDKs
	@$(MAKE) test PYTEST_ARGS='--transport sdk $(DOOR_TESTS) $(PYTEST_ARGS)'

test-oldest: ## run the tests that touch an SDK with the oldest dependencies, in their own environment
	@$(MAKE) test VENV=.venv-oldest OLDEST=1 PYTEST_ARGS='-m sdk $(NEWEST) $(PYTEST_ARGS)'

live: $(READY) ## ask real providers, those whose keys are set: one text, one tool, one early stop of each
	$(BIN)/python -m pytest -m live -rs tests/live $(PYTEST_ARGS)

check: lint types layers ## prove style, types and layers

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(READY)
	$(BIN)/pyright --pythonpath $(BIN)/python

user-types: $(READY) ## have mypy and pyright check the programs that users write
	PYTHONHASHSEED=0 $(BIN)/python -m pytest -q -n 2 --dist loadfile -m checkers tests/typing tests/call/test_provider_types.py

layers: $(READY)
	$(BIN)/lint-imports --no-logo

format: $(READY) ## mend what ruff can mend by itself
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

tables: $(READY) ## write the tables and marbles of docs/ that are made of the code, and the names of the SDKs' parameters
	$(BIN)/python -m tests.tables
	$(BIN)/python -m tests.sdk_parameters

planted: $(READY) ## plant faults in a copy and show that `make check` finds each
	$(BIN)/python tests/planted.py

bench: $(READY) ## measure calls, first text, stops, opening, live streams and memory beside their goals
	$(BIN)/python -m benchmarks $(BENCH_ARGS) calls early_stop opening live200 memory first_call

bench-all: $(READY) ## run every benchmark
	$(BIN)/python -m benchmarks $(BENCH_ARGS)

bench-peers: $(READY) ## measure other libraries too, in environments of their own, and write docs/performance.md
	$(BIN)/python -m benchmarks.peers $(BENCH_ARGS)

pins: $(UV) ## renew the versions that development is pinned to
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.11 --extra all --group dev \
		--custom-compile-command "make pins" --output-file $(PINS) pyproject.toml

# uv comes by an uv or a pip that is there: to unpack a pip into the environment takes longer than all the rest.
$(UV):
	@[ -n "$(PYTHON)" ] || { echo "streamkit needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Making an environment for $$($(PYTHON) --version) in $(VENV) …"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@echo "Getting uv, which installs packages …"
	@uv pip install --quiet --python $(BIN)/python '$(UV_WANTED)' 2>/dev/null \
		|| $(PYTHON) -m pip --python $(BIN)/python install $(PIP_ARGS) '$(UV_WANTED)' 2>/dev/null \
		|| { $(BIN)/python -m ensurepip && $(BIN)/python -m pip install $(PIP_ARGS) '$(UV_WANTED)'; }

# What `make demo` needs: streamkit and its own dependencies, in the pinned versions. The other tasks add the rest.
$(ALONE): pyproject.toml $(PINS) | $(UV)
	@echo "Installing streamkit and what it needs to run …"
	@$(UV) pip install --quiet --python $(BIN)/python --constraints $(PINS) --editable .
	@touch $@

# The environment: remade when what it is made of changes, else one comparison of dates.
$(READY): pyproject.toml $(PINS) | $(UV)
	@echo "Installing streamkit with every extra and the development tools …"
ifeq ($(OLDEST),)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python $(PINS)
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --editable .
else
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --resolution lowest-direct \
		--editable '.[$(OLD_EXTRAS)]' 'anthropic[aiohttp]' 'openai[aiohttp]'
	@$(UV) pip freeze --python $(BIN)/python | sed -n 's/==.*/==/p' >$(VENV)/old.txt
	@grep -vFf $(VENV)/old.txt $(PINS) >$(VENV)/tools.txt
	@$(UV) pip install --quiet --compile-bytecode --python $(BIN)/python --constraints $(VENV)/tools.txt --group dev
endif
	@$(UV) pip check --quiet --python $(BIN)/python || { echo "$(PINS) does not suit pyproject.toml: make pins"; exit 1; }
	@touch $@ $(ALONE)
