PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUNTIME := var/runtime

.PHONY: demo serve test e2e bench chaos attack lint requirements clean

demo: $(VENV)/.run
	$(BIN)/tandem playground

serve: $(VENV)/.run
	$(BIN)/tandem migrate
	$(BIN)/tandem serve

test: lint
	$(BIN)/pytest -n auto --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

e2e: $(VENV)/.dev
	$(BIN)/pytest -m e2e tests/e2e

bench: $(VENV)/.dev $(RUNTIME)/.run
	$(BIN)/python -m benchmarks --python $(RUNTIME)/bin/python

chaos: $(VENV)/.dev
	$(BIN)/python -m tests.chaos.run

attack: $(VENV)/.dev
	$(BIN)/python -m tests.attack.run

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.txt pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	touch $@

# What an installation has, and nothing of what developers need: its start is measured.
$(RUNTIME)/.run: requirements.txt
	$(PYTHON) -m venv $(RUNTIME)
	$(RUNTIME)/bin/python -m pip install --quiet --require-hashes -r requirements.txt
	touch $@

# Pins everything with hashes and no index lines; needs `uv` on the PATH.
requirements:
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt

clean:
	rm -rf $(VENV) $(RUNTIME) build dist *.egg-info
