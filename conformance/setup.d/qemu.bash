# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shares its variables with setup
#
# A QEMU with the libraries that it lacks on this machine, unpacked and never installed.

# make_qemu DIR PACKAGE EMULATOR
#
# Debian 12 has 7.2: there it comes from backports. igb's boot ROM is not needed, nobody boots from
# it; the firmware comes with qemu-system-data and seabios.
make_qemu() {
  find_version "$2" '>=1:8' "$host_codename" "$host_codename-backports"
  local suites=$host_codename package fetched=()
  [[ $found_suite == "$host_codename" ]] || suites+=" $found_suite"
  update_lists "$suites"
  lacking "$suites" "$2"
  fetched=("${lacking_packages[@]}")
  # What is installed already does not count as lacking, yet QEMU must be whole in one place.
  for package in "$2" qemu-system-common qemu-system-data seabios; do
    [[ " ${fetched[*]}" == *" $package="* ]] || fetched+=("$package")
  done
  unpack "$1" "$suites" "${fetched[@]}"
  remove_tree "$1/usr/share/doc"
  check_igb "$1" "$3"
}

check_igb() {
  local answer
  answer=$(LD_LIBRARY_PATH=$1/usr/lib/x86_64-linux-gnu \
    "$1/usr/bin/$2" -L "$1/usr/share/qemu" -device igb,help 2>&1) ||
    fail "the QEMU just fetched cannot run here (${answer%%$'\n'*})" "apt-get dist-upgrade"
}
