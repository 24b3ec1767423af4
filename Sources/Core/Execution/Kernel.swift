// SPDX-License-Identifier: Apache-2.0

import CLibc
import CNI
package import Linux
import Netlink
package import NetworkModel
import Nftables

/// The kernel as seen by an attachment: the host's namespace and, if it exists, the container's.
package struct Kernel {
  /// The calling thread's namespace: the one the plugin was started in, or the container's if the
  /// plugin has entered it permanently.
  package let host: Side
  /// The namespace named by CNI_NETNS; nil if it is gone.
  package let container: Side?

  /// Opens the host's side, and the container's if a namespace is given; or moves the calling
  /// thread into that permanently, for a plugin with nothing to do elsewhere, which then needs
  /// neither visits nor sockets of the host.
  package init(
    container namespace: consuming NetworkNamespace?,
    entering: Bool = false
  ) throws(KernelError) {
    guard let namespace else {
      host = try Side.current()
      container = nil
      return
    }
    if entering {
      host = try Side.entering(namespace)
      container = host
    } else {
      host = try Side.current()
      container = try Side.inside(namespace, from: host)
    }
  }

  /// - Throws: `KernelError`, ENOENT if the container is gone.
  func side(_ namespace: StepNamespace) throws(KernelError) -> Side {
    guard namespace == .container else { return host }
    if let container { return container }
    throw KernelError(errno: ENOENT, operation: "enter", object: "the container's namespace")
  }

  /// Performs one step.
  /// - Throws: `KernelError` in the operation's words.
  package func perform(_ step: Step) throws(KernelError) {
    let (namespace, operation) = (step.namespace, step.operation)
    let side = try side(namespace)
    switch operation {
    case .createVeth(let veth) where veth.peerNamespace != namespace:
      let peer = try self.side(veth.peerNamespace).namespace.file.number
      try side.perform(operation, peerNamespace: peer)
    case .deleteUnusedBridge, .changeUnusedBridge, .deleteUnusedGateway, .removeUnusedAddress:
      try removeIfUnused(operation, side)
    case .deleteChain(let id): try delete(id, side)
    case .moveLink(_, let destination, _):
      let other = try self.side(destination).namespace.file.number
      try side.perform(operation, peerNamespace: other)
    case .setSysctl(let key, let value, let ifPresent):
      try run(in: namespace) { () throws(KernelError) in
        try Sysctl(key).set(to: value, ifPresent: ifPresent)
      }
    case .trySysctl(let key, let value):
      try run(in: namespace) { () throws(KernelError) in
        do throws(KernelError) {
          try Sysctl(key).set(to: value, ifPresent: true)
        } catch {
          Log.tolerated("\(error)")
        }
      }
    case .createTap(let tap):
      try run(in: namespace) { () throws(KernelError) in try TapDevice.create(tap) }
    case .changeRuleset(let transaction): try side.ruleset(from: host).commit(transaction)
    default: try side.perform(operation, peerNamespace: nil)
    }
  }
}
