# make demo    set up, then the main job: rival launches compared
# make test    set up, then every test (the long ones: make test-long; statistical ones under 30 fresh seeds: make test-luck)
# make check   format, lint, types and tests: what a commit must pass
# make docs    the site, into build/site
# make bench   the spread kernels against every peer that pip finds, and against the memory; into build/bench
#              (quick: dandelion bench --quick; the other kernels' timings: make bench-kernels)
#
# Everything lives in .venv in this folder. Set-up runs again only when
# pyproject.toml or constraints.txt changed. PYTHON=... chooses the interpreter.

VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PYTHON ?=
TEST_JOBS ?= 2

.PHONY: demo setup test test-long test-luck browser format lint types check docs bench bench-kernels wheel clean

demo: $(READY)
	$(BIN)/dandelion compare nokia_n8
	@echo "The same in the browser: $(BIN)/dandelion ui --browser"

setup: $(READY)

# Pinned twice: PIP_CONSTRAINT also reaches the build of this package itself.
$(READY): pyproject.toml constraints.txt
	@PYTHON="$(PYTHON)" .ci/environment $(VENV)
	@echo "Installing into $(VENV) (once; a few minutes) ..."
	@PIP_CONSTRAINT="$(CURDIR)/constraints.txt" PIP_BUILD_CONSTRAINT="$(CURDIR)/constraints.txt" \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

browser:
	@.ci/browser

test: $(READY) browser
	$(BIN)/python -m pytest -q -n $(TEST_JOBS) --dist loadfile

test-long: $(READY) browser
	$(BIN)/python -m pytest -q -m "long or not long"

# docs/flicker.md
test-luck: $(READY)
	for seed in $$(seq 1 30); do DANDELION_TEST_SEED=$$seed HYPOTHESIS_PROFILE=fresh \
		$(BIN)/python -m pytest -q -m "luck and not long" || exit 1; done

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(READY)
	$(BIN)/mypy

check: lint types test

# strict: a dead link or a docstring that cannot be read fails
docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

# The peers are no part of the set-up (NDlib brings a GPL library); one that cannot be installed is named in the table.
bench: $(READY)
	@$(BIN)/python -c "import cynetdiff, EoN, ndlib" 2>/dev/null || PIP_CONSTRAINT="$(CURDIR)/constraints.txt" \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]" || true
	$(BIN)/dandelion bench -o build/bench

bench-kernels: $(READY)
	$(BIN)/python -m pytest -q -p no:xdist benchmarks --benchmark-sort=name

wheel: $(READY)
	PIP_CONSTRAINT="$(CURDIR)/constraints.txt" $(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
