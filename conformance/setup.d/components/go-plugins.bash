# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="containernetworking-plugins 1.1.1 and 1.9.1, the peers we compare with"
product=go-plugins
size=400
needs=''
inputs=''

# 1.1.1 is what Debian 12 and 13 ship; 1.9.1 (static binaries) is only in newer suites.
make_component() {
  find_version containernetworking-plugins '1.1.1*' "$host_codename" bookworm trixie
  keep_plugins "$1/1.1.1"
  find_version containernetworking-plugins '1.9.1*' "$host_codename" forky sid
  keep_plugins "$1/1.9.1"
}

keep_plugins() {
  unpack "$1/package" "$found_suite" "containernetworking-plugins=$found_version"
  mv "$1"/package/usr/lib/cni/* "$1/"
  remove_tree "$1/package"
}
