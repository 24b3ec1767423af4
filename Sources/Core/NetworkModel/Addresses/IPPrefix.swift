// SPDX-License-Identifier: Apache-2.0

/// An address with its prefix length, such as `10.1.2.3/24`.
///
/// Host bits are kept: the value represents both an interface's address and a network.
package struct IPPrefix: Hashable, Sendable {
  /// The address, host bits included.
  package let address: IPAddress

  /// The length of the network part in bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
  package let length: Int

  /// Creates a prefix, or returns nil if the length does not fit the family.
  package init?(address: IPAddress, length: Int) {
    guard (0...address.family.addressBits).contains(length) else { return nil }
    self.address = address
    self.length = length
  }

  /// Parses CIDR notation, `10.1.2.3/24` or `fd00::1/64`; the length is decimal without sign.
  package init?(_ text: String) {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")),
      let address = IPAddress(String(text[..<slash]))
    else { return nil }
    let digits = text.utf8[slash...].dropFirst()
    guard (1...3).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    let length = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    self.init(address: address, length: length)
  }

  /// The same prefix with all host bits zero.
  package var network: IPPrefix {
    let masked = zip(address.bytes, mask).map { $0 & $1 }
    return IPAddress(bytes: masked).map { IPPrefix($0, length) } ?? self
  }

  /// The address alone, with the maximum prefix length.
  package var host: IPPrefix { IPPrefix(address, address.family.addressBits) }

  /// The netmask: 4 or 16 bytes in network order.
  package var mask: [UInt8] {
    address.bytes.indices.map { byte in
      let bits = min(8, max(0, length - byte * 8))
      return bits == 0 ? 0 : UInt8.max << (8 - bits)
    }
  }

  /// The first address after the network's own, conventionally the gateway's.
  package var firstHost: IPAddress? { network.address.successor }

  /// The broadcast address of an IPv4 network, nil for IPv6 and for networks without one.
  package var broadcast: IPAddress? {
    guard address.family == .v4, length < 31 else { return nil }
    return IPAddress(bytes: zip(address.bytes, mask).map { $0 | ~$1 })
  }

  /// Returns whether an address of the same family is in the network.
  package func contains(_ other: IPAddress) -> Bool {
    IPPrefix(address: other, length: length)?.network == network
  }

  /// Returns whether the two networks share any address.
  package func overlaps(_ other: IPPrefix) -> Bool {
    length <= other.length ? contains(other.address) : other.contains(address)
  }

  /// The prefix of length 0: every address of the family, the destination of a default route.
  package static func any(_ family: IPFamily) -> IPPrefix {
    IPPrefix(IPAddress(unspecified: family), 0)
  }

  private init(_ address: IPAddress, _ length: Int) {
    self.address = address
    self.length = length
  }
}

extension IPPrefix: CustomStringConvertible {
  /// CIDR notation.
  package var description: String { "\(address)/\(length)" }
}
