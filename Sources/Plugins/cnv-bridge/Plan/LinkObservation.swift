// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The kernel's state before an attachment's links are created.
struct LinkObservation: Equatable {
  /// The link with the configured bridge's name.
  var bridge: Link?
  /// That bridge's ports; only read if they matter, for example if the bridge has to change.
  var bridgePorts: [Link] = []
  /// Whether that bridge takes the lowest of its ports' addresses; only read if it becomes a
  /// gateway.
  var bridgeFollowsPorts = false
  /// An unfinished bridge of a killed ADD; only read if a bridge is to be created.
  var unfinishedBridge: Link?
  /// The VLAN's gateway interface; only read if it is used.
  var gateway: Link?
  /// The link with the host end's name.
  var hostEnd: Link?
  /// Whether the packet filter has a chain for the host end; only read if none is to be created.
  var hasStaleFilter = false
  /// The link with the container interface's name.
  var containerEnd: Link?
  /// The host end's peer, if the container has it under another name.
  var renamedEnd: Link?
}
