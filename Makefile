# Storecast. `make serve` runs it, `make test` tests it; both set up all they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
READY := .venv/ready

.DEFAULT_GOAL := help
.PHONY: help serve test check fmt contract bench clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  %-10s %s\n", $$1, $$2}'

serve: $(READY) ## Serve on http://127.0.0.1:8000 (PORT changes the port)
	PORT=$(PORT) $(BIN)/python -m service

test: $(READY) ## Run the whole test suite
	$(BIN)/python -m pytest -q -n auto --cov --cov-report=term
	$(BIN)/coverage report --include='pricing/*' --fail-under=100

check: $(READY) ## Lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contract: $(READY) ## Write openapi/openapi.json anew; read its diff
	$(BIN)/litestar --app service.app:create_app schema openapi --output openapi/openapi.json
	git --no-pager diff --stat -- openapi

bench: $(READY) ## Measure beside references and peers; writes tests/bench/RESULTS.md
	$(BIN)/python -m tests.bench

clean: ## Remove all that was made
	rm -rf .venv .bench build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)
