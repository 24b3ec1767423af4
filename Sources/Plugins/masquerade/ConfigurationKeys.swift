// SPDX-License-Identifier: Apache-2.0

import CNI

/// The keys of a network's configuration, some of which `args.cni` overrides for one pod.
///
/// Multus gives `cni-args` to every plugin of a list, so that other keys there are somebody else's.
struct ConfigurationKeys {
  private static let perPod = [
    "ports", "portRanges", "vmNetworkCIDR", "vmIPv6NetworkCIDR", "istio", "mtu", "dhcp",
  ]
  private static let perNetwork = [
    "podInterface", "reservedPorts", "bridge", "bridgeMac", "tap", "multiQueue", "owner", "group",
    "selinuxContext", "localhost", "hairpin",
  ]
  /// Keys of the specification through which a pod's own settings come.
  private static let carriers = ["args", "capabilities", "runtimeConfig", "prevResult", "ipam"]
  /// Keys of the specification and of other plugins that only look like slips.
  private static let others = ["name", "type", "dns", "cniVersion", "ipMasq", "isGateway"]

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

  /// Gathers keys that were surely meant to be one of these: a list of ports that nobody reads would
  /// open every port.
  func judgeSpelling(_ faults: inout Faults) {
    for slip in root.slips(of: Self.perPod + Self.perNetwork + Self.carriers + Self.others) {
      faults.append(root.fault(slip))
    }
    if let args = try? root["args"].object() {
      for slip in args.slips(of: ["cni"]) { faults.append(args.fault(slip)) }
    }
    guard let arguments else { return }
    for slip in arguments.slips(of: Self.perPod + Self.perNetwork) {
      faults.append(arguments.fault(slip))
    }
  }
}

extension ConfigurationObject {
  fileprivate func fault(_ slip: (key: String, meant: String)) -> CNIError {
    self[slip.key].fault("unknown key (did you mean \(slip.meant.inQuotes)?)")
  }
}

extension Faults {
  /// Gathers every key of an object that is read by this plugin alone, except those it knows.
  mutating func refuseKeys(of object: ConfigurationObject, besides known: [String]) {
    for key in object.keys(besides: known) {
      append(object[key].fault("unknown key (must be one of \(known.joined(separator: ", ")))"))
    }
  }
}
