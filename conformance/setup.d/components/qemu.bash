# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="QEMU >= 8, the first with the igb NIC, and the libraries it lacks here"
product=qemu
size=400
needs=''
inputs=''

# Debian 12 has 7.2: there it comes from backports. igb's boot ROM is not needed, nobody boots from
# it; the firmware comes with qemu-system-data and seabios.
make_component() {
  find_version qemu-system-x86 '>=1:8' "$host_codename" "$host_codename-backports"
  local suites=$host_codename package fetched=()
  [[ $found_suite == "$host_codename" ]] || suites+=" $found_suite"
  update_lists "$suites"
  lacking "$suites" qemu-system-x86
  fetched=("${lacking_packages[@]}")
  # What is installed already does not count as lacking, yet QEMU must be whole in one place.
  for package in qemu-system-x86 qemu-system-common qemu-system-data seabios; do
    [[ " ${fetched[*]}" == *" $package="* ]] || fetched+=("$package")
  done
  unpack "$1" "$suites" "${fetched[@]}"
  remove_tree "$1/usr/share/doc"
  check_igb "$1"
}

check_igb() {
  local answer
  answer=$(LD_LIBRARY_PATH=$1/usr/lib/x86_64-linux-gnu \
    "$1/usr/bin/qemu-system-x86_64" -L "$1/usr/share/qemu" -device igb,help 2>&1) ||
    fail "the QEMU just fetched cannot run here (${answer%%$'\n'*})" "apt-get dist-upgrade"
}
