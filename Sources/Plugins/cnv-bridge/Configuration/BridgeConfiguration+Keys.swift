// SPDX-License-Identifier: Apache-2.0

extension BridgeConfiguration {
  /// Every key that the plugin or the specification knows.
  static let keys = [
    "addrGenMode", "bridge", "disableContainerInterface", "enabledad", "forceAddress",
    "hairpinMode", "ipMasq", "ipMasqBackend", "isDefaultGateway", "isGateway", "macspoofchk", "mtu",
    "portIsolation", "preserveDefaultVlan", "promiscMode", "vlan", "vlanTrunk",
    "args", "capabilities", "cniVersion", "dns", "ipam", "name", "prevResult", "runtimeConfig",
    "type",
  ]
}
