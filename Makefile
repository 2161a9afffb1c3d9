# Needs Python 3.11 or newer and make; everything else is installed into .venv from the hashed lock files.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 4222
ONLY ?=
QUICK ?=
SAMPLE ?=
SEED ?=
OVER ?=
STORE ?= sqlite
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
SOURCES := services shared deploy
COMPILED := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q -j 0
# Three at a time on two cores, because a test that waits for a server leaves its core to another.
WORKERS ?= 3

.PHONY: help install run up test test-fast lint format contracts bench compose faults faults-long incidents mutants lock clean

help: ## Show what can be made
	@echo "Fabriques: an event-driven grant programme. Targets:"
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## Set up .venv from the lock file; done once, then instant
	@:

run: install ## Play the whole programme, from the first submission to the third tranche, and show what happened
	@$(BIN)/fabriques run

up: install ## Keep the platform running, with its pages on http://127.0.0.1:8080 (PORT=4222); Ctrl-C stops it
	@$(BIN)/fabriques up --port $(PORT)

test: $(VENV)/developed ## Run the tests (STORE=postgres: on PostgreSQL)
	@FABRIQUES_TEST_STORE=$(STORE) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

test-fast: $(VENV)/developed ## Run the rings that need no server: rules, contracts, architecture
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/rules tests/contracts tests/architecture

lint: $(VENV)/developed ## Check style, types and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/developed ## Put the code in its usual shape
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

contracts: $(VENV)/developed ## Write the JSON Schemas and the AsyncAPI document again from the code
	@$(BIN)/python -m deploy.contracts

bench: $(VENV)/developed ## Measure the speed on this machine, in half an hour (ONLY=latency for one of them, QUICK=1)
	@$(BIN)/python -m tests.bench $(addprefix --only ,$(ONLY)) $(if $(QUICK),--quick)

compose: $(VENV)/developed ## Bring the containers up, kill each once while a file becomes a payment (needs Docker; OVER=… for one more file)
	@$(BIN)/python -m tests.containers $(addprefix --over ,$(OVER))

faults: $(VENV)/developed ## Break the platform on purpose for ten minutes; nothing may be lost or done twice
	@$(BIN)/python -m tests.faults --short

faults-long: $(VENV)/developed ## The same for as long as it takes to believe it (an hour)
	@$(BIN)/python -m tests.faults --long

incidents: $(VENV)/developed ## Seed each incident that operators must notice, and tell what noticed it, after how long (fifteen minutes; ONLY=season)
	@$(BIN)/python -m tests.incidents $(addprefix --only ,$(ONLY))

mutants: $(VENV)/mutated ## Plant small faults in the rules, one by one: the fast tests must see them (long; ONLY=services/funding/domain/money, SAMPLE=300)
	@$(BIN)/python -m tests.mutants $(ONLY) $(if $(TESTS),--tests $(TESTS)) $(if $(SAMPLE),--sample $(SAMPLE)) $(if $(SEED),--seed $(SEED))

lock: ## Resolve the dependencies again into deploy/lock (needs uv)
	@UV="$(UV)" PYTHON="$(PYTHON)" deploy/lock/resolve

clean: ## Remove what was built and what was played; the locks and the sources stay
	@rm -rf $(VENV) var build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find $(SOURCES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/installed: deploy/lock/runtime.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "venv is missing: on Debian and Ubuntu, apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV) …"
	@$(PIP) --require-hashes --no-compile -r deploy/lock/runtime.txt
	@$(PIP) --no-build-isolation --no-deps -e .
	@$(COMPILED) $(VENV)/lib $(SOURCES) || true
	@touch $@

$(VENV)/developed: $(VENV)/installed deploy/lock/develop.txt
	@echo "Installing what the tests need …"
	@$(PIP) --require-hashes --no-compile -r deploy/lock/develop.txt
	@$(COMPILED) $(VENV)/lib || true
	@touch $@

$(VENV)/mutated: $(VENV)/developed deploy/lock/mutants.txt
	@$(PIP) --require-hashes --no-compile -r deploy/lock/mutants.txt
	@touch $@
