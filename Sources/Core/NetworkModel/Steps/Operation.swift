// SPDX-License-Identifier: Apache-2.0

/// One change of the kernel's state, in the namespace that its step names.
///
/// Links are named, never numbered: an index is only known once the link exists.
package enum Operation: Hashable, Sendable {
  case createBridge(BridgeCreation)
  case createVeth(VethCreation)
  case createTap(TapCreation)
  case changeLink(InterfaceName, LinkChange)
  case deleteLink(InterfaceName)
  /// Deletes the bridge of this address that has no ports; one that somebody uses meanwhile stays.
  case deleteUnusedBridge(InterfaceName, MACAddress)
  /// Changes a bridge that has no ports but these; one that somebody uses meanwhile keeps its settings.
  case changeUnusedBridge(InterfaceName, LinkChange, besides: [InterfaceName])
  /// Deletes a gateway interface that no other attachment's label names, with the pair's other end.
  case deleteUnusedGateway(InterfaceName, besides: InterfaceName)
  /// Stops a bridge's port for good from receiving, learning and forwarding, without waiting.
  case disablePort(InterfaceName)
  case addPortVLANs(InterfaceName, [PortVLAN])
  case removePortVLANs(InterfaceName, [VLANRange])
  case addAddress(InterfaceName, IPPrefix)
  /// Adds an address that nobody else on the link can have, so that IPv6 does not ask first.
  case addUncontestedAddress(InterfaceName, IPPrefix)
  case removeAddress(InterfaceName, IPPrefix)
  /// Removes an address of a gateway interface that the label of no other attachment of the same
  /// network names.
  case removeUnusedAddress(InterfaceName, IPPrefix, besides: Attachment)
  case addRoute(Route, through: InterfaceName)
  /// Writes a value below `/proc/sys` unless it is there; where `ifPresent`, a kernel without the key is no failure.
  case setSysctl(key: String, value: String, ifPresent: Bool)
  /// Writes a value below `/proc/sys` that an attachment is better off with and works without: where
  /// it cannot be written, a line on standard error says so.
  case trySysctl(key: String, value: String)
  case changeRuleset(NFT.Transaction)
  /// Deletes a chain with its rules, and with a table's last chain the table.
  case deleteChain(NFT.Chain.ID)
  /// Changes settings of a virtual function through its physical one; several changes are applied
  /// in order, in one message.
  case changeVF(VFIndex, of: InterfaceName, [VFChange])
  /// Moves a link to the other namespace under a new name; it arrives down.
  ///
  /// The kernel moves first and names then: where the name is taken there (EEXIST) the link may
  /// have been moved all the same.
  case moveLink(InterfaceName, to: StepNamespace, as: InterfaceName)
  case addAlternativeName(InterfaceName, AlternativeName)
  case removeAlternativeName(InterfaceName, AlternativeName)
}

/// A bridge to create.
package struct BridgeCreation: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its index, nil for one that the kernel chooses.
  package var index: Int32?
  /// Its address; giving one pins it, so that it does not follow the ports'.
  package var mac: MACAddress
  /// Its largest packet in bytes, nil to follow its ports.
  package var mtu: Int?
  /// Whether it filters VLANs.
  package var filtersVLANs: Bool
  /// Whether multicast only goes where somebody asked for it.
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
  /// The address of that end, nil for one the kernel chooses.
  package var mac: MACAddress?
  /// The bridge that end becomes a port of.
  package var bridge: InterfaceName?
  /// The other end.
  package var peer: InterfaceName
  /// The address of the other end, nil for one the kernel chooses.
  package var peerMAC: MACAddress?
  /// Where the other end is.
  package var peerNamespace: StepNamespace
  /// The largest packet of both ends in bytes, nil for the kernel's 1500.
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

/// A tap interface to create, which stays when its maker ends.
package struct TapCreation: Hashable, Sendable {
  /// Its name.
  package var name: InterfaceName
  /// Its index, nil for one that the kernel chooses.
  package var index: Int32?
  /// The user who may open it without a capability, nil for nobody.
  package var owner: UInt32?
  /// The group whose members may open it likewise, nil for nobody.
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
