# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="busybox-static for the lab's initramfs"
product=busybox
size=80
needs=''
inputs=''

make_component() {
  find_version busybox-static '*' "$host_codename"
  unpack "$1/package" "$found_suite" "busybox-static=$found_version"
  find "$1/package" -name busybox -type f -perm -100 -exec mv {} "$1/busybox" \;
  remove_tree "$1/package"
}
