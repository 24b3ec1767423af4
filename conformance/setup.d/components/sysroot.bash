# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="headers and static libraries of Debian 12, for a release for another architecture"
product=sysroot
size=150
needs=''
inputs=''

make_component() {
  update_lists bookworm
  unpack "$1" bookworm libc6-dev libc6 linux-libc-dev libgcc-12-dev libcrypt-dev \
    libnl-3-dev libnl-route-3-dev libnftnl-dev libjansson-dev
  # As on amd64: Debian 12's libmnl-dev has no static library.
  update_lists trixie
  unpack "$1" trixie libmnl-dev
  remove_tree "$1/usr/share"
  # The module map of CLibc names this header by its path on the machine that builds, and Clang must not
  # take the two for different ones. It is the same for every architecture.
  ln -sf /usr/include/linux/netlink.h "$1/usr/include/linux/netlink.h"
}
