// SPDX-License-Identifier: Apache-2.0

/// One change of the kernel's state, in the namespace given by its step.
///
/// Links are identified by name, not index: an index is only known once the link exists.
package enum Operation: Hashable, Sendable {
  /// A request on the route socket.
  case link(LinkOperation)
  /// A change of what several attachments share, unless another one uses it by now.
  case ifUnused(SharedOperation)
  case createTap(TapCreation)
  /// Writes a value below `/proc/sys` unless already set; with `ifPresent`, the key may be missing.
  case setSysctl(key: String, value: String, ifPresent: Bool)
  /// Writes an optional value below `/proc/sys`: if it cannot be written, a line on standard error
  /// says so.
  case trySysctl(key: String, value: String)
  case changeRuleset(Nftables.Transaction)
  /// Deletes a chain with its rules, and the table together with its last chain.
  case deleteChain(Nftables.Chain.ID)
}

/// A change of links, addresses or routes: one netlink message.
package enum LinkOperation: Hashable, Sendable {
  case createBridge(BridgeCreation)
  case createVeth(VethCreation)
  case changeLink(InterfaceName, LinkChange)
  case deleteLink(InterfaceName)
  /// Permanently stops a bridge port from receiving, learning and forwarding, without waiting.
  case disablePort(InterfaceName)
  case addPortVLANs(InterfaceName, [PortVLAN])
  case removePortVLANs(InterfaceName, [VLANRange])
  case addAddress(InterfaceName, IPPrefix)
  /// Adds an address known to be unique on the link, so that IPv6 skips duplicate detection.
  case addUncontestedAddress(InterfaceName, IPPrefix)
  case removeAddress(InterfaceName, IPPrefix)
  case addRoute(Route, through: InterfaceName)
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

/// A change of a bridge or gateway interface that others may be using, made under the lock.
package enum SharedOperation: Hashable, Sendable {
  /// Deletes the bridge with this MAC address if it has no ports.
  case deleteBridge(InterfaceName, MACAddress)
  /// Changes a bridge that has no ports but these.
  case changeBridge(InterfaceName, LinkChange, besides: [InterfaceName])
  /// Deletes a gateway interface, with its peer, if no other attachment's label names it.
  case deleteGateway(InterfaceName, besides: InterfaceName)
  /// Removes an address of a gateway interface if no other attachment of the same network has it in
  /// its label.
  case removeAddress(InterfaceName, IPPrefix, besides: Attachment)
}

/// The namespace in which a step acts.
package enum StepNamespace: Hashable, Sendable {
  /// The one the plugin was started in.
  case host
  /// The one CNI_NETNS names.
  case container
}

/// One operation of a plan, with its undo.
package struct Step: Hashable, Sendable {
  /// The namespace.
  package var namespace: StepNamespace
  /// The operation.
  package var operation: Operation
  /// The undo in the same namespace, each step only if those before it succeeded; empty if the undo
  /// of another step covers it.
  package var undo: [Operation]

  /// Creates a step.
  package init(_ namespace: StepNamespace, _ operation: Operation, undo: Operation...) {
    self.namespace = namespace
    self.operation = operation
    self.undo = undo
  }

  /// Creates a step on links, addresses or routes.
  package init(_ namespace: StepNamespace, _ operation: LinkOperation, undo: Operation...) {
    self.init(namespace, .link(operation))
    self.undo = undo
  }
}
