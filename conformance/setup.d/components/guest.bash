# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="tools the lab's guest needs and this machine lacks (kmod, iproute2, nft…)"
product=guest
size=150
needs=''
inputs=''

# The guest's root is the host's; this tree is laid over it there. A guest of another architecture has
# only this tree, so that it is a whole system.
make_component() {
  local packages=(kmod iproute2 iputils-ping nftables ethtool tcpdump procps)
  update_lists "$host_codename"
  if [[ $architecture != "$host_architecture" ]]; then
    packages+=(base-passwd bash coreutils dash findutils gawk grep hostname mount sed util-linux strace
      python3 python3-pytest python3-pytest-timeout python3-pytest-xdist python3-scapy python3-yaml)
  fi
  lacking "$host_codename" "${packages[@]}"
  if ((${#lacking_packages[@]} == 0)); then
    merge_usr "$1"
    return
  fi
  unpack "$1" "$host_codename" "${lacking_packages[@]}"
  remove_tree "$1/usr/share/doc"
  [[ $architecture == "$host_architecture" ]] || finish_system "$1"
}

# What the packages' scripts would do where they are installed.
finish_system() {
  cp "$1/usr/share/base-passwd/passwd.master" "$1/etc/passwd"
  cp "$1/usr/share/base-passwd/group.master" "$1/etc/group"
  [[ -e $1/usr/bin/sh ]] || ln -s dash "$1/usr/bin/sh"
  [[ -e $1/usr/bin/awk ]] || ln -s gawk "$1/usr/bin/awk"
  remove_tree "$1/usr/share/locale"
}
