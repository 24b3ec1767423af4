// SPDX-License-Identifier: Apache-2.0

/// One change of the kernel's state, in the namespace given by its step.
///
/// Links are identified by name, not index: an index is only known once the link exists.
package enum Operation: Hashable, Sendable {
  case createBridge(BridgeCreation)
  case createVeth(VethCreation)
  case createTap(TapCreation)
  case changeLink(InterfaceName, LinkChange)
  case deleteLink(InterfaceName)
  /// Deletes the bridge with this MAC address if it has no ports; one in use by now stays.
  case deleteUnusedBridge(InterfaceName, MACAddress)
  /// Changes a bridge that has no ports but these; one in use by others keeps its settings.
  case changeUnusedBridge(InterfaceName, LinkChange, besides: [InterfaceName])
  /// Deletes a gateway interface, with its peer, if no other attachment's label names it.
  case deleteUnusedGateway(InterfaceName, besides: InterfaceName)
  /// Permanently stops a bridge port from receiving, learning and forwarding, without waiting.
  case disablePort(InterfaceName)
  case addPortVLANs(InterfaceName, [PortVLAN])
  case removePortVLANs(InterfaceName, [VLANRange])
  case addAddress(InterfaceName, IPPrefix)
  /// Adds an address known to be unique on the link, so that IPv6 skips duplicate detection.
  case addUncontestedAddress(InterfaceName, IPPrefix)
  case removeAddress(InterfaceName, IPPrefix)
  /// Removes an address of a gateway interface if no other attachment of the same network has it in
  /// its label.
  case removeUnusedAddress(InterfaceName, IPPrefix, besides: Attachment)
  case addRoute(Route, through: InterfaceName)
  /// Writes a value below `/proc/sys` unless already set; with `ifPresent`, the key may be missing.
  case setSysctl(key: String, value: String, ifPresent: Bool)
  /// Writes an optional value below `/proc/sys`: if it cannot be written, a line on standard error
  /// says so.
  case trySysctl(key: String, value: String)
  case changeRuleset(NFT.Transaction)
  /// Deletes a chain with its rules, and the table together with its last chain.
  case deleteChain(NFT.Chain.ID)
  /// Changes settings of a virtual function through its physical function; several changes are
  /// applied in order, in one message.
  case changeVF(VFIndex, of: InterfaceName, [VFChange])
  /// Moves a link to the other namespace under a new name; it arrives down.
  ///
  /// The kernel moves the link before it renames it: if the name is taken there (EEXIST), the link
  /// may have been moved nevertheless.
  case moveLink(InterfaceName, to: StepNamespace, as: InterfaceName)
  case addAlternativeName(InterfaceName, AlternativeName)
  case removeAlternativeName(InterfaceName, AlternativeName)
}

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
