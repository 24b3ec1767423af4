# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
about="iptables on nf_tables, which Istio's sidecar sets its rules with"
product=iptables
size=30
needs=''
inputs=''

make_component() {
  update_lists "$host_codename"
  lacking "$host_codename" iptables
  unpack "$1" "$host_codename" "${lacking_packages[@]}"
  remove_tree "$1/usr/share/doc"
}
