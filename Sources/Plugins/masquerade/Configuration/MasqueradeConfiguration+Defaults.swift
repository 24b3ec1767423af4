// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// KubeVirt's defaults.
extension MasqueradeConfiguration {
  static let defaultPodInterface = certain(InterfaceName("eth0"))
  static let defaultTap = certain(InterfaceName("tap0"))
  static let defaultNetworkV4 = certain(IPPrefix("10.0.2.0/24"))
  static let defaultNetworkV6 = certain(IPPrefix("fd10:0:2::/120"))

  /// The maximum of a tap: 65535 bytes with the Ethernet header (`drivers/net/tun.c`).
  static let largestMTU = 65521

  /// KubeVirt's value, the same on every node.
  static let defaultBridgeMAC = certain(MACAddress("02:00:00:00:00:00"))
}

/// Returns a value that cannot be missing: it was validated before, or is a constant in the source.
func certain<Value>(_ value: Value?) -> Value {
  guard let value else { preconditionFailure("a wrong constant, or a value that was not judged") }
  return value
}
