// SPDX-License-Identifier: Apache-2.0

import CNI

/// The keys of a network's configuration, some of which `args.cni` overrides for one pod.
///
/// Multus gives `cni-args` to every plugin of a list, so that other keys there are somebody else's.
struct ConfigurationKeys {
  private static let perPod = [
    "ports", "portRanges", "vmNetworkCIDR", "vmIPv6NetworkCIDR", "istio", "mtu", "dhcp",
  ]

  private let root: ConfigurationObject
  private let arguments: ConfigurationObject?

  /// Reads keys of the configuration, and of `args.cni` where there is one.
  init(_ root: ConfigurationObject, _ arguments: ConfigurationObject?) {
    self.root = root
    self.arguments = arguments
  }

  /// The value that holds for this pod, with the path where it stands.
  subscript(key: String) -> ConfigurationValue {
    if Self.perPod.contains(key), let value = arguments?[key], value.value != nil { return value }
    return root[key]
  }
}
