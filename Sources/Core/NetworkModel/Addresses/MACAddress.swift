// SPDX-License-Identifier: Apache-2.0

/// A 48-bit Ethernet hardware address.
package struct MACAddress: Hashable, Sendable {
  /// The six bytes in transmission order.
  package let bytes: [UInt8]

  /// Creates an address from six bytes, or returns nil for any other number.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// Parses `02:00:00:00:00:01`, `02-00-00-00-00-01` or `0200.0000.0001`, in either case.
  ///
  /// These are the formats that Go's `net.ParseMAC` accepts for a 48-bit address. Returns nil for
  /// anything else, including the 64-bit and InfiniBand lengths: no Ethernet link can have them.
  package init?(_ text: String) {
    let characters = Array(text.utf8)
    let digits: [UInt8]
    switch characters.count {
    case 17:
      let separator = characters[2]
      guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-") else { return nil }
      let isSeparated = characters.indices.allSatisfy {
        ($0 % 3 == 2) == (characters[$0] == separator)
      }
      guard isSeparated else { return nil }
      digits = characters.filter { $0 != separator }
    case 14:
      guard characters[4] == UInt8(ascii: "."), characters[9] == UInt8(ascii: ".") else {
        return nil
      }
      digits = characters.filter { $0 != UInt8(ascii: ".") }
    default: return nil
    }
    guard let bytes = Hexadecimal.bytes(of: String(decoding: digits, as: UTF8.self)) else {
      return nil
    }
    self.init(bytes: bytes)
  }

  /// The all-zero address.
  package static var zero: MACAddress { MACAddress(zero: ()) }

  private init(zero: Void) {
    bytes = [UInt8](repeating: 0, count: 6)
  }

  /// Whether a single station can own the address: not multicast and not all zero.
  ///
  /// The kernel's `is_valid_ether_addr`; it rejects any other address for a link.
  package var isUnicast: Bool { bytes[0] & 1 == 0 && bytes.contains { $0 != 0 } }
}

extension MACAddress {
  /// Returns an address with a mark that shows that a plugin created the link under this name: the
  /// first three bytes of this address, and three of a hash over these and the name.
  ///
  /// A link can be given an address when it is created, but a label only afterwards.
  package func marked(for name: InterfaceName) -> MACAddress {
    var bytes = bytes
    let text = "\(Hexadecimal.text(of: bytes.prefix(3)))\0\(name)"
    bytes.replaceSubrange(3..., with: SHA512.hash(text.utf8).prefix(3))
    return MACAddress(bytes: bytes) ?? self
  }

  /// Returns the marked address of a bridge's port.
  ///
  /// A bridge without an explicit address adopts the lowest of its ports': FE is never that.
  package func marked(forPort name: InterfaceName) -> MACAddress {
    let port = MACAddress(bytes: [0xFE] + bytes.dropFirst()) ?? self
    return port.marked(for: name)
  }
}

extension MACAddress: CustomStringConvertible {
  /// The address in lower case with colons, as in the kernel's tools and CNI results.
  package var description: String {
    Hexadecimal.textWithColons(of: bytes)
  }
}
