// SPDX-License-Identifier: Apache-2.0

/// One container interface on one network: what an ADD makes and a DEL takes away.
///
/// The CNI specification identifies it by these three values (CNI 1.1.0 §2, "Parameters"). Every
/// kernel object of the attachment carries them, so that no state is kept anywhere else.
package struct Attachment: Hashable, Sendable {
  /// The network's name.
  package let network: String
  /// The container's identifier.
  package let containerID: String
  /// The name of the interface in the container.
  package let containerInterface: InterfaceName
  /// The name of the other end on the host: `veth` and 44 bits of a hash over the three values.
  package let hostInterface: InterfaceName

  /// Names an attachment.
  package init(network: String, containerID: String, containerInterface: InterfaceName) {
    self.network = network
    self.containerID = containerID
    self.containerInterface = containerInterface
    // No value can hold a NUL, so no two attachments have the same text.
    let text = "\(network)\0\(containerID)\0\(containerInterface.string)"
    let digest = Hexadecimal.text(of: SHA512.hash(text.utf8).prefix(6))
    guard let name = InterfaceName("veth" + String(digest.prefix(11))) else {
      preconditionFailure("no interface name from \(digest)")
    }
    hostInterface = name
  }
}
