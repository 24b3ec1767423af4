# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="the libcni 1.3.0 sources (the first release with both GC and STATUS)"
product=libcni
size=150
needs=''
inputs=''
is_tool=yes

make_component() {
  find_version golang-github-appc-cni-dev '1.3.*' "$host_codename" forky sid
  unpack "$1" "$found_suite" "golang-github-appc-cni-dev=$found_version"
}
