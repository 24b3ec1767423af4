# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="dhcpcd with its libraries, the second DHCP client of a masqueraded VM"
product=dhcpcd
size=30
needs=''
inputs=''

make_component() {
  update_lists "$host_codename"
  lacking "$host_codename" dhcpcd-base
  unpack "$1" "$host_codename" "${lacking_packages[@]}"
  remove_tree "$1/usr/share/doc"
}
