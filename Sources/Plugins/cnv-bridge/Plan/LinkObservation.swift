// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What the kernel has before an attachment's links are made.
struct LinkObservation: Equatable {
  /// The link of the configured bridge's name.
  var bridge: Link?
  /// That bridge's ports; only asked where they matter, as where it has to change.
  var bridgePorts: [Link] = []
  /// Whether that bridge takes the lowest of its ports' addresses; only asked where it is to be a
  /// gateway.
  var bridgeFollowsPorts = false
  /// What is left of a bridge that a killed ADD was making; only asked where one is to be made.
  var unfinishedBridge: Link?
  /// The VLAN's gateway interface; only asked where it is to be used.
  var gateway: Link?
  /// The link of the host end's name.
  var hostEnd: Link?
  /// Whether the packet filter has a chain for the host end; only asked where none is to be made.
  var hasStaleFilter = false
  /// The link of the container interface's name.
  var containerEnd: Link?
  /// The host end's other end, where the container has it under another name.
  var renamedEnd: Link?
}
