# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="cnitool: CNI networks driven through the real libcni"
product=bin
size=400
needs='go libcni'
inputs="$here/cnitool/main.go $here/cnitool/request.go"

# GOPATH mode with the packaged library: nothing is fetched and no go.sum is needed. A build without
# cgo is static, so the tool runs in the lab and in containers alike.
make_component() {
  local gopath=$1/gopath
  mkdir -p "$gopath/src"
  ln -s "$host_cache/libcni/usr/share/gocode/src/github.com" "$gopath/src/github.com"
  env -C "$here/cnitool" GOROOT="$host_cache/go/root" GOARCH="$architecture" GOPATH="$gopath" GOCACHE="$1/gocache" \
    GO111MODULE=off GOFLAGS= GOTOOLCHAIN=local CGO_ENABLED=0 \
    "$host_cache/go/root/bin/go" build -trimpath -ldflags='-s -w' -o "$1/cnitool" .
  remove_tree "$gopath"
  remove_tree "$1/gocache"
}
