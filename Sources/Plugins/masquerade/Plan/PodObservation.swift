// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What a pod's namespace has before an attachment is made.
struct PodObservation: Equatable {
  /// The pod's interface, nil where there is none.
  var uplink: Link?
  /// Its addresses.
  var addresses: [InterfaceAddress] = []
  /// The namespace's routes; links are named where they are known.
  var routes: [ObservedRoute] = []
  /// The interfaces of the pod beside its loopback, and the one whose settings new ones get.
  var interfaces: [InterfaceName] = []
  /// The link that has the bridge's name or index.
  var bridge: Link?
  /// The link that has the tap's.
  var tap: Link?
  /// Whether a table of this attachment's name is there.
  var hasTable = false
  /// The values of kernel settings; absent ones this kernel lacks.
  var settings: SmallDictionary<String, String> = [:]

  /// A route and the interface it leads through.
  struct ObservedRoute: Equatable {
    /// The addresses it leads to.
    var destination: IPPrefix
    /// The interface's name.
    var interface: String
    /// Whether nothing is reached by it.
    var isDeadEnd = false
  }

  /// Whether the kernel knows IPv6; with `ipv6.disable=1` it does not.
  var knowsIPv6: Bool {
    settings[PodSettings.Key.forwardingV6.path(PodSettings.all)] != nil
  }

  /// Whether a default route of a family leads through an interface.
  func hasDefaultRoute(_ family: IPFamily, through interface: InterfaceName) -> Bool {
    routes.contains { $0.destination == .any(family) && $0.interface == interface.string }
  }

  /// The pod's addresses that others reach it by, in order.
  var podAddresses: [IPAddress] {
    addresses.filter { $0.isGlobal && !$0.prefix.address.isLinkLocal && !$0.isDuplicate }
      .map { $0.prefix.address }
  }

  /// The families that the VM gets: those the pod has.
  var families: [IPFamily] {
    IPFamily.allCases.filter { family in podAddresses.contains { $0.family == family } }
  }
}
