# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="iPXE's boot ROMs and OVMF, with which a masqueraded VM boots over the network"
product=firmware
size=40
needs=''
inputs=''

make_component() {
  update_lists "$host_codename"
  unpack "$1" "$host_codename" ipxe-qemu ovmf
  remove_tree "$1/usr/share/doc"
}
