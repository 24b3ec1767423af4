# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="tools the lab's guest needs and this machine lacks (kmod, iproute2, nft…)"
product=guest
size=150
needs=''
inputs=''

# The guest's root is the host's; this tree is laid over it there.
make_component() {
  update_lists "$host_codename"
  lacking "$host_codename" kmod iproute2 iputils-ping nftables ethtool tcpdump procps
  if ((${#lacking_packages[@]} == 0)); then
    merge_usr "$1"
  else
    unpack "$1" "$host_codename" "${lacking_packages[@]}"
    remove_tree "$1/usr/share/doc"
  fi
}
