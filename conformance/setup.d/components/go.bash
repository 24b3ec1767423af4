# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="a Go >= 1.23 to build cnitool with"
product=go
size=700
needs=''
inputs=''
is_tool=yes

# golang-go only depends on the packages of its version, so those are what is unpacked.
make_component() {
  find_version golang-go '>=2:1.23~' "$host_codename" "$host_codename-backports"
  local series
  series=$(sed -E 's/^2:([0-9]+\.[0-9]+).*/\1/' <<<"$found_version")
  unpack "$1" "$found_suite" "golang-$series-go" "golang-$series-src"
  ln -s "usr/lib/go-$series" "$1/root"
}
