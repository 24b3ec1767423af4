# SPDX-License-Identifier: Apache-2.0

SWIFT ?= swift
PLUGINS := cnv-bridge masquerade sriov
CNI_BIN_DIR ?= /opt/cni/bin

# Self-contained executables: nothing of the build machine is needed where they run.
RELEASE := -c release -Xswiftc -static-executable -Xlinker --gc-sections -Xlinker -s \
  -Xlinker -L$(CURDIR)/conformance/.cache/lib

# Optimised as a release is, with every access to memory checked.
SANITIZED := -c release --sanitize=address --scratch-path .build/sanitized

.PHONY: demo test test-fast test-kernels build lint release sanitized bench install packages

## demo: two "VMs" on a bridge, in namespaces of their own, from nothing to nothing left
demo: packages
	$(SWIFT) build
	examples/quickstart/run .build/debug

## test: everything, also in the lab; needs root for network namespaces
test: build release sanitized
	conformance/setup go-plugins cnitool lab dhcpcd iptables
	conformance/test

## test-fast: everything that runs on the machine's own kernel
test-fast: build sanitized
	conformance/setup go-plugins cnitool
	conformance/test --fast

## test-kernels: everything, in the lab on each kernel that nodes run
test-kernels: build release sanitized
	conformance/setup go-plugins cnitool test-kernels
	conformance/test --kernel 6.1 --kernel 6.12

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

## sanitized: what the tests run to catch faults that only an optimised build has
sanitized: packages
	$(SWIFT) build $(SANITIZED)

## bench: against the Go plugins, in one run
bench: release
	conformance/setup go-plugins
	conformance/bench/run dist
	conformance/masquerade/bench dist/masquerade

## install: dist/ into DESTDIR and CNI_BIN_DIR
install: release
	install -d $(DESTDIR)$(CNI_BIN_DIR)
	for plugin in $(PLUGINS); do install -m 0755 dist/$$plugin $(DESTDIR)$(CNI_BIN_DIR)/ || exit 1; done

packages:
	@conformance/packages
