// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

extension RouteSocket {
  /// Performs an operation on links, addresses or routes in this socket's namespace.
  ///
  /// `file` returns a descriptor of the namespace of a veth's other end or of a link's destination,
  /// nil for the socket's own; `index` looks up the index of a name for requests that need it. The
  /// link to change is found by `knownIndex` if that is given, since it may have been renamed.
  /// - Throws: `KernelError` in the operation's words.
  package borrowing func perform(
    _ operation: LinkOperation,
    knownIndex: Int32? = nil,
    file: (StepNamespace) throws(KernelError) -> Int32? = { _ in nil },
    index: (InterfaceName) throws(KernelError) -> Int32
  ) throws(KernelError) {
    let request = try Self.request(for: operation, knownIndex, file, index)
    _ = try socket.ask(request, { operation.words }) { $0 }
  }

  private static func request(
    for operation: LinkOperation,
    _ knownIndex: Int32?,
    _ file: (StepNamespace) throws(KernelError) -> Int32?,
    _ index: (InterfaceName) throws(KernelError) -> Int32
  ) throws(KernelError) -> RouteMessage {
    switch operation {
    case .createBridge(let bridge): return LinkRequests.create(bridge)
    case .createVeth(let veth):
      let master: Int32? = if let bridge = veth.bridge { try index(bridge) } else { nil }
      let peer = try file(veth.peerNamespace)
      return LinkRequests.create(veth, bridgeIndex: master, peerNamespace: peer)
    case .changeLink(let name, let change):
      let master: Int32? = if let bridge = change.bridge { try index(bridge) } else { nil }
      let link: Int32? = if change.name != nil { try index(name) } else { knownIndex }
      return LinkRequests.change(name, change, bridgeIndex: master, linkAt: link)
    case .deleteLink(let name): return LinkRequests.delete(name)
    case .disablePort(let name): return BridgePortRequests.disable(portAt: try index(name))
    case .addPortVLANs(let name, let vlans):
      return BridgePortRequests.add(vlans, toPortAt: try index(name))
    case .removePortVLANs(let name, let ranges):
      return BridgePortRequests.remove(ranges, fromPortAt: try index(name))
    case .addAddress(let name, let prefix):
      return AddressRequests.add(prefix, toLinkAt: try index(name))
    case .addUncontestedAddress(let name, let prefix):
      return AddressRequests.add(prefix, toLinkAt: try index(name), isUncontested: true)
    case .removeAddress(let name, let prefix):
      return AddressRequests.remove(prefix, fromLinkAt: try index(name))
    case .addRoute(let route, let name):
      return RouteRequests.add(route, throughLinkAt: try index(name))
    case .changeVF(let vf, let physical, let changes):
      return VFRequests.change(vf, of: physical, at: knownIndex, changes)
    case .moveLink(let name, let destination, let newName):
      let index = try index(name)
      return LinkRequests.move(linkAt: index, to: try file(destination), as: newName)
    case .addAlternativeName(let name, let other):
      return LinkRequests.alternativeName(other, ofLinkAt: try index(name), isAdded: true)
    case .removeAlternativeName(let name, let other):
      return LinkRequests.alternativeName(other, ofLinkAt: try index(name), isAdded: false)
    }
  }
}
