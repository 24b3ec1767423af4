# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="Debian 11's kernel"
product=kernel/5.10
size=600
needs='busybox guest'
inputs=$here/setup.d/kernel.bash

make_component() {
  # shellcheck source=../kernel.bash
  source "$here/setup.d/kernel.bash"
  make_kernel "$1" '5.10.*' bullseye
}
