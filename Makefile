# make tools       install the pinned tools under target/tools (once)
# make build       target/release/flowswitch
# make demo        the cluster of Fig. 2 on the simulated card, results in target/demo
# make test        everything that must hold before a change is merged
# make test-long   the co-simulation at 10,000,000 frames and 500,000 without hints, that of the largest tables, floods of ten tables, the driver under
#                  AddressSanitizer, all proofs, all syntheses, two minutes live, operation in its long form, fifty boots of the virtual machine
# make live        the simulated card between the kernel's own network stacks, in namespaces
# make operate     the daemon, its card and the operator's commands between the same: peace, faults under load, abuse, table and
#                  target/operate/results.json; operate-long takes its time
# make vm          a virtual machine drives the simulated card over VFIO, target/vm/results.json; vm-long boots fifty times, each
#                  with a fault
# make bench       the figures of merit, those of operate, vm and synth too if they were run, table and target/bench.json
# make lint        the RTL lints
# make synth       maps the core (2, 4 and 8 ports, 4 with an engine each) for UltraScale+, target/synth/report-*.json
# make pnr         places and routes the blocks of constraints/pnr/blocks.toml on Artix-7, target/pnr/table.md; pnr-BLOCK one of them
# make netlist     the look-up engine and the line cards as netlists, compared with the RTL in every clock of the row tests
# make driver-asan the driver's tests under AddressSanitizer
# make docs        the book, target/book/index.html
# make man         the manual pages, target/man
# make registers   proves that what is generated from the register map is fresh

SHELL := /bin/bash
.DELETE_ON_ERROR:
.PHONY: all tools build build-tests cards-user cards-all demo test test-long bench lint synth synth-selftest formal \
        formal-short docs man registers fmt features clippy cargo-test test-and-prove vm-and-prove driver-asan live live-long \
        operate operate-long vm vm-long pnr netlist clean

# One Cargo profile for everything, because each profile compiles the Verilated
# models anew. Whatever the caller's environment says, results are under target/.
export CARGO_TARGET_DIR := $(CURDIR)/target
export FLOWSWITCH_TOOLS := $(CURDIR)/target/tools/venv
PYTHON := $(FLOWSWITCH_TOOLS)/bin/python
STEP   := @.ci/step
SUB    := $(MAKE) --no-print-directory

all: build

# What the user's programs are built with, and what checks and the book need besides.
BUILD_STAMP := target/tools/stamp-build
STAMP := target/tools/stamp
tools: $(STAMP)
$(BUILD_STAMP): constraints/tools.txt constraints/tools.sh
	constraints/tools.sh $(CURDIR)/target/tools build
	touch $@
$(STAMP): constraints/tools.txt constraints/tools.sh | $(BUILD_STAMP)
	constraints/tools.sh $(CURDIR)/target/tools all
	touch $@

build: $(BUILD_STAMP) cards-user
	cargo build --release --package flowswitch --package flowswitch-sim

# .. and the programs that drive live traffic and the virtual machine.
build-tests: $(BUILD_STAMP) cards-user
	cargo build --release --workspace

# A simulated card of so many ports and engines takes minutes to compile, so a program gets those that are on the list.
# Whoever needs one adds it; nobody takes one away, so that no target undoes another's build.
CARDS := p2e1 p3e1 p4e1 p8e1 p2e2 p4e4 p8e8 smallest
WANT   = @mkdir -p target/cards; for card in $(1); do \
           grep -qsx $$card target/cards/wanted || echo $$card >>target/cards/wanted; done

cards-user:
	$(call WANT,p8e1)

cards-all:
	$(call WANT,$(CARDS))

card-%:
	$(call WANT,$*)
	$(SUB) build

demo: build
	target/release/flowswitch demo
	tests/live/run.sh host/examples/live.sh $(CURDIR)/target/release/flowswitch

live: build-tests
	tests/live/run.sh $(CURDIR)/target/release/live run --card rtl --seconds 20 --speed 6

live-long: build-tests
	tests/live/run.sh $(CURDIR)/target/release/live run --card rtl --seconds 120 --speed 1

operate: build-tests
	tests/operate/run.sh $(CURDIR)/target/operate $(CURDIR)/target/release/operate run

operate-long: build-tests
	tests/operate/run.sh $(CURDIR)/target/operate $(CURDIR)/target/release/operate run --long

# What it needs is fetched once, under target/vm. The programs in the guest are those that were built.
vm: build-tests
	tests/vm/run.sh $(CURDIR)/target/vm $(CURDIR)/target/release/vm run

vm-long: build-tests
	tests/vm/run.sh $(CURDIR)/target/vm $(CURDIR)/target/release/vm long --boots 50

bench: $(STAMP) cards-all
	cargo run --release -p flowswitch-tests --bin bench

lint: $(STAMP)
	constraints/lint/run.sh

registers: $(STAMP)
	rtl/csr/generate.sh --check

# The report proves itself on a fixture first.
synth-selftest: $(STAMP)
	$(PYTHON) constraints/synth/selftest/test_report.py

synth: synth-selftest
	$(PYTHON) constraints/synth/run.py --cards p4e4 p8e1 p4e1 p2e1

# A build of its own, with a card of its own: nobody else is to get netlists. What it runs is what two ports can run.
NETLIST := $(CURDIR)/target/netlist
# Shared out among eight cards, of which this is one.
NETLIST_FRAMES := 12000
netlist: export FLOWSWITCH_FILES := $(NETLIST)/card.f
netlist: export FLOWSWITCH_CARDS := $(NETLIST)/cards
netlist: export CARGO_TARGET_DIR := $(NETLIST)/cargo
netlist: $(STAMP)
	$(PYTHON) tests/netlist/run.py $(NETLIST)
	@mkdir -p $(NETLIST)/cards && echo p2e1 >$(NETLIST)/cards/wanted
	cargo test --release -p flowswitch-tests --test rows -- port_by_role::one_engine one_port::one_engine
	FLOWSWITCH_COSIM_FRAMES=$(NETLIST_FRAMES) cargo test --release -p flowswitch-tests --test cosim two_ports_one_engine

# nextpnr is fetched once, under target/pnr.
pnr: $(STAMP)
	constraints/pnr/fetch.sh $(CURDIR)/target/pnr/tool
	$(PYTHON) constraints/pnr/run.py target/pnr

pnr-%: $(STAMP)
	constraints/pnr/fetch.sh $(CURDIR)/target/pnr/tool
	$(PYTHON) constraints/pnr/run.py target/pnr $*

formal: $(STAMP)
	$(PYTHON) tests/formal/run.py

formal-short: $(STAMP)
	$(PYTHON) tests/formal/run.py --short

docs: $(STAMP)
	constraints/docs.sh

man: build
	target/release/flowswitch man --output target/man

fmt:
	cargo fmt --all --check

features:
	.ci/features

# The models are made here and used by what follows: clippy is a build like any other.
clippy: $(STAMP) cards-all
	cargo clippy --release --workspace --all-targets -- -D warnings

# The toolchain that is pinned has the sanitizers, behind the switch for features that are not stable, and no Miri.
driver-asan: HOST_TRIPLE = $(shell rustc -vV | sed -n 's/^host: //p')
driver-asan:
	@echo "driver-asan: Miri is left out: the pinned toolchain has none, and it cannot run mapped memory of devices"
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Zsanitizer=address CARGO_TARGET_DIR=$(CURDIR)/target/asan \
	  cargo test -p flowswitch-driver --target $(HOST_TRIPLE) --lib \
	  --test rings --test socket --test vfio --test wrappers

cargo-test: $(STAMP) cards-all
	cargo test --release --workspace --no-fail-fast

# Mapping the core takes eight minutes of a processor: that is left to test-long.
test-and-prove: $(STAMP)
	@.ci/beside target/proofs.log "synth-selftest formal-short" cargo-test

# The virtual machine waits more than it works.
vm-and-prove: $(STAMP)
	@.ci/beside target/proofs.log "formal synth" vm-long

test:
	$(STEP) --begin test
	$(STEP) "tools" $(SUB) tools
	$(STEP) "registers fresh" $(SUB) registers
	$(STEP) "RTL lint" $(SUB) lint
	$(STEP) "cargo fmt" $(SUB) fmt
	$(STEP) "one set of features" $(SUB) features
	$(STEP) "cargo clippy" $(SUB) clippy
	$(STEP) "cargo test, and short proofs beside it" $(SUB) test-and-prove
	$(STEP) "book" $(SUB) docs
	$(STEP) "demo" $(SUB) demo
	$(STEP) "live, 20 s" $(SUB) live
	$(STEP) "operation, short" $(SUB) operate
	$(STEP) "virtual machine, one boot" $(SUB) vm
	$(STEP) --end test

test-long: export FLOWSWITCH_COSIM_FRAMES := 10000000
test-long: export FLOWSWITCH_UNHINTED_FRAMES := 500000
test-long: export FLOWSWITCH_EXPLAIN_FRAMES := 7000
test-long: export FLOWSWITCH_FLOOD := 10
test-long: export FLOWSWITCH_CORNER_FRAMES := 100000
# Two hours are not to end at the first failure: all that fails is shown.
test-long: export STEPS_GO_ON := 1
test-long:
	$(STEP) --begin test-long
	$(STEP) "tools" $(SUB) tools
	$(STEP) "card with the largest tables" $(SUB) card-largest
	$(STEP) "cargo test, 10,000,000 frames" $(SUB) cargo-test
	$(STEP) "driver under AddressSanitizer" $(SUB) driver-asan
	$(STEP) "live, 120 s" $(SUB) live-long
	$(STEP) "operation, whole" $(SUB) operate-long
	$(STEP) "virtual machine, fifty boots with faults; all proofs and all syntheses beside it" $(SUB) vm-and-prove
	$(STEP) --end test-long

# Everything but the tools, which take longest to fetch.
clean:
	find target -mindepth 1 -maxdepth 1 ! -name tools -exec rm -rf {} +
