// SPDX-License-Identifier: Apache-2.0

import CNI

/// The keys of a network's configuration, some of which `args.cni` overrides for one pod.
///
/// Multus passes `cni-args` to every plugin of a list, so other keys there belong to other plugins.
struct ConfigurationKeys {
  private static let perPod = [
    "ports", "portRanges", "vmNetworkCIDR", "vmIPv6NetworkCIDR", "istio", "mtu", "dhcp",
  ]
  private static let perNetwork = [
    "podInterface", "reservedPorts", "bridge", "bridgeMac", "tap", "multiQueue", "owner", "group",
    "selinuxContext", "localhost", "hairpin",
  ]
  /// Keys of the specification through which per-pod settings arrive.
  private static let carriers = ["args", "capabilities", "runtimeConfig", "prevResult", "ipam"]
  /// Keys of the specification and of other plugins that only look like misspellings.
  private static let others = ["name", "type", "dns", "cniVersion", "ipMasq", "isGateway"]

  private let root: ConfigurationObject
  private let arguments: ConfigurationObject?

  /// Reads keys of the configuration, and of `args.cni` if present.
  init(_ root: ConfigurationObject, _ arguments: ConfigurationObject?) {
    self.root = root
    self.arguments = arguments
  }

  /// The value that applies to this pod, with its path.
  subscript(key: String) -> ConfigurationValue {
    if Self.perPod.contains(key), let value = arguments?[key], value.value != nil { return value }
    return root[key]
  }

  /// Collects keys that are probably misspellings of these: a port list that is ignored would open
  /// every port.
  func judgeSpelling(_ faults: inout Faults) {
    let own = Self.perPod + Self.perNetwork
    faults.gather(try root.judgeSpelling(of: own + Self.carriers + Self.others))
    faults.gather(try root["args"].object()?.judgeSpelling(of: ["cni"]))
    faults.gather(try arguments?.judgeSpelling(of: own))
  }
}

extension ConfigurationValue {
  /// Returns the error that this value, valid by itself, conflicts with another.
  func conflict(_ text: String) -> CNIError {
    CNIError(.invalidConfiguration, "\(path): \(text)")
  }
}

extension Faults {
  /// Reads every element of an array; nil if it is absent or not an array.
  mutating func list<Element>(
    _ value: ConfigurationValue,
    _ read: (ConfigurationValue) throws(CNIError) -> Element?
  ) -> [Element]? {
    guard let elements = gather(try value.elements()) else { return nil }
    var list: [Element] = []
    for element in elements {
      if let element = gather(try read(element)) { list.append(element) }
    }
    return list
  }

  /// Collects every unknown key of an object that only this plugin reads.
  mutating func refuseKeys(of object: ConfigurationObject, besides known: [String]) {
    for key in object.keys(besides: known) {
      let text = "unknown key \(object[key].path.inQuotes)"
      append(
        CNIError(.invalidConfiguration, text + " (must be one of \(known.joined(separator: ", ")))")
      )
    }
  }
}
