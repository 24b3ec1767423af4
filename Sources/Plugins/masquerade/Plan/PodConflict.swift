// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// A state of the pod that prevents ADD from carrying out its configuration.
enum PodConflict: Conflict, Equatable {
  /// The pod's interface is missing.
  case noUplink(InterfaceName)
  /// The pod's interface has no address that other hosts could reach.
  case noAddress(InterfaceName)
  /// The VM's network overlaps the pod's.
  case overlap(IPPrefix, IPPrefix, interface: String)
  /// The requested MTU does not fit the pod's interface.
  case mtuTooLarge(Int, Int, InterfaceName)
  /// IPv6 needs a larger MTU.
  case mtuTooSmall(Int)
  /// An interface already has a required name.
  case nameTaken(key: String, InterfaceName, kind: String?)
  /// An interface already has a required index.
  case indexTaken(key: String, InterfaceName, Int32)
  /// A table already has the required name.
  case tableTaken(String)
}

extension PodConflict {
  var code: CNIErrorCode {
    switch self {
    case .noUplink, .noAddress: .noUplink
    case .nameTaken, .indexTaken, .tableTaken: .alreadyExists
    case .overlap, .mtuTooLarge, .mtuTooSmall: .invalidConfiguration
    }
  }

  /// The fault, in one line, with the configuration's key first if one is to blame.
  var message: String {
    switch self {
    case .noUplink(let name): "podInterface: the pod has no interface \(name)"
    case .noAddress(let name): "podInterface: \(name) has no global unicast address"
    case .overlap(let network, let other, let interface):
      (network.address.family == .v4 ? "vmNetworkCIDR" : "vmIPv6NetworkCIDR")
        + ": \(network) overlaps \(other) of \(interface)"
    case .mtuTooLarge(let mtu, let limit, let name): "mtu: \(mtu) exceeds \(limit) of \(name)"
    case .mtuTooSmall(let mtu): "mtu: \(mtu) is less than the 1280 that IPv6 needs"
    case .nameTaken(let key, let name, let kind):
      "\(key): interface \(name) already exists" + (kind.map { " (of kind \($0))" } ?? "")
    case .indexTaken(let key, let name, let index):
      "interface \(name) has the index \(index), which the attachment's \(key) needs"
    case .tableTaken(let name): "podInterface: table 'inet \(name)' already exists"
    }
  }

  var remedy: String {
    switch self {
    case .noUplink: "chain masquerade after the plugin that creates the interface, or name another"
    case .noAddress: "the plugin that creates the interface must assign an address to it"
    case .overlap: "choose another network for the VM"
    case .mtuTooLarge: "lower \"mtu\" or leave it out"
    case .mtuTooSmall: "raise \"mtu\", or attach the VM to a pod without IPv6"
    case .nameTaken(let key, _, _): "DEL the other attachment first, or set \"\(key)\""
    case .indexTaken:
      "delete it; if it is another VM's, start the pod anew: its new container ID makes another index"
    case .tableTaken: "DEL the other attachment of this interface first"
    }
  }
}
