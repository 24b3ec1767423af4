// SPDX-License-Identifier: Apache-2.0

/// A setting that any administrator of a link's namespace can change and that the link keeps when
/// it moves to another namespace; only `VFOriginal` records its original value.
package struct LinkSetting: Hashable, Sendable {
  /// The setting, in iproute2's terms.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    /// `IFF_NOARP`, `IFF_PROMISC` and the others of `settableFlags`.
    case flags
    case alias
    case broadcast
    case group
    case mode
    case queueLength = "txqueuelen"
    case segmentationSize = "gso_max_size"
    case segmentCount = "gso_max_segs"
    case receiveSize = "gro_max_size"
    // After those above, which change these too.
    case segmentationSizeIPv4 = "gso_ipv4_max_size"
    case receiveSizeIPv4 = "gro_ipv4_max_size"
  }

  /// The flags that RTM_SETLINK changes, except IFF_UP (`net/core/dev.c`, `__dev_change_flags`).
  package static let settableFlags: UInt32 = 0xF3A4

  /// The setting.
  package var kind: Kind
  /// The value in the format of the kernel's attribute; empty for no alias.
  package var bytes: [UInt8]

  /// Creates a setting.
  package init(_ kind: Kind, _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
  }
}

extension LinkSetting: CustomStringConvertible {
  package var description: String { "\(kind.rawValue) \(Hexadecimal.textWithColons(of: bytes))" }
}

/// How an XDP program is attached to a link (`linux/if_link.h`, `XDP_FLAGS_…_MODE`).
package enum XDPMode: UInt32, Hashable, Sendable, CaseIterable {
  case generic = 2
  case driver = 4
  case hardware = 8
}

/// An alternative name of a link: any bytes except NUL, at most 127 (`linux/if.h`, `ALTIFNAMSIZ`).
package struct AlternativeName: Hashable, Sendable, ExpressibleByStringLiteral {
  /// The name.
  package var bytes: [UInt8]

  /// Creates a name from bytes.
  package init(bytes: [UInt8]) { self.bytes = bytes }

  /// Creates a name from a text.
  package init(_ text: String) { bytes = Array(text.utf8) }

  package init(stringLiteral text: String) { self.init(text) }
}

extension AlternativeName: CustomStringConvertible {
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
