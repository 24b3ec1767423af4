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
    let own = Self.perPod + Self.perNetwork
    faults.gather(try root.judgeSpelling(of: own + Self.carriers + Self.others))
    faults.gather(try root["args"].object()?.judgeSpelling(of: ["cni"]))
    faults.gather(try arguments?.judgeSpelling(of: own))
  }
}

extension ConfigurationValue {
  /// Returns the error that this value, right by itself, goes against another.
  func conflict(_ text: String) -> CNIError {
    CNIError(.invalidConfiguration, "\(path): \(text)")
  }
}

extension Faults {
  /// Reads every element of an array; nil where it is absent, or none.
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

  /// Gathers every key of an object that is read by this plugin alone, except those it knows.
  mutating func refuseKeys(of object: ConfigurationObject, besides known: [String]) {
    for key in object.keys(besides: known) {
      let text = "unknown key \(object[key].path.inQuotes)"
      append(
        CNIError(.invalidConfiguration, text + " (must be one of \(known.joined(separator: ", ")))")
      )
    }
  }
}
