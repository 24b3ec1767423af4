// SPDX-License-Identifier: Apache-2.0

/// An address family of the Internet protocols.
package enum IPFamily: Hashable, Sendable, CaseIterable {
  case v4, v6

  /// Both families, IPv4 first.
  package static let allCases: [IPFamily] = [.v4, .v6]

  /// The number of bits of an address: 32 or 128.
  package var addressBits: Int { self == .v4 ? 32 : 128 }

  /// `"4"` or `"6"`, the `version` of an address in CNI results before 1.0.0.
  package var digit: String { self == .v4 ? "4" : "6" }
}

/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable {
  /// 4 or 16 bytes in network order.
  package let bytes: [UInt8]

  /// Creates an address from 4 or 16 bytes in network order, or returns nil.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Creates the all-zero address.
  package init(unspecified family: IPFamily) {
    bytes = [UInt8](repeating: 0, count: family.addressBits / 8)
  }

  /// Whether the address is IPv4 or IPv6.
  package var family: IPFamily { bytes.count == 4 ? .v4 : .v6 }

  /// Whether every bit is zero: `0.0.0.0` or `::`.
  package var isUnspecified: Bool { !bytes.contains { $0 != 0 } }

  /// Whether the address is in 224.0.0.0/4 or ff00::/8.
  package var isMulticast: Bool { family == .v4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF }

  /// Whether the address is in 127.0.0.0/8 or is ::1.
  package var isLoopback: Bool {
    family == .v4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] == 1
  }

  /// Whether the address is in 169.254.0.0/16 or fe80::/10.
  package var isLinkLocal: Bool {
    family == .v4
      ? bytes[0] == 169 && bytes[1] == 254 : bytes[0] == 0xFE && bytes[1] & 0xC0 == 0x80
  }

  /// The next higher address, or nil after the highest.
  package var successor: IPAddress? {
    var bytes = bytes
    for position in bytes.indices.reversed() {
      bytes[position] &+= 1
      if bytes[position] != 0 { return IPAddress(bytes: bytes) }
    }
    return nil
  }
}

extension IPAddress: Comparable {
  /// Orders IPv4 before IPv6 and addresses of one family by value.
  package static func < (left: IPAddress, right: IPAddress) -> Bool {
    guard left.bytes.count == right.bytes.count else {
      return left.bytes.count < right.bytes.count
    }
    return left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}
