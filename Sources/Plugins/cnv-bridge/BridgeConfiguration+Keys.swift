// SPDX-License-Identifier: Apache-2.0

import CNI

extension BridgeConfiguration {
  /// Every key that the plugin or the specification knows.
  private static let keys = [
    "addrGenMode", "bridge", "disableContainerInterface", "enabledad", "forceAddress",
    "hairpinMode", "ipMasq", "ipMasqBackend", "isDefaultGateway", "isGateway", "macspoofchk", "mtu",
    "portIsolation", "preserveDefaultVlan", "promiscMode", "vlan", "vlanTrunk",
    "args", "capabilities", "cniVersion", "dns", "ipam", "name", "prevResult", "runtimeConfig",
    "type",
  ]

  /// Returns which keys are almost known ones, with those.
  ///
  /// They are no errors, since nodes may have attachments that work without what was meant.
  static func misspeltKeys(in root: ConfigurationObject) -> [(key: String, meant: String)] {
    root.slips(of: keys)
  }
}
