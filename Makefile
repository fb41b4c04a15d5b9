# make demo and make test are all a newcomer needs; `make help` lists the rest.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/.spark
# Another interpreter: make demo PYTHON=python3.12
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help setup browser demo test lab lint model kit lock

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

$(READY): requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh $(VENV)
	@touch $@

$(SPARK): $(READY)
	@tools/setup.sh $(VENV) spark
	@touch $@

setup: $(READY)  ## the environment in .venv; every target below does this first

browser:
	@tools/debian.sh

demo: $(READY)  ## a made-up chain, from deliveries to published monitors
	$(BIN)/das demo

test: $(READY) $(SPARK) browser  ## every test
	$(BIN)/python -m pytest --numprocesses=2 --dist=worksteal

lab: $(READY)  ## JupyterLab on the notebooks, with the lake of the demo
	DAS_LAKE="$(CURDIR)/lake" $(BIN)/jupyter lab --config=config/jupyter_server_config.py notebooks

lint: $(READY)  ## style, types, rooms and floors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

model: $(READY)  ## compile model/ after a change in it
	$(BIN)/das model build
	@home=$$(mktemp -d) && $(BIN)/das model downloads --to $$home && cp $$home/schema/shapes.md docs/shacl.md && rm -r $$home

kit: $(READY)  ## the wheel das-deliver, which a supplier installs alone, in dist/
	@$(BIN)/python tools/kit.py

lock:  ## choose versions anew and write requirements.lock
	@tools/lock.sh
