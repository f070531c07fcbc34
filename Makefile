# Two commands on a fresh machine: `make demo` and `make test`. The rest is here for those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help demo test lint format tools corpora bench lock docs pictures clean

help: ## Say what the targets do
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | column -t -s "$$(printf '\t')"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# The package itself is installed in place, so that an edit needs no reinstallation; and compiled, as an installer would.
$(VENV)/.runtime: requirements.lock requirements-build.lock pyproject.toml | $(VENV)/bin/python
	$(PIP) -r requirements.lock -r requirements-build.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q gitops_action
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.runtime ## Check a sample change and print the comment as it would be posted
	@$(BIN)/python examples/demo.py

test: $(VENV)/.dev ## Get what the tests need, then run all of them
	@$(BIN)/python -m tests.prepare
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup; status=$$?; \
		$(BIN)/python -m tests.container.images.build --stop; exit $$status

lint: $(VENV)/.dev ## Style, types, import contracts, workflows, Dockerfile, schemas
	@$(BIN)/python -m tests.lint

format: $(VENV)/.dev ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

tools: ## Build the pinned Go tools into the cache
	@$(PYTHON) tools/build.py

corpora: ## Clone the public repositories that tests and benchmarks read
	@$(PYTHON) tests/corpora/fetch.py

bench: $(VENV)/.dev ## Measure ours beside the peers and print the ratios
	@$(BIN)/python -m benchmarks

docs: $(VENV)/.dev ## Write the generated parts of README and docs again
	@$(BIN)/python -m docs.generate

pictures: $(VENV)/.dev ## Draw README's pictures again (needs Chromium)
	@$(BIN)/python -m docs.pictures

lock: | $(VENV)/bin/python ## Resolve and lock the dependencies again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra kubectl pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra kubectl --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	echo hatchling==1.33.0 | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header - -o requirements-build.lock

clean: ## Remove what the targets above left in this folder
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache gitops-report*
