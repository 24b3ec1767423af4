// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// KubeVirt's defaults.
extension MasqueradeConfiguration {
  static let defaultPodInterface = name("eth0")
  static let defaultTap = name("tap0")
  static let defaultNetworkV4 = prefix("10.0.2.0/24")
  static let defaultNetworkV6 = prefix("fd10:0:2::/120")

  /// KubeVirt's, the same on every node.
  static let defaultBridgeMAC: MACAddress = {
    guard let mac = MACAddress("02:00:00:00:00:00") else { preconditionFailure("a wrong default") }
    return mac
  }()

  private static func name(_ text: String) -> InterfaceName {
    guard let name = InterfaceName(text) else { preconditionFailure("a wrong default") }
    return name
  }

  private static func prefix(_ text: String) -> IPPrefix {
    guard let prefix = IPPrefix(text) else { preconditionFailure("a wrong default") }
    return prefix
  }
}
