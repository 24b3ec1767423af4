// SPDX-License-Identifier: Apache-2.0

import Linux
import Netlink
import NetworkModel

/// Removal of what several attachments share, by the last one that uses it.
///
/// The look and the removal happen under the exclusive lock of the namespace; an ADD that comes to
/// use something holds the shared lock from its look until its own port says so.
extension Kernel {
  func removeIfUnused(_ operation: Operation, _ side: Side) throws(KernelError) {
    let lock = try NamespaceLock(.exclusive)
    defer { extendLifetime(lock) }
    switch operation {
    case .deleteUnusedBridge(let name):
      guard let bridge = try side.link(named: name),
        try side.route.links(below: bridge.index).isEmpty
      else { return }
      try side.perform(.deleteLink(name), peerNamespace: nil)
    case .deleteUnusedGateway(let name, let user):
      // A bridge is never deleted in this way, only a veth pair that was made to be a gateway.
      guard let link = try side.link(named: name), link.kind == "veth",
        link.alias.flatMap({ Label($0) })?.isGatewayInterface == true,
        try !isGateway(name, ofOthersThan: user, side)
      else { return }
      try side.perform(.deleteLink(name), peerNamespace: nil)
    case .removeUnusedAddress(let name, let prefix, let user):
      guard try !isGateway(name, ofOthersThan: user, side) else { return }
      try side.perform(.removeAddress(name, prefix), peerNamespace: nil)
    default: preconditionFailure("\(operation) removes nothing that is shared")
    }
  }

  /// Whether the label of any port but one names the interface as its gateway.
  private func isGateway(
    _ name: InterfaceName,
    ofOthersThan user: InterfaceName,
    _ side: Side
  ) throws(KernelError) -> Bool {
    try side.route.links().contains { link in
      link.name != user && link.alias.flatMap { Label($0) }?.gateway == name
    }
  }
}
