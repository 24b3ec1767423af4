// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
package import Linux
import Netlink
package import NetworkModel
import Nftables

/// Removal of objects shared by several attachments, by their last user.
///
/// The check and the removal happen under the exclusive lock of the namespace; an ADD that starts
/// to use an object holds the shared lock from its check until its own port is labelled.
extension Kernel {
  /// Takes the lock of the calling thread's namespace; after five seconds continues without it and
  /// says so on standard error.
  package func lock(_ mode: NamespaceLock.Mode) throws(KernelError) -> NamespaceLock {
    let lock = try NamespaceLock(mode)
    if !lock.isHeld { Log.tolerated("another process keeps the network namespace locked") }
    return lock
  }

  func perform(_ operation: SharedOperation, _ side: Side) throws(KernelError) {
    let lock = try lock(.exclusive)
    defer { extendLifetime(lock) }
    switch operation {
    case .deleteBridge(let name, let mac):
      guard let bridge = try side.link(named: name), bridge.kind == "bridge", bridge.mac == mac,
        try side.route.links(below: bridge.index).isEmpty
      else { return }
      try side.perform(.deleteLink(name))
    case .changeBridge(let name, let change, let ports):
      guard let bridge = try side.link(named: name), bridge.kind == "bridge",
        try side.route.links(below: bridge.index).allSatisfy({ ports.contains($0.name) })
      else { return }
      try side.perform(.changeLink(name, change))
    case .deleteGateway(let name, let user):
      // This never deletes a bridge, only a veth pair created as a gateway.
      guard let link = try side.link(named: name), try side.isGatewayInterface(link),
        try !isGateway(link, ofOthersThan: user, side)
      else { return }
      try side.perform(.deleteLink(name))
    case .removeAddress(let name, let prefix, let user):
      guard let link = try side.link(named: name),
        try !isGateway(link, ofOthersThan: user.hostInterface, in: user.network, side)
      else { return }
      try side.perform(.removeAddress(name, prefix))
    }
  }

  /// Removes a chain and, unless there are others, its table.
  ///
  /// In two transactions: if the table has other contents, only the table stays.
  func delete(_ chain: Nftables.Chain.ID, _ side: Side) throws(KernelError) {
    for change: Nftables.Change in [.deleteChain(chain), .deleteEmptyTable(chain.table)] {
      do {
        try side.ruleset(from: host).commit([change])
      } catch {
        guard error.isAlreadyGone || error.errno == EBUSY else { throw error }
      }
    }
  }

  /// Whether a port other than `user`, of one network or any, may use the interface as gateway.
  ///
  /// Its label says so; or it has none, as with the Go plugin, leads out of the namespace and has
  /// the same bridge and PVID.
  private func isGateway(
    _ gateway: Link,
    ofOthersThan user: InterfaceName,
    in network: String? = nil,
    _ side: Side
  ) throws(KernelError) -> Bool {
    let links = try side.route.links()
    let isNamed = links.contains { link in
      guard link.name != user, let label = link.label, label.gateway == gateway.name else {
        return false
      }
      return network.map { label.isOf(network: $0) } ?? true
    }
    if isNamed { return true }
    let port = links.first { $0.index == gateway.peer }
    guard let bridge = port == nil ? gateway.index : port?.master else { return false }
    let others = links.filter { link in
      link.name != user && link.kind == "veth" && link.peerNamespace != nil
        && link.master == bridge && link.label == nil
    }
    guard let port, !others.isEmpty else { return !others.isEmpty }
    let vlans = try side.route.vlansOfEveryPort()
    let native = { (link: Link) in
      vlans.first { $0.index == link.index }?.vlans.first { $0.isPVID }?.range
    }
    return others.contains { native($0) == native(port) && native(port) != nil }
  }
}

extension Side {
  /// Whether a link is the end of a gateway interface created by a plugin, complete or not.
  func isGatewayInterface(_ link: Link) throws(KernelError) -> Bool {
    guard link.alias != nil else { return try isUnfinishedGateway(link) }
    return link.label?.isGatewayInterface == true
  }

  /// Whether a link is a gateway interface whose ADD was killed: its label comes last.
  ///
  /// Only under the exclusive lock: otherwise its ADD may be about to label it.
  package func isUnfinishedGateway(_ link: Link) throws(KernelError) -> Bool {
    guard link.kind == "veth", link.alias == nil, let index = link.peer else { return false }
    guard let port = try route.link(at: index), port.peer == link.index else { return false }
    return port.hasMark || port.label?.isGatewayInterface == true
  }
}
