# Two commands do everything on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
INSTALL = $(UV) pip install --quiet --python $(BIN)/python
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
endif

.PHONY: run test fuzz check bench chaos gallery second-opinion install lock format clean

run: install
	@$(BIN)/jianbao run

install: .venv/run

test: .venv/dev
	$(BIN)/python -m pytest

# The same tests with examples never tried before; what fails is printed with its example.
fuzz: .venv/dev
	$(BIN)/python -m pytest --hypothesis-profile=fresh

# What a change must pass besides its tests.
check: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry .
	$(BIN)/vulture

bench: .venv/dev
	$(BIN)/python -m bench

# The long proofs: kills, power cuts, floods. The last line is the summary.
chaos: .venv/dev
	$(BIN)/python -m tests.chaos

# The bot against other people's Slack and Telegram, where they can be had; not part of `make test`.
second-opinion: .venv/dev
	$(BIN)/python -m tests.second_opinion

# Pages of what a subscriber sees, docs/gallery; a test compares them.
gallery: .venv/dev
	$(BIN)/python -m tests.gallery

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Hashes pin every file; no index is named, so any mirror serves.
lock: .venv/dev
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra build --extra charts pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --extra build --extra charts --extra extract --extra dev pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 tests/second_opinion/requirements.in -o tests/second_opinion/requirements.txt

clean:
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit("Jianbao needs Python 3.11 or newer; set PYTHON=python3.x" if sys.version_info < (3, 11) else 0)'
ifdef UV
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) .venv
else
	@$(PYTHON) -m venv .venv
endif
	@touch $@

.venv/run: .venv/made requirements.txt pyproject.toml
	@echo "Installing Jianbao's environment into .venv ..." >&2
	@$(INSTALL) --require-hashes -r requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q bot handlers store || true
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@echo "Installing the development tools into .venv ..." >&2
	@$(INSTALL) --require-hashes -r requirements-dev.txt
	@touch $@
