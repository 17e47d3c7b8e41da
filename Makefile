# `make` alone lists the targets. All that is needed is make and Python 3.11 or 3.12.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
DEMO := runs/demo
WORKERS ?= 2
SHOP := --people 800 --days 28 --seed 1 --duplicates 0.01 --late 0.003 --broken 0.002
# Linear algebra on several threads is slower here, and not the same to the last bit.
export OPENBLAS_NUM_THREADS ?= 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## make .venv with everything pinned (PYTHON=... chooses the interpreter)

$(READY): requirements-dev.txt pyproject.toml
	@if [ -n '$(PYTHON)' ] || ! $(BIN)/python -c 'import pip, sys; \
	    sys.exit(not (3, 11) <= sys.version_info < (3, 13))' 2>/dev/null; then \
	  python=$$(PYTHON='$(PYTHON)' scripts/find-python) || exit 1; \
	  echo "$(VENV) from $$python"; rm -rf $(VENV); "$$python" -m venv $(VENV); \
	fi
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

# Another interpreter named on the command line is another environment, however new this one is.
ifeq ($(origin PYTHON),command line)
$(READY): again
.PHONY: again
endif

.PHONY: demo
demo: setup ## a simulated fashion shop through the whole path: what was found, one decision explained
	$(BIN)/rtm simulate --shop fashion $(SHOP) --output $(DEMO)/events.jsonl
	$(BIN)/rtm run examples/fashion.toml --input $(DEMO)/events.jsonl --output $(DEMO)/out --overwrite
	$(BIN)/rtm explain --run $(DEMO)/out
	$(BIN)/rtm simulate --shop fashion $(SHOP) --answer $(DEMO)/out --output $(DEMO)/outcomes.jsonl
	$(BIN)/rtm report $(DEMO)/out --output $(DEMO)/report.html --overwrite

.PHONY: demo-kafka
demo-kafka: setup ## the same shop between topics: killed, resumed, exported, played again, compared
	$(BIN)/python scripts/demo_kafka.py

.PHONY: test
test: setup ## the tests (about 18 minutes on 2 cores)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow and not kafka" --durations=25

.PHONY: coverage
coverage: setup ## the tests that are traced once more, with the coverage gate
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m "not slow and not kafka and not no_cover" --cov --cov-report=term

.PHONY: check
check: setup ## format, lint, types and layers; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: setup ## format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: setup ## prove the documentation: its links, its examples, its commands
	$(BIN)/pytest -q tests/test_docs.py tests/test_reference.py README.md docs

.PHONY: reference
reference: setup ## write docs/reference/ and docs/features.md anew from the code
	PYTHON=$(BIN)/python scripts/write-reference

.PHONY: proofs
proofs: setup ## the long proofs: thousands of interleavings and worlds, kill -9, whole runs
	RTM_HYPOTHESIS=proofs $(BIN)/pytest -n $(WORKERS) --dist worksteal -m "slow and not kafka" --durations=25

.PHONY: chaos
chaos: setup ## kills by the hundred, every fault, seeds printed (CHAOS="--broker real --seed 7")
	$(BIN)/python -m tests.chaos --rounds 10 --kills 20 $(CHAOS)
	$(BIN)/python -m tests.chaos --rounds 5 --fault all $(CHAOS)
	RTM_KILLS=4 $(BIN)/pytest -m "slow and not kafka" -k kill

.PHONY: check-checks
check-checks: setup ## take out one guard after the other, in a copy, and see a test turn red
	$(BIN)/python scripts/check_the_checks.py

.PHONY: kafka-jars
kafka-jars: setup ## fetch the jars of the real Apache Kafka (needs Maven; to run it, Java 17)
	$(BIN)/python -m tests.kafka.fetch

.PHONY: kafka
kafka: kafka-jars ## the tests against a real Apache Kafka
	RTM_REQUIRE_KAFKA=1 $(BIN)/pytest -m kafka

.PHONY: bench
bench: setup ## this and its peers on one file in one run (BENCH="--rounds 5 --events 1000000")
	$(BIN)/python -m benchmarks $(BENCH)

.PHONY: bench-latency
bench-latency: setup ## from event to decision between topics, beside an echo (LATENCY="--broker mock")
	$(BIN)/python -m benchmarks.latency $(LATENCY)

.PHONY: bench-kafka
bench-kafka: setup ## the same job from topics to topics and from files to files (KAFKA="--broker mock")
	$(BIN)/python -m benchmarks.throughput $(KAFKA)

.PHONY: quality
quality: setup ## the learner beside others: on real tables, and as sessions go on
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.learning
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.learning.sessions

.PHONY: bench-peers
bench-peers: setup ## install Pathway and PyFlink for the benchmark, in .venv-peers (500 MB)
	$(BIN)/python -m venv --clear .venv-peers
	.venv-peers/bin/pip install --quiet --no-deps -r benchmarks/requirements-peers.txt

.PHONY: lock
lock: setup ## write requirements-dev.txt, and the image's pins, anew from pyproject.toml
	$(BIN)/python -m venv --clear $(VENV)/lock
	$(VENV)/lock/bin/pip install --quiet uv
	$(VENV)/lock/bin/uv pip compile --quiet --no-header --upgrade --python-version 3.11 \
	  --group dev --extra registry --generate-hashes --no-emit-index-url --output-file $(VENV)/lock/pins pyproject.toml
	sed -n '1,/^[^#]/{/^#/p}' requirements-dev.txt > $(VENV)/lock/all
	cat $(VENV)/lock/all $(VENV)/lock/pins > requirements-dev.txt
	$(call image_pins,requirements.txt,--extra registry pyproject.toml)
	printf 'editables>=0.5\nhatchling>=1.27\n' > $(VENV)/lock/build.in
	$(call image_pins,requirements-build.txt,$(VENV)/lock/build.in)

# A file of pins in docker/, and what it is compiled from: the versions are those of requirements-dev.txt.
define image_pins
$(VENV)/lock/bin/uv pip compile --quiet --no-header --no-annotate --python-version 3.11 \
	  --constraint requirements-dev.txt --generate-hashes --no-emit-index-url \
	  --output-file $(VENV)/lock/image $(2)
	sed -n '1,/^[^#]/{/^#/p}' docker/$(1) > $(VENV)/lock/head
	cat $(VENV)/lock/head $(VENV)/lock/image > docker/$(1)
endef

.PHONY: clean
clean: ## remove what the targets made, except .venv
	rm -rf build dist runs .coverage .coverage.* .hypothesis .import_linter_cache \
	  .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv*' -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## remove the environments too
	rm -rf .venv .venv-peers
