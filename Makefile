# Two commands: `make demo` shows the main job in the local region, `make test` proves it.
# Both set up .venv first. Nothing outside the checkout is touched.

SHELL := /bin/bash
BIN := .venv/bin
# Three files at a time: these tests mostly wait for hosts and for AWS's durations. tests/order.py says which go together.
PYTEST := $(BIN)/pytest -q -n 3
ANSIBLE_LINT := $(BIN)/ansible-lint --profile production --offline
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_HOME := $(CURDIR)/.build/ansible

.PHONY: help setup demo demo-down test test-thorough lint lint-sanity lint-pylint lint-ansible lint-files unit region integration variables bench soak guide killed-site scan clean

help:
	@echo "make demo         set up, start the local region, provision, push through the pipeline, release by hand, see failures"
	@echo "make demo-down    stop the local region and everything in it"
	@echo "make test         the tests"
	@echo "make test-thorough  all tests: those too that make test has no time for, then without the warm controller"
	@echo "make lint         the linters, with ansible-test sanity"
	@echo "make unit | region | integration   one part of the tests"
	@echo "make variables    docs/variables.md anew, from the roles' argument specs"
	@echo "make molecule     every role's scenario, two at a time (not part of the tests); SCENARIOS=\"network fleet\" for some"
	@echo "make scan         the scanners over roles, playbooks and policies (not part of the tests)"
	@echo "make bench        the benchmarks (ratios, not part of the tests)"
	@echo "make soak         50 releases in a row, with faults (not part of the tests); RELEASES=10 for fewer"
	@echo "make guide        follows docs/getting-started-on-aws.md line by line (not part of the tests)"
	@echo "make killed-site  site killed at ten random places, again and again (not part of the tests)"
	@echo "make clean        remove .venv and .build"

setup:
	@tools/setup

demo: setup
	@$(BIN)/python -m tools.demo

demo-down: setup
	@$(BIN)/python -m local_region stop

test: unit
	$(PYTEST) tests/region tests/integration

# With what takes long and finds little more, and all of it without the warm controller.
test-thorough: unit
	$(ANSIBLE_LINT)
	$(PYTEST) --thorough tests/region tests/integration
	CONVOY_WARM=false $(PYTEST) tests/integration --ignore tests/integration/warm

# Each uses one core, and prints when it has ended. pylint takes half of the time of ansible-test.
lint: setup
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint-sanity lint-pylint lint-ansible lint-files

lint-sanity:
	tools/sanity --skip-test pylint

lint-pylint:
	tools/sanity --test pylint

# The molecule scenarios are playbooks that users don't run, and half of all: they are for make test-thorough.
lint-ansible:
	$(ANSIBLE_LINT) --exclude molecule

lint-files:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	$(BIN)/antsibull-changelog lint
	$(BIN)/python tools/variables --check

unit: setup
	$(BIN)/pytest -q tests/unit examples/storefront

region: setup
	$(PYTEST) tests/region

integration: setup
	$(PYTEST) tests/integration

variables: setup
	$(BIN)/python tools/variables

molecule: setup
	@$(BIN)/python -m tests.molecule $(SCENARIOS)

scan: setup
	tools/scan

bench: setup
	$(BIN)/python -m tests.bench

soak: setup
	$(BIN)/python -m tests.soak $(RELEASES)

guide: setup
	$(BIN)/python -m tests.guide

killed-site: setup
	$(BIN)/python -m tests.killed_site

clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m local_region stop; fi
	rm -rf .venv .build
