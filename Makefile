# Two commands for everybody: `make demo` and `make test`. The rest is for developers.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: help demo test setup check docs page page-figures load benchmark faults audit-acceptance proofs

help:
	@echo "make demo    simulate, train, audit, and open a report (8 minutes at most)"
	@echo "make test    run the tests"
	@echo "make check   format, lint, types, import contract, tests, docs: what CI runs"
	@echo "make setup   make .venv with everything a developer needs"
	@echo "make docs    build the documentation with its executed gallery"
	@echo "make page    build the dashboard from web/ (needs Node; users do not)"
	@echo "make benchmark, load, page-figures, faults, audit-acceptance, proofs: figures, printed last; non-zero when out of bounds"

setup:
	@$(PYTHON) scripts/set_up.py dev

demo:
	@$(PYTHON) scripts/set_up.py demo
	@$(BIN)/seismomag demo $(ARGS)

test:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check:
	@$(PYTHON) scripts/set_up.py dev
	@scripts/check

docs:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

page:
	@npm --prefix web ci --no-audit --no-fund
	@npm --prefix web run build

page-figures:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python benchmarks/page.py $(ARGS)

load:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python benchmarks/load.py $(ARGS)

faults:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python scripts/faults/run_all.py $(ARGS)

benchmark:
	@$(PYTHON) scripts/set_up.py dev
	@$(BIN)/python -m pip install -q -c constraints.txt -e '.[bench]'
	@$(BIN)/python benchmarks/run_all.py $(ARGS)

audit-acceptance:
	@$(PYTHON) scripts/set_up.py dev
	@OMP_NUM_THREADS=1 $(BIN)/python scripts/audit_acceptance.py $(ARGS)

proofs:
	@$(PYTHON) scripts/set_up.py dev
	@OMP_NUM_THREADS=1 $(BIN)/python scripts/proofs/run_all.py $(ARGS)
