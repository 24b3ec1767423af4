// SPDX-License-Identifier: Apache-2.0

/// One container interface on one network: what an ADD creates and a DEL removes.
///
/// The CNI specification identifies it by these three values (CNI 1.1.0 §2, "Parameters"). Every
/// kernel object of the attachment carries them, so no other state is needed.
package struct Attachment: Hashable, Sendable {
  /// The network's name.
  package let network: String
  /// The container's identifier.
  package let containerID: String
  /// The name of the interface in the container.
  package let containerInterface: InterfaceName
  /// The name of the host end: `veth` and 44 bits of a hash over the three values.
  package let hostInterface: InterfaceName

  /// Identifies an attachment.
  package init(network: String, containerID: String, containerInterface: InterfaceName) {
    self.network = network
    self.containerID = containerID
    self.containerInterface = containerInterface
    // No value can hold a NUL, so no two attachments have the same text.
    let text = "\(network)\0\(containerID)\0\(containerInterface.string)"
    hostInterface = InterfaceName("veth", hashOf: text)
  }

  /// The name of a bridge until its ADD has completed it: `cnv-` and the same bits.
  package var unfinishedBridge: InterfaceName {
    let name = InterfaceName("cnv-" + String(hostInterface.string.dropFirst(4)))
    guard let name else { preconditionFailure("it is as long as \(hostInterface)") }
    return name
  }
}

extension Attachment: CustomStringConvertible {
  package var description: String {
    "interface '\(containerInterface)' of container '\(containerID)' in network '\(network)'"
  }
}

extension InterfaceName {
  /// Builds a name of four characters and 44 bits of a text's hash.
  package init(_ start: String, hashOf text: String) {
    let digest = Hexadecimal.text(of: SHA512.hash(text.utf8).prefix(6)).dropLast()
    guard let name = InterfaceName(start + digest) else {
      preconditionFailure("no interface name from \(start) and \(digest)")
    }
    self = name
  }

  /// Whether the name has this form.
  package func isHash(after start: String) -> Bool {
    let bytes = string.utf8
    return string.hasPrefix(start) && bytes.count == Self.maximumLength
      && bytes.dropFirst(4).allSatisfy { Hexadecimal.value(of: $0) != nil }
  }
}
