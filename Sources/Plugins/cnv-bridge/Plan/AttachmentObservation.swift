// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The kernel's state of an attachment at one moment, as seen by CHECK.
struct AttachmentObservation: Equatable {
  /// The link with the configured bridge's name.
  var bridge: Link?
  /// The host end.
  var hostEnd: Link?
  /// The container end.
  var containerEnd: Link?
  /// Whether the result's sandbox is the container's namespace.
  var isReportedSandbox = true
  /// The ID by which the host knows the container's namespace, nil if no link leads there.
  var containerNumber: Int32?
  /// The VLANs of the host end; nil if the configuration has none.
  var vlans: [PortVLAN]?
  /// The fault of the spoof filter, nil if there is none or no filter is configured.
  var filterDifference: String?
  /// The container interface's addresses.
  var addresses: [InterfaceAddress] = []
  /// The container's routes.
  var routes: [InstalledRoute] = []
  /// The interface with the gateway addresses, nil if it is gone or none is configured.
  var gateway: Link?
  /// Why that interface is cut off from its VLAN, nil if it is not.
  var gatewayFault: String?
  /// That interface's addresses.
  var gatewayAddresses: [InterfaceAddress] = []
  /// The families whose packets the node forwards.
  var forwarding: Set<IPFamily> = []
  /// The fault of the masquerade rules, nil if there is none or none are configured.
  var masqueradeDifference: String?
}
