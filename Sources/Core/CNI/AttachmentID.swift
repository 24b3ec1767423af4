// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What tells the attachments of one network apart.
package struct AttachmentID: Equatable, Sendable {
  /// The container's identifier.
  package let containerID: String

  /// The name of the interface in the container; text, since GC only compares it.
  package let interfaceName: String

  /// Creates an identifier.
  package init(containerID: String, interfaceName: String) {
    self.containerID = containerID
    self.interfaceName = interfaceName
  }

  package static func == (left: AttachmentID, right: AttachmentID) -> Bool {
    left.containerID.hasSameBytes(as: right.containerID)
      && left.interfaceName.hasSameBytes(as: right.interfaceName)
  }
}
