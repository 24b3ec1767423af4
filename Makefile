# SPDX-License-Identifier: Apache-2.0

SWIFT ?= swift
PLUGINS := cnv-bridge masquerade sriov
CNI_BIN_DIR ?= /opt/cni/bin

# What to build for: amd64 or arm64, on a machine of the same or, with a sysroot, on amd64.
MACHINE := $(shell dpkg --print-architecture)
ARCH ?= $(MACHINE)
CPU = $(if $(filter arm64,$(ARCH)),aarch64,x86_64)
TOOLCHAIN := $(shell $(SWIFT) -print-target-info)
RESOURCES = $(shell echo '$(TOOLCHAIN)' | sed -n 's/.*"runtimeResourcePath": "\([^"]*\)".*/\1/p')

ifeq ($(ARCH),amd64)
TRIPLE = x86_64-unknown-linux-gnu
else
# The toolchain has its embedded library only for programs without a system, which is what Swift's triple
# says; C is compiled and linked for Linux.
TRIPLE = $(CPU)-none-none-elf
CROSS = --triple $(TRIPLE) $(call clang,--target=$(CPU)-linux-gnu) \
  -Xswiftc -Xfrontend -Xswiftc -clang-target -Xswiftc -Xfrontend -Xswiftc $(CPU)-unknown-linux-gnu
endif
ifeq ($(ARCH),$(MACHINE))
DIST = dist
BUILD = .build
LIBRARIES = libmnl
else
DIST = dist/$(ARCH)
BUILD = .build/$(ARCH)
LIBRARIES = --arch $(ARCH) sysroot
SYSROOT = $(CURDIR)/conformance/.cache/$(ARCH)/sysroot
CROSS += --scratch-path $(BUILD) $(call clang,--sysroot=$(SYSROOT)) \
  $(foreach folder,/$(CPU)-linux-gnu / /libnl3,-Xcc -isystem -Xcc $(SYSROOT)/usr/include$(folder))
# Where SwiftPM looks for libraries, instead of this machine's.
export PKG_CONFIG_SYSROOT_DIR = $(SYSROOT)
export PKG_CONFIG_PATH = $(SYSROOT)/usr/lib/$(CPU)-linux-gnu/pkgconfig
endif
clang = -Xswiftc -Xclang-linker -Xswiftc $(1)

# Embedded Swift compiles generics and metadata away: a plugin is then a quarter of the size, and starts
# like a C program. It ignores the link directives in module maps.
EMBEDDED = -c release -Xswiftc -enable-experimental-feature -Xswiftc Embedded \
  -Xlinker -L$(RESOURCES)/embedded/$(TRIPLE) -Xlinker -lswiftUnicodeDataTables \
  $(if $(SYSROOT),,-Xlinker -L$(CURDIR)/conformance/.cache/lib) -Xlinker -lmnl -Xlinker -lm

# Self-contained executables, independent of the machine where they were built.
RELEASE = $(EMBEDDED) $(CROSS) $(call clang,-static) --disable-local-rpath \
  $(call clang,-Qunused-arguments) -Xswiftc -use-ld=lld \
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

.PHONY: demo test test-fast test-kernels test-arm64 sweep mutate build lint release sanitized fuzzed fuzz bench order install packages

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

## test-arm64: the release for arm64, on an emulated arm64 machine
test-arm64: packages
	$(MAKE) release ARCH=arm64
	conformance/setup lab
	conformance/setup --arch arm64 lab go-plugins cnitool
	conformance/test --arch arm64

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

## release: static, stripped executables in dist/, or in dist/ARCH for another machine's ARCH
release: packages
	conformance/setup $(LIBRARIES)
	mkdir -p $(DIST)
	for plugin in $(PLUGINS); do \
	  $(SWIFT) build $(RELEASE) --product $$plugin && \
	  install -m 0755 $(BUILD)/release/$$plugin $(DIST)/ || exit 1; \
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
