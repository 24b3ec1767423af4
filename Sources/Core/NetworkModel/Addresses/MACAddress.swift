// SPDX-License-Identifier: Apache-2.0

/// A 48-bit Ethernet hardware address.
package struct MACAddress: Hashable, Sendable {
  /// The six bytes in the order they have on the wire.
  package let bytes: [UInt8]

  /// Creates an address from its six bytes, or returns nil for any other number of them.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 6 else { return nil }
    self.bytes = bytes
  }

  /// Parses `02:00:00:00:00:01`, `02-00-00-00-00-01` or `0200.0000.0001`, in either case.
  ///
  /// These are the forms that Go's `net.ParseMAC` takes for a 48-bit address. Returns nil for
  /// anything else, the 64-bit and InfiniBand lengths included: no Ethernet link can hold them.
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

  /// The address of no station.
  package static var zero: MACAddress { MACAddress(zero: ()) }

  private init(zero: Void) {
    bytes = [UInt8](repeating: 0, count: 6)
  }

  /// Whether a single station can own the address: not multicast and not all zero.
  ///
  /// The kernel's `is_valid_ether_addr`; it refuses any other address for a link.
  package var isUnicast: Bool { bytes[0] & 1 == 0 && bytes.contains { $0 != 0 } }
}

extension MACAddress {
  /// Returns an address with a mark by which a link that has it shows that a plugin made it under this
  /// name: the first three bytes of this one, and three of a hash over these and the name.
  ///
  /// A link can be given an address as it is made, and a label only after that.
  package func marked(for name: InterfaceName) -> MACAddress {
    var bytes = bytes
    let text = "\(Hexadecimal.text(of: bytes.prefix(3)))\0\(name)"
    bytes.replaceSubrange(3..., with: SHA512.hash(text.utf8).prefix(3))
    return MACAddress(bytes: bytes) ?? self
  }

  /// Returns the marked address of a bridge's port.
  ///
  /// A bridge whose address nobody has set takes the lowest of its ports': FE is never that.
  package func marked(forPort name: InterfaceName) -> MACAddress {
    let port = MACAddress(bytes: [0xFE] + bytes.dropFirst()) ?? self
    return port.marked(for: name)
  }
}

extension MACAddress: CustomStringConvertible {
  /// The address in lower case with colons, as the kernel's tools and CNI results write it.
  package var description: String {
    Hexadecimal.textWithColons(of: bytes)
  }
}
