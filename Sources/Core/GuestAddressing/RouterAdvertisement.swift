// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// Announces to a guest its IPv6 router and the source of its address (RFC 4861 §4.2).
package struct RouterAdvertisement: Hashable, Sendable {
  /// The router lifetime in seconds: up to 9000 (RFC 4861 §6.2.1).
  package var lifetimeSeconds: UInt16 = 9000
  private let facts: GuestFacts
  /// The on-link prefix, not used for autoconfiguration.
  private let network: IPPrefix

  /// Creates an advertisement from the facts, or returns nil if the guest has no IPv6.
  package init?(_ facts: GuestFacts) {
    guard let v6 = facts.v6 else { return nil }
    self.facts = facts
    network = v6.gateway.network
  }
}

extension RouterAdvertisement {
  /// The lifetime of prefixes and servers in seconds.
  private static let optionSeconds: UInt32 = 86400

  /// The ICMPv6 message; the kernel fills in its checksum (RFC 3542 §3.1).
  package var encoded: [UInt8] {
    // Type 134, code 0, the guests' hop limit, and flags that both addresses (M) and other settings
    // (O) come from DHCPv6.
    var bytes: [UInt8] = [134, 0, 0, 0, 64, 0x80 | 0x40]
    bytes.append(integer: lifetimeSeconds)
    // Reachable time and retransmission timer are up to the guest.
    bytes += [UInt8](repeating: 0, count: 8)
    bytes += [1, 1] + facts.bridgeMAC.bytes
    bytes += [5, 1, 0, 0] + .integer(UInt32(clamping: facts.mtu))
    // On-link (L) but not for autoconfiguration (A).
    bytes += [3, 4, UInt8(network.length), 0x80] + .integer(Self.optionSeconds)
    bytes += .integer(Self.optionSeconds) + [0, 0, 0, 0] + network.address.bytes
    // For guests without DHCPv6 (RFC 8106 §5): the name servers, the search list.
    appendOption(25, facts.resolver.servers(.v6).map { $0.bytes }, to: &bytes)
    appendOption(31, facts.resolver.search.map { $0.encoded }, to: &bytes)
    return bytes
  }

  /// Appends as much as fits: advertisements must not be fragmented (RFC 6980 §5), and a link may
  /// have an MTU of only 1280.
  private func appendOption(_ type: UInt8, _ items: [[UInt8]], to bytes: inout [UInt8]) {
    var value = items.joined(upTo: 1280 - 40 - 8 - bytes.count)
    guard !value.isEmpty else { return }
    value += [UInt8](repeating: 0, count: (8 - value.count % 8) % 8)
    bytes += [type, UInt8(1 + value.count / 8), 0, 0] + .integer(Self.optionSeconds) + value
  }
}

/// A guest's router solicitation (RFC 4861 §4.1).
package enum RouterSolicitation {
  /// The ICMPv6 type.
  package static let messageType: UInt8 = 133

  /// Checks an ICMPv6 message whose checksum the kernel has verified.
  ///
  /// Returns false if a router must discard it (RFC 4861 §6.1.1): it comes from beyond the link,
  /// according to its hop limit, is malformed, or has a link-layer address but no source.
  package static func isValid(_ bytes: [UInt8], hopLimit: Int, from source: IPAddress) -> Bool {
    var reader = PacketReader(bytes)
    guard hopLimit == 255, reader.integer(as: UInt8.self) == messageType,
      reader.integer(as: UInt8.self) == 0, reader.bytes(2 + 4) != nil
    else { return false }
    while !reader.rest.isEmpty {
      guard let type = reader.integer(as: UInt8.self), let length = reader.integer(as: UInt8.self),
        length > 0, reader.bytes(Int(length) * 8 - 2) != nil, type != 1 || !source.isUnspecified
      else { return false }
    }
    return true
  }
}
