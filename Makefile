# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

NATIVE := CMakeLists.txt $(wildcard src/saiki/kernels/native/*.* src/saiki/kernels/native/vectors/*.*)

.PHONY: demo test check sanitize bench bench-vectors docs clean

demo: $(VENV)/.installed
	$(BIN)/saiki compare japanese-vowels --vary model.cell=rnn,gru,lstm \
	  --vary model.bidirectional=false,true --out runs/demo --resume

test: $(VENV)/.installed-test
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2

check: $(VENV)/.installed-test
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports

sanitize: $(VENV)/.installed-test
	$(PIP) nanobind cmake
	bash tests/kernels/sanitize.sh $(BIN)/python

bench: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks

bench-vectors: $(VENV)/.installed-bench
	$(BIN)/python -m benchmarks vectors tables

docs: $(VENV)/.installed-docs
	$(BIN)/sphinx-build -W -q docs docs/_build/html

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt $(NATIVE)
	$(PIP) --editable .
	touch $@

$(VENV)/.installed-test: $(VENV)/bin/python pyproject.toml constraints.txt $(NATIVE)
	$(PIP) --editable '.[test,check]'
	touch $(VENV)/.installed $@

$(VENV)/.installed-bench: $(VENV)/.installed-test
	$(PIP) --editable '.[bench]'
	touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) --editable '.[docs]'
	touch $@

clean:
	rm -rf $(VENV) build dist docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis
