# What README names. Each target sets up what it needs; a second run is quick.

PYTHON ?= python3
# Two processes more than cores: a test spends most of its time waiting for other processes.
JOBS ?= $(shell expr $$(nproc 2>/dev/null || echo 2) + 2)
VENV := .venv
BIN := $(VENV)/bin
NODE_MODULES := tests/interop/node_modules tests/js/node_modules tests/contracts/node_modules tests/x402/node_modules \
    browser_demo/node_modules

.PHONY: demo anvil test check bench soak protos client clean
.DEFAULT_GOAL := demo

# Ctrl-C reaches make and the relay. A SIGINT to make alone would not: make then waits, with SIGINT blocked, for the relay
# to end by itself. So a watcher looks for that and passes the signal on.
demo: $(VENV)/.installed anvil
	@(while sleep 0.5; kill -0 $$$$; do \
	    if grep -q '^SigBlk:.*[2367abef]$$' /proc/$$PPID/status; then sleep 0.5; kill -INT $$$$; exit; fi; \
	done) >/dev/null 2>&1 & exec $(BIN)/relay demo $(DEMO)

# The local EVM chain. The demo goes on without it, and says so.
anvil:
	@[ -e browser_demo/node_modules/.installed ] || ! command -v npm >/dev/null || { \
	    echo "installing anvil, the local EVM chain, from npm"; \
	    npm_config_fetch_retries=0 $(MAKE) -s browser_demo/node_modules/.installed >/dev/null 2>&1; } || true

# Debian 12 has Node 18, where `crypto` must be asked for, and a Java without the javac by which pyjnius would find it.
# Where Python may not keep what it compiled, every process of the tests would compile the relay anew.
test: $(VENV)/.system $(VENV)/.installed-test $(NODE_MODULES:=/.installed)
	@case "$$(node -v)" in v18.*) export NODE_OPTIONS="$$NODE_OPTIONS --experimental-global-webcrypto";; esac; \
	if ! command -v javac && java=$$(command -v java); then \
	    export JAVA_HOME="$${JAVA_HOME:-$$(dirname "$$(dirname "$$(readlink -f "$$java")")")}"; \
	fi >/dev/null; \
	unset PYTHONDONTWRITEBYTECODE; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(TESTS)

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.installed-test $(addsuffix /.installed,tests/bench/peer/node_modules tests/x402/node_modules browser_demo/node_modules)
	$(BIN)/python -m tests.bench $(BENCH)

# `make soak SOAK="--minutes 5"` is a short one. Then clients come, pay and leave, a hundred thousand times.
soak: $(VENV)/.installed-test
	$(BIN)/python -m tests.bench.soak $(SOAK)
	$(BIN)/python -m tests.bench.rounds $(ROUNDS)

protos: $(VENV)/.installed-test
	$(BIN)/python protos/build.py

# plugins/js/dist and plugins/js/types, which are committed.
client: tests/js/node_modules/.installed
	node tests/js/build.mjs

clean:
	rm -rf $(VENV) build $(NODE_MODULES) tests/bench/peer/node_modules

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Relay needs Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tests/setup/system.sh python3-venv
	@echo "setting up $(VENV), once; about a minute"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-test: $(VENV)/bin/pip pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,check,postgresql,hedera-sdk]'
	@touch $@ $(VENV)/.installed

# Debian packages: only what is missing, and only where we may install them.
$(VENV)/.system: tests/setup/system.sh $(VENV)/bin/pip
	tests/setup/system.sh
	@touch $@

# No lock file: it would have to name binaries for platforms that not every registry has. The version is exact.
browser_demo/node_modules/.installed: browser_demo/package.json
	cd browser_demo && npm install --no-package-lock --no-audit --no-fund --loglevel=error --ignore-scripts
	@touch $@

%/node_modules/.installed: %/package.json
	cd $* && npm ci --no-audit --no-fund --loglevel=error --ignore-scripts --omit=peer
	@touch $@
