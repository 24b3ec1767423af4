// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Attachment {
  /// The label of this attachment's objects.
  var label: Label { Label(self, of: Label.masqueradePlugin) }
}

extension Label {
  /// The plugin's name in the labels of its objects, whatever its file name.
  static let masqueradePlugin = "masquerade"
}

/// The indices of an attachment's bridge and tap, derived from the hash that identifies it.
///
/// A program in the pod can rename, relabel and move every link, but not renumber it. The kernel
/// counts from 1 and never gets this far.
struct LinkIndices {
  let bridge: Int32
  let tap: Int32

  /// The bit that every such index has and no other.
  static let mark: Int32 = 1 << 30

  /// Derives the indices of an attachment.
  init(_ attachment: Attachment) {
    let digits = attachment.hostInterface.string.utf8.suffix(6)
    let hash = digits.reduce(Int32(0)) { $0 << 4 | Int32(Hexadecimal.value(of: $1) ?? 0) }
    bridge = Self.mark | hash << 1
    tap = bridge | 1
  }

  /// Whether a link is the bridge or the tap of any attachment.
  static func contain(_ link: Link) -> Bool { link.index & mark != 0 }
}
