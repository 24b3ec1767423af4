# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="libmnl.a for the static release build"
product=lib
size=80
needs=''
inputs=''
is_tool=yes

# Debian 12's libmnl-dev has no static library; Debian 13's has, and it links on 12.
make_component() {
  local have
  have=$(gcc -print-file-name=libmnl.a 2>/dev/null || true)
  if [[ -f $have ]]; then
    say libmnl "the system's libmnl-dev has it"
    cp "$have" "$1/"
    return
  fi
  find_version libmnl-dev '>=1.0.5' "$host_codename" trixie
  unpack "$1/package" "$found_suite" "libmnl-dev=$found_version"
  mv "$1"/package/usr/lib/*/libmnl.a "$1/"
  remove_tree "$1/package"
}
