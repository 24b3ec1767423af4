# SPDX-License-Identifier: Apache-2.0

SWIFT ?= swift
PLUGINS := cnv-bridge masquerade sriov
CNI_BIN_DIR ?= /opt/cni/bin

# Embedded Swift compiles generics and metadata away: a plugin is then a quarter of the size, and starts
# like a C program. It ignores the link directives in module maps.
RESOURCES = $(shell $(SWIFT) -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)".*/\1/p')
TRIPLE = $(shell $(SWIFT) -print-target-info | sed -n 's/.*"moduleTriple": "\(.*\)",/\1/p')
EMBEDDED = -c release -Xswiftc -enable-experimental-feature -Xswiftc Embedded \
  -Xlinker -L$(RESOURCES)/embedded/$(TRIPLE) -Xlinker -lswiftUnicodeDataTables \
  -Xlinker -L$(CURDIR)/conformance/.cache/lib -Xlinker -lmnl -Xlinker -lm

# Self-contained executables, independent of the machine where they were built.
RELEASE = $(EMBEDDED) -Xswiftc -Xclang-linker -Xswiftc -static --disable-local-rpath \
  -Xswiftc -Xclang-linker -Xswiftc -Qunused-arguments -Xswiftc -use-ld=lld \
  -Xswiftc -Xfrontend -Xswiftc -function-sections -Xlinker --gc-sections $(STRIPPED) \
  -Xlinker --symbol-ordering-file=$(CURDIR)/Sources/calls.order -Xlinker --no-warn-symbol-ordering
STRIPPED ?= -Xlinker -s

# Optimised like a release, with every memory access checked.
SANITIZED = $(EMBEDDED) --sanitize=address --scratch-path .build/sanitized

# The parsers as libraries, under libFuzzer's `main`.
# libnftnl calls `exit` on errors, which the target replaces.
FUZZED = FUZZ=1 $(SWIFT) build --sanitize fuzzer --scratch-path .build/fuzz --product fuzz \
  -Xlinker --export-dynamic-symbol=exit
# How long `make fuzz` runs each parser.
SECONDS ?= 300

.PHONY: demo test test-fast test-kernels sweep mutate build lint release sanitized fuzzed fuzz bench order install packages

## demo: two "VMs" on a bridge, in namespaces that are removed afterwards
demo: packages
	$(SWIFT) build
	examples/quickstart/run .build/debug

## test: everything, including the lab; needs root for network namespaces
test: build release sanitized fuzzed
	conformance/setup go-plugins cnitool lab dhcpcd firmware iptables
	conformance/test

## test-fast: everything that runs on this machine's kernel
test-fast: build release sanitized fuzzed
	conformance/setup go-plugins cnitool
	conformance/test --fast

## test-kernels: everything, in the lab on each kernel that nodes run
test-kernels: build release sanitized fuzzed
	conformance/setup go-plugins cnitool test-kernels
	conformance/test --kernel 5.10 --kernel 6.1 --kernel 6.12

## sweep: plugins killed at every system call, and every system call failing; this machine's part takes
## about 35 minutes on two busy processors, and the lab's comes after it
sweep: release
	conformance/setup go-plugins lab
	conformance/adversary/run -n 2 --thorough
	conformance/lab/run --timeout 0 -- conformance/sriov/run --strict --faults 0 --plugin dist/sriov '^faults:'

## mutate: breaks the sources in ways that users would notice, and reports which tests do; later
## only what survived or was changed
mutate: packages
	conformance/setup go-plugins cnitool lab
	conformance/mutate/run --record

lint: packages
	conformance/lint

build: packages
	$(SWIFT) build --build-tests

## release: static, stripped executables in dist/
release: packages
	conformance/setup libmnl
	mkdir -p dist
	for plugin in $(PLUGINS); do \
	  $(SWIFT) build $(RELEASE) --product $$plugin && \
	  install -m 0755 .build/release/$$plugin dist/ || exit 1; \
	done

## sanitized: executables for finding faults that only optimised builds have
sanitized: packages
	for plugin in $(PLUGINS); do \
	  $(SWIFT) build $(SANITIZED) --product $$plugin || exit 1; \
	done

## fuzzed: the parsers, built for libFuzzer
fuzzed: packages
	$(FUZZED)

## fuzz: every parser for SECONDS each, much longer than in `test`, and 20,000 calls of the executables
fuzz: fuzzed release
	conformance/fuzz/parsers/run --seconds $(SECONDS) --largest 262144
	conformance/fuzz/executables/run --executions 20000

## bench: against the Go plugins, in one run
bench: release
	conformance/setup go-plugins
	conformance/bench/run dist
	conformance/masquerade/bench dist/masquerade

## order: the C library functions that a call uses, to be adjacent in the executables
order: packages
	$(MAKE) release STRIPPED=
	conformance/bench/order dist >Sources/calls.order.new
	mv Sources/calls.order.new Sources/calls.order
	$(MAKE) release

## install: dist/ into DESTDIR and CNI_BIN_DIR
install: release
	install -d $(DESTDIR)$(CNI_BIN_DIR)
	for plugin in $(PLUGINS); do install -m 0755 dist/$$plugin $(DESTDIR)$(CNI_BIN_DIR)/ || exit 1; done

packages:
	@conformance/packages
