# SPDX-License-Identifier: MIT
# The targets of the tree. Each part of the tree has a Makefile or a script of its own.

export RINGFENCE_BUILD ?= $(CURDIR)/build
export RINGFENCE_CACHE ?= $(HOME)/.cache/ringfence
export CCACHE_DIR ?= $(RINGFENCE_CACHE)/ccache

BUILD := $(RINGFENCE_BUILD)
JOBS ?= $(shell nproc)
PART = $(MAKE) -s --no-print-directory -j$(JOBS) BUILD=$(BUILD) -C
# Debian's own python3: another one on PATH does not see Debian's modules.
# The variable is for xdist's workers, which do not inherit -B.
PYTEST := env -u MAKEFLAGS -u MAKELEVEL PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -B -m pytest
# As many tests at a time as there are processors. loadgroup: those that share a boot go together.
WORKERS := -n $(JOBS) --dist loadgroup
PYTEST_ARGS ?=
N ?= 10
QUESTIONS ?= 1000000
LOAD ?=
STALL ?= 1
TIME ?= 600
MINUTES ?= 60

# How long a part takes that was never built: $(call first,PRODUCT,MINUTES).
first = $(if $(wildcard $(BUILD)/$(1)),, (about $(2) minutes the first time))

all: hv linux initramfs ## build the monitor, the guest kernel, the SDK and the initramfs

run: all ## a shell in Linux on the monitor
	@scripts/ringfence run

demo: all ## a bad policy for the page cache, and a good one: half a minute, and a chart
	@scripts/demo

test: all hv-debug native guests disk ## all tests (PYTEST_ARGS='-k name' for some)
	@$(PYTEST) $(WORKERS) tests $(PYTEST_ARGS)

test-repeat: all hv-debug native guests disk ## all tests N=10 times, with LOAD=1 while each processor is kept busy
	@tests/repeat --times $(N) $(LOAD:%=--load) $(PYTEST) $(WORKERS) tests $(PYTEST_ARGS)

test-stalled: all hv-debug native guests disk ## all tests, each engine stopped for moments (STALL=seed)
	@RINGFENCE_TEST_STALL=$(STALL) $(PYTEST) $(WORKERS) tests $(PYTEST_ARGS)

test-questions: all ## ask a plugin QUESTIONS=1000000 times from processes and softirqs, under interrupt load
	@RINGFENCE_TEST_QUESTIONS=$(QUESTIONS) $(PYTEST) -s tests/linux/test_packets.py -k softirq $(PYTEST_ARGS)

bench: all guests ## instructions for hypercalls and upcalls, against the baseline
	@$(PYTEST) -s tests/bench $(PYTEST_ARGS)

fuzz: all hv-debug guests ## random input for TIME=seconds (600); SEED=, COUNT=, FUZZ='names'
	@/usr/bin/python3 -B tests/fuzz --time $(TIME) $(SEED:%=--seed %) $(COUNT:%=--count %) $(FUZZ)

soak: all hv-debug ## all grafts at once, half of them with faults, for MINUTES=60 of the guest's time
	@/usr/bin/python3 -B tests/fuzz soak --time $$(($(MINUTES) * 60)) $(SEED:%=--seed %)

mutants: hv ## does a test notice? TIME=seconds, FILES='plugin/*.c', COUNT=, SEED=, EFFORT=
	@$(PART) tests guests
	@/usr/bin/python3 -B tests/mutants $(if $(filter-out file,$(origin TIME)),--time $(TIME)) \
		$(SEED:%=--seed %) $(COUNT:%=--count %) --workers $(JOBS) $(EFFORT:%=--effort %) $(FILES)

lint: setup ## style and form of everything in the tree
	@scripts/lint

weaknesses: ## the weaknesses that comments in the source admit
	@scripts/weaknesses

compile_commands.json: setup ## how each C file is compiled, for clangd and other editors' tools
	@scripts/compile-commands >$@.new && mv $@.new $@

check-commits: ## are messages in form? RANGE=origin/main..HEAD
	@scripts/commit-check $(or $(RANGE),origin/main..HEAD)

gdb: all ## the same shell, waiting for a debugger
	@scripts/ringfence run --gdb

check-host: ## what this machine has, and what its engines enforce
	@scripts/check-host

fresh-check: setup ## the two commands in a new Debian 12 with git and make only (needs root)
	@scripts/fresh-check

setup: ## install what scripts/packages lists and is missing
	@scripts/setup

hv: setup ## the monitor: build/hv/ringfence.elf
	@echo 'monitor: $(BUILD)/hv'
	@$(PART) hv

hv-debug: setup ## the same, with what is freed poisoned: build/hv-debug/ringfence.elf
	@echo 'monitor, debug build: $(BUILD)/hv-debug'
	@$(PART) hv DEBUG=1

linux: setup ## the guest kernel: build/linux/vmlinux
	@echo 'guest kernel: $(BUILD)/linux$(call first,linux/vmlinux,10)'
	@scripts/build-linux guest

native: setup ## the same source unpatched, to compare: build/linux-native/bzImage
	@echo 'kernel to compare with: $(BUILD)/linux-native$(call first,linux-native/bzImage,10)'
	@scripts/build-linux native

sdk: setup ## plugctl and the example plugins
	@echo 'SDK: $(BUILD)/sdk'
	@$(PART) plugin-sdk

initramfs: sdk ## build/initramfs.cpio.gz
	@echo 'initramfs: $(BUILD)/initramfs.cpio.gz'
	@scripts/build-initramfs

guests: setup ## the micro-guests of the tests, and the tests for this host
	@echo 'micro-guests and host tests: $(BUILD)/guests, $(BUILD)/host-tests'
	@$(PART) tests all

disk: setup ## a Debian i386 root: build/debian.img
	@echo 'Debian disk: $(BUILD)/debian.img'
	@scripts/build-disk

clean: ## remove build/ (the cache stays: ~/.cache/ringfence)
	rm -rf $(BUILD)

help: ## this list
	@sed -n 's/^\([a-z_.-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 23

.PHONY: all run demo test test-repeat test-stalled test-questions bench fuzz soak mutants lint gdb check-host fresh-check setup
.PHONY: hv hv-debug linux native sdk
.PHONY: initramfs guests disk clean help weaknesses compile_commands.json check-commits
# One part after the other, because all use all processors and the same cache.
.NOTPARALLEL:
