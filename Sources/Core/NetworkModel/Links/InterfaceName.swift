// SPDX-License-Identifier: Apache-2.0

/// A network interface name that the kernel accepts.
///
/// 1 to 15 bytes, not `.` or `..`, without `/`, `:` or white space (`net/core/dev.c`,
/// `dev_valid_name`; `linux/if.h`, `IFNAMSIZ`). Names are compared byte by byte, not by Unicode
/// equivalence.
package struct InterfaceName: Hashable, Sendable {
  /// The maximum length in bytes: `IFNAMSIZ` minus the terminating NUL.
  package static let maximumLength = 15

  /// The name as text.
  package let string: String

  /// Creates a name, or returns nil if the kernel would reject it.
  package init?(_ string: String) {
    let bytes = string.utf8
    guard !bytes.isEmpty, bytes.count <= Self.maximumLength, string != ".", string != "..",
      !bytes.contains(where: Self.isForbidden)
    else { return nil }
    self.string = string
  }

  /// Whether a new link can get the name: `%` starts a pattern that the kernel replaces by a number
  /// (`dev_alloc_name`), and it uses `all` and `default` itself below `/proc/sys`
  /// (`net/ipv4/devinet.c`, `sysctl_dev_name_is_allowed`).
  package var isFree: Bool {
    !string.utf8.contains(UInt8(ascii: "%")) && string != "all" && string != "default"
  }

  private static func isForbidden(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: " "), 0, 0x09...0x0D: true
    // The kernel's isspace is Latin-1: 0xA0 is its no-break space.
    case 0xA0: true
    default: false
    }
  }
}

extension InterfaceName: CustomStringConvertible {
  package var description: String { string }
}

extension InterfaceName: Comparable {
  package static func < (left: InterfaceName, right: InterfaceName) -> Bool {
    left.string.utf8.lexicographicallyPrecedes(right.string.utf8)
  }

  package static func == (left: InterfaceName, right: InterfaceName) -> Bool {
    left.string.hasSameBytes(as: right.string)
  }

  package func hash(into hasher: inout Hasher) {
    for byte in string.utf8 { hasher.combine(byte) }
  }
}

extension String {
  /// Returns as much of the beginning as fits a number of bytes without splitting a character.
  package func beginning(bytes limit: Int) -> String {
    guard utf8.count > limit else { return self }
    var end = utf8.index(startIndex, offsetBy: limit)
    while UTF8.isContinuation(utf8[end]) { end = utf8.index(before: end) }
    return String(self[..<end])
  }

  /// Returns whether both texts have the same bytes; `==` also compares by Unicode equivalence.
  package func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
