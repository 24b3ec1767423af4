# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="QEMU >= 8, the first with the igb NIC, and the libraries it lacks here"
product=qemu
size=400
needs=''
inputs=$here/setup.d/qemu.bash
is_tool=yes

make_component() {
  # shellcheck source=../qemu.bash
  source "$here/setup.d/qemu.bash"
  make_qemu "$1" qemu-system-x86 qemu-system-x86_64
}
