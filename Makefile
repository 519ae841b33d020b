# Everything that a fresh clone needs: a machine with Python 3.11 (or newer) and make.
# Each target sets up what it uses, in .venv and .cache, and a second run costs nothing.

# The first Python of 3.11 or newer that can make a virtual environment; name another with PYTHON=…
GOOD := -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p $(GOOD) && echo $$p && break; done)
UV_VERSION := 0.13.9
# pytest's worker processes; each has a PostgreSQL of its own
WORKERS ?= 2
# more words for pytest: make test PYTEST="-k feed"
PYTEST ?=

# uv trusts the certificates that this machine trusts, a company's own among them, where it has any
ifneq ($(wildcard /etc/ssl/certs/*.crt /etc/ssl/cert.pem /etc/pki/tls/certs/*.crt),)
export UV_SYSTEM_CERTS ?= 1
endif

BIN := .venv/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --compile-bytecode --python $(BIN)/python
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

.PHONY: help
help: ## say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1\t/' | expand -t 14

.PHONY: demo
demo: .venv/.core ## merge the four channels of a small company and show the result
	@$(BIN)/throughline demo --dir demo

.PHONY: test
test: .venv/.dev .cache/servers ## run the tests, on real servers, in at most 15 minutes
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

.PHONY: soak
soak: .venv/.dev .cache/servers ## run the long tests: hundreds of kills and of histories, large sizes
	@$(BIN)/python -m pytest -m soak --timeout 7200 $(PYTEST)

.PHONY: lint
lint: .venv/.dev ## ruff, mypy strict, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.PHONY: bench
bench: .venv/.core ## measure speed, memory and identity beside other tools (about half an hour)
	@$(BIN)/python bench/run.py

.PHONY: airflow
airflow: .venv/.dev ## start Airflow with the demo home; Ctrl-C stops it
	@$(BIN)/throughline demo --dir demo --quiet
	@$(BIN)/python -m throughline.airflow.standalone --home demo/home --dir airflow-home

.PHONY: lock
lock: .venv/.uv ## choose the versions of all dependencies anew, within pyproject.toml
	@$(UV) pip compile pyproject.toml --extra airflow --group dev $(COMPILE) -o requirements-dev.lock
	@$(UV) pip compile pyproject.toml --group build -c requirements-dev.lock $(COMPILE) -o requirements.lock
	@$(UV) pip compile tests/servers/tryton.in $(COMPILE) -o tests/servers/tryton.lock
COMPILE = --upgrade --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --custom-compile-command "make lock"

.PHONY: clean
clean: ## remove all that make made: .venv, caches, the demo, Airflow's home
	@if [ -e demo/home ] && [ -x $(BIN)/throughline ]; then \
		$(BIN)/throughline --home demo/home store stop || true; fi
	@rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@rm -rf demo airflow-home build dist bench/.env bench/out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how it is set up: each stamp is newer than what it was made from ---

.venv/.uv: Makefile
	@if ! $(PYTHON) $(GOOD); then echo "make needs Python 3.11 or newer with its venv module;" \
		"on Debian: apt-get install python3-venv; without root's rights," \
		"name a Python of your own: make PYTHON=/path/to/python3.13 ..." >&2; exit 2; fi
	@[ -x $(BIN)/pip ] || $(PYTHON) -m venv --clear .venv # pip comes last: without it, half of one
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

# What the engine needs to run, and nothing else: quick.
.venv/.core: .venv/.uv requirements.lock pyproject.toml
	@echo "setting up .venv (a minute at most, once)" >&2
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# All of it: Airflow, the tests' tools, the linters. It agrees with the core's versions.
.venv/.dev: .venv/.core requirements-dev.lock
	@echo "setting up .venv for development (a minute or two, once)" >&2
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@

# The servers that the tests run against: Dovecot, RabbitMQ, Redis, PostgreSQL, Tryton.
.cache/servers: .venv/.uv deploy/dev/install-servers.sh tests/servers/tryton.lock
	@mkdir -p .cache
	@deploy/dev/install-servers.sh && touch $@ || [ $$? -eq 3 ] # 3: some are missing still
