# Two commands on a fresh machine: `make demo` and `make test`. Both need python3 and make alone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 3

CHECK_PYTHON = $(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	"pyforeman needs Python 3.11 or later; name one: make PYTHON=python3.12 ...")'

.PHONY: demo demo-orders test test-engines lint format bench guard faults chaos picture rules clean

demo: $(VENV)/.installed
	@$(BIN)/pyforeman start -f Procfile.example -e .env.example all=1 web=2 || test $$? -eq 130

# The examples' programs are found on PATH, as in any project.
demo-orders: $(VENV)/.installed-orders
	@PATH="$(abspath $(BIN)):$$PATH" pyforeman start -f examples/orders/Procfile --release all=1 web=2 \
		-t worker=10,worker_slow=10 || test $$? -eq 130

# Nearly all tests wait for processes, so three at a time on two cores. FLAGS=tests/unit runs some, WORKERS=0 one by one.
test: $(VENV)/.installed-dev
	$(BIN)/pytest -n $(WORKERS) --dist loadfile $(FLAGS)

# As root, with a network to Debian's packages: systemd as pid 1, Docker and Podman, each in a sandbox of its own.
test-engines: $(VENV)/.installed-dev
	$(BIN)/pytest tests/engines -rs $(FLAGS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.bench $(FLAGS)

# A minute: fails when pyforeman has become slower, larger or louder.
guard: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.guard

# Random formations of nasty children under random signals; a release needs ROUNDS=1000.
chaos: $(VENV)/.installed-dev
	$(BIN)/python faults/chaos.py $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

# ONLY='ends.*' runs some of them; FLAGS=--list names them.
faults: $(VENV)/.installed-dev
	$(BIN)/python faults/faults.py $(if $(ONLY),--only '$(ONLY)') $(FLAGS)

picture: $(VENV)/.installed-dev
	$(BIN)/python docs/picture/picture.py

rules: $(VENV)/.installed-dev
	$(BIN)/python docs/rules.py

# Editable, so that a change is seen at once; installed anew when the dependencies may have changed.
$(VENV)/.installed: pyproject.toml
	@$(CHECK_PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml
	@$(CHECK_PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@ $(VENV)/.installed $(VENV)/.installed-orders

$(VENV)/.installed-orders: $(VENV)/.installed examples/orders/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement examples/orders/requirements.txt
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
