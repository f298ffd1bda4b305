# Two commands do all the set-up: `make run` (the main job) and `make test`. Both are safe to repeat.
# ARGS goes to what a target starts: make run ARGS="--no-drill", make test ARGS="-k cluster".

ARGS ?=
SHELL := /bin/bash
BIN := .venv/bin
PYTHON := $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
ifeq ($(PYTHON),)
$(error missing: Python 3.11 or newer; run `apt-get install -y python3` as root)
endif

# Two processes; a file stays whole, and the long ones, which come first, are not left for the end.
TWO := -n 2 --dist loadfile --no-loadscope-reorder

export PYTHONPATH =

.PHONY: help run test lint prove screenshots deskload setup lock clean

help: ## these lines
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

run: ## the service, a city and a drill: prints the address of the live page
	@$(PYTHON) -m api.provision run
	@exec $(BIN)/yct run $(ARGS)

test: lint ## everything but the slow proofs: lint, types, tests on a real PostGIS, headless Chromium
	@$(PYTHON) -m api.provision test
	@$(BIN)/python -m pytest -q $(TWO) -m "not slow" $(ARGS)

lint: ## ruff and mypy --strict
	@$(PYTHON) -m api.provision lint
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy --no-error-summary

prove: ## the slow proofs: soak, crash, scale; every property with ten times the examples
	@$(PYTHON) -m api.provision test
	@$(BIN)/python -m pytest -q -m slow $(ARGS)
	@$(BIN)/python -m pytest -q $(TWO) --hypothesis-profile=thorough tests/unit

screenshots: ## docs/images, drawn from a running service
	@$(PYTHON) -m api.provision test
	@$(BIN)/python -m tests.browser.screenshots $(ARGS)

deskload: ## the desk with 3,000 units moving at 1 Hz: frames, main thread, memory, first paint
	@$(PYTHON) -m api.provision test
	@$(BIN)/python -m tests.browser.desk_load $(ARGS)

setup: ## what `make run` sets up, without running
	@$(PYTHON) -m api.provision run

lock: ## every lock file anew; ARGS=--upgrade takes newer versions
	@$(PYTHON) -m api.provision.lock $(ARGS)

clean: ## stop the private databases and remove all that was made here
	@if [ -x $(BIN)/yct ]; then $(BIN)/yct db stop --all || true; fi
	@rm -rf .venv node_modules var .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
