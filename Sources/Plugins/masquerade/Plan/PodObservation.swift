// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The state of a pod's namespace before an attachment is created.
struct PodObservation: Equatable {
  /// The pod's interface, nil if it does not exist.
  var uplink: Link?
  /// Its addresses.
  var addresses: [InterfaceAddress] = []
  /// The namespace's routes; links are named if they are known.
  var routes: [ObservedRoute] = []
  /// The interfaces of the pod except its loopback, and the one whose settings new ones inherit.
  var interfaces: [InterfaceName] = []
  /// The link that has the bridge's name or index.
  var bridge: Link?
  /// The link that has the tap's name or index.
  var tap: Link?
  /// Whether a table of this attachment's name exists.
  var hasTable = false
  /// The values of kernel settings; those this kernel lacks are absent.
  var settings: SmallDictionary<String, String> = [:]

  /// A route and its output interface.
  struct ObservedRoute: Equatable {
    /// The destination.
    var destination: IPPrefix
    /// The interface's name.
    var interface: String
    /// Whether it is a black hole or the like.
    var isDeadEnd = false
  }

  /// Whether the kernel knows IPv6; with `ipv6.disable=1` it does not.
  var knowsIPv6: Bool {
    settings[PodSettings.Key.forwardingV6.path(PodSettings.all)] != nil
  }

  /// Whether a default route of a family uses an interface.
  func hasDefaultRoute(_ family: IPFamily, through interface: InterfaceName) -> Bool {
    routes.contains { $0.destination == .any(family) && $0.interface == interface.string }
  }

  /// The addresses at which others reach the pod, in order.
  var podAddresses: [IPAddress] {
    addresses.filter { $0.isGlobal && !$0.prefix.address.isLinkLocal && !$0.isDuplicate }
      .map { $0.prefix.address }
  }

  /// The families that the VM gets: those of the pod.
  var families: [IPFamily] {
    IPFamily.allCases.filter { family in podAddresses.contains { $0.family == family } }
  }
}
