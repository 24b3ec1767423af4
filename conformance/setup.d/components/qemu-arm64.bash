# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="the same QEMU for arm64 machines"
product=qemu-arm64
size=400
needs=''
inputs=$here/setup.d/qemu.bash
is_tool=yes

make_component() {
  # shellcheck source=../qemu.bash
  source "$here/setup.d/qemu.bash"
  make_qemu "$1" qemu-system-arm qemu-system-aarch64
}
