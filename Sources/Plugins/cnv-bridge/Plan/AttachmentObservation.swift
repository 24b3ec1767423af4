// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What the kernel has of an attachment at one moment, as CHECK finds it.
struct AttachmentObservation: Equatable {
  /// The link of the configured bridge's name.
  var bridge: Link?
  /// The end on the host.
  var hostEnd: Link?
  /// The end in the container.
  var containerEnd: Link?
  /// Whether the result's sandbox is the container's namespace.
  var isReportedSandbox = true
  /// The number by which the host knows the container's namespace, nil where no link leads there.
  var containerNumber: Int32?
  /// The VLANs of the host end; nil where the configuration asks for none.
  var vlans: [PortVLAN]?
  /// What is wrong with the spoof filter, nil where nothing is or none is asked for.
  var filterDifference: String?
  /// The container interface's addresses.
  var addresses: [InterfaceAddress] = []
  /// The container's routes.
  var routes: [InstalledRoute] = []
  /// The interface with the gateways' addresses, nil where it is gone or none is asked for.
  var gateway: Link?
  /// What keeps that interface from its VLAN, nil where nothing does.
  var gatewayFault: String?
  /// That interface's addresses.
  var gatewayAddresses: [InterfaceAddress] = []
  /// The families whose packets the node forwards.
  var forwarding: Set<IPFamily> = []
  /// What is wrong with the masquerade rules, nil where nothing is or none are asked for.
  var masqueradeDifference: String?
}
