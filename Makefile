# Storecast. `make serve` runs it, `make test` tests it; both set up all they need.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
EXAMPLES ?= 200
CASES ?= 1000000
BIN := .venv/bin
READY := .venv/ready
CLIENTS := .venv-clients
CLIENTS_READY := $(CLIENTS)/ready
ENGINES := .venv-engines
ENGINES_READY := $(ENGINES)/ready
MODULES := tests/clients/node_modules
MODULES_READY := $(MODULES)/ready

.DEFAULT_GOAL := help
.PHONY: help serve test soak fuzz test-clients check fmt contract release bench audit sbom hashes clean

help: ## Show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | awk -F'|' '{printf "  %-12s %s\n", $$1, $$2}'

serve: $(READY) ## Serve on http://127.0.0.1:8000 (PORT changes the port)
	PORT=$(PORT) $(BIN)/python -m service

test: $(READY) ## Run the whole test suite
	$(BIN)/python -m pytest -q -n auto --cov --cov-report=term
	$(BIN)/coverage report --include='pricing/*' --fail-under=100

soak: $(READY) ## Ask while faults come and go (SOAK_SECONDS); writes the table of the docs
	$(BIN)/python -m tests.soak

fuzz: $(READY) ## Fuzz decoders (CASES in all) and every operation (EXAMPLES for each), at length
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(CASES)
	FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest -q -n auto tests/contract/test_schemathesis.py

test-clients: $(READY) $(CLIENTS_READY) $(ENGINES_READY) $(MODULES_READY) ## Test with real clients; installs them (Debian, as root)
	tests/clients/debian.sh
	$(CLIENTS)/bin/python -m pytest -q -n auto --dist loadfile -c tests/clients/pytest.ini tests/clients

check: $(READY) ## Lint and type-check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fmt: $(READY) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

contract: $(READY) ## Write openapi/openapi.json, the generated parts of the docs, golden digests; read the diff
	$(BIN)/python -m tests.contract
	$(BIN)/python -m docs.generate
	$(BIN)/python -m tests.golden
	git --no-pager diff --stat -- openapi README.md docs tests/golden.json

release: contract ## Let later contracts be compared with the present one: openapi/released.json
	cp openapi/openapi.json openapi/released.json

bench: $(READY) $(MODULES_READY) ## Measure beside references and peers; writes tests/bench/RESULTS.md
	$(BIN)/python -m tests.bench

audit: $(READY) ## Ask whether a pinned package has a known vulnerability
	$(BIN)/python -m tests.audit

sbom: $(READY) ## Write sbom.json, a bill of materials of what is installed (CycloneDX)
	$(BIN)/cyclonedx-py environment --output-reproducible --output-format JSON -o sbom.json $(BIN)/python

hashes: $(READY) ## Write hashes.txt, what the service needs with the checksums of the files
	$(BIN)/python -m tests.hashes

clean: ## Remove all that was made
	rm -rf .venv .bench sbom.json hashes.txt $(CLIENTS) $(ENGINES) $(MODULES) build *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

$(READY): pyproject.toml constraints.txt
	@echo "Installing Storecast and what it needs into .venv: once, about a minute."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

$(CLIENTS_READY): tests/clients/requirements.txt tests/clients/constraints.txt
	@echo "Installing the clients of the tests into $(CLIENTS): once, about a minute."
	$(PYTHON) -m venv $(CLIENTS)
	$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check -c tests/clients/constraints.txt -r tests/clients/requirements.txt
	touch $@

$(ENGINES_READY): pyproject.toml constraints.txt tests/clients/engines-requirements.txt tests/clients/engines-constraints.txt
	@echo "Installing Spark, Sail and Ray into $(ENGINES): once, about two minutes, 1.4 GB."
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -c tests/clients/engines-constraints.txt -r tests/clients/engines-requirements.txt
	touch $@

$(MODULES_READY): tests/clients/package.json tests/clients/package-lock.json
	tests/clients/debian.sh
	npm ci --prefix tests/clients --ignore-scripts --loglevel=error
	touch $@
