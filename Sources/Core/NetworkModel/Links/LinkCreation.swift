// SPDX-License-Identifier: Apache-2.0

/// A bridge to create.
package struct BridgeCreation: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its index, nil to let the kernel choose.
  package var index: Int32?
  /// Its MAC address; setting it pins it, so that it does not follow the ports'.
  package var mac: MACAddress
  /// Its MTU in bytes, nil to follow its ports.
  package var mtu: Int?
  /// Whether it filters VLANs.
  package var filtersVLANs: Bool
  /// Whether multicast snooping is on.
  package var snoopsMulticast: Bool

  /// Creates the description of a bridge.
  package init(
    name: InterfaceName,
    index: Int32? = nil,
    mac: MACAddress,
    mtu: Int? = nil,
    filtersVLANs: Bool = false,
    snoopsMulticast: Bool = true
  ) {
    self.name = name
    self.index = index
    self.mac = mac
    self.mtu = mtu
    self.filtersVLANs = filtersVLANs
    self.snoopsMulticast = snoopsMulticast
  }
}

/// A pair of veth links to create, both down.
package struct VethCreation: Hashable, Sendable {
  /// The end in the step's namespace.
  package var name: InterfaceName
  /// The address of that end, nil to let the kernel choose.
  package var mac: MACAddress?
  /// The bridge of which that end becomes a port.
  package var bridge: InterfaceName?
  /// The other end.
  package var peer: InterfaceName
  /// The address of the other end, nil to let the kernel choose.
  package var peerMAC: MACAddress?
  /// The namespace of the other end.
  package var peerNamespace: StepNamespace
  /// The MTU of both ends in bytes, nil for the kernel's 1500.
  package var mtu: Int?

  /// Creates the description of a pair.
  package init(
    name: InterfaceName,
    mac: MACAddress? = nil,
    bridge: InterfaceName? = nil,
    peer: InterfaceName,
    peerMAC: MACAddress? = nil,
    peerNamespace: StepNamespace,
    mtu: Int? = nil
  ) {
    self.name = name
    self.mac = mac
    self.bridge = bridge
    self.peer = peer
    self.peerMAC = peerMAC
    self.peerNamespace = peerNamespace
    self.mtu = mtu
  }
}

/// A tap interface to create, which outlives its creator.
package struct TapCreation: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its index, nil to let the kernel choose.
  package var index: Int32?
  /// The user who may open it without a capability, nil for none.
  package var owner: UInt32?
  /// The group whose members may open it without a capability, nil for none.
  package var group: UInt32?
  /// Whether it is opened once for each of several queues.
  package var hasManyQueues: Bool

  /// Creates the description of a tap.
  package init(
    name: InterfaceName,
    index: Int32? = nil,
    owner: UInt32? = nil,
    group: UInt32? = nil,
    hasManyQueues: Bool = false
  ) {
    self.name = name
    self.index = index
    self.owner = owner
    self.group = group
    self.hasManyQueues = hasManyQueues
  }
}
