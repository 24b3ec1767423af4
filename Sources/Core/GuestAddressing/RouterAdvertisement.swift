// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What tells a guest its IPv6 router and where to get its address (RFC 4861 §4.2).
package struct RouterAdvertisement: Hashable, Sendable {
  /// How long the sender is a default router, in seconds: up to 9000 (RFC 4861 §6.2.1).
  package var lifetimeSeconds: UInt16 = 9000
  private let facts: GuestFacts
  /// The network of the link: known to be reached without the router, for no address to be made of.
  private let network: IPPrefix

  /// Creates what the facts imply, or returns nil where the guest has no IPv6.
  package init?(_ facts: GuestFacts) {
    guard let v6 = facts.v6 else { return nil }
    self.facts = facts
    network = v6.gateway.network
  }
}

extension RouterAdvertisement {
  /// How long prefixes and servers hold after the advertisement, in seconds.
  private static let optionSeconds: UInt32 = 86400

  /// The ICMPv6 message; its checksum is left to the kernel (RFC 3542 §3.1).
  package var encoded: [UInt8] {
    // Type 134, code 0, the hop limit of guests' packets, and that both addresses (M) and other
    // settings (O) come by DHCPv6.
    var bytes: [UInt8] = [134, 0, 0, 0, 64, 0x80 | 0x40]
    bytes.append(integer: lifetimeSeconds)
    // Reachable time and retransmission timer are left to the guest.
    bytes += [UInt8](repeating: 0, count: 8)
    bytes += [1, 1] + facts.bridgeMAC.bytes
    bytes += [5, 1, 0, 0] + .integer(UInt32(clamping: facts.mtu))
    // On-link (L) but not for autoconfiguration (A).
    bytes += [3, 4, UInt8(network.length), 0x80] + .integer(Self.optionSeconds)
    bytes += .integer(Self.optionSeconds) + [0, 0, 0, 0] + network.address.bytes
    // For guests without DHCPv6 (RFC 8106 §5): the name servers, the domains of short names.
    appendOption(25, facts.resolver.servers(.v6).map { $0.bytes }, to: &bytes)
    appendOption(31, facts.resolver.search.map { $0.encoded }, to: &bytes)
    return bytes
  }

  /// Appends what there is room for: advertisements must not be fragmented (RFC 6980 §5), and a link
  /// may have 1280 bytes only.
  private func appendOption(_ type: UInt8, _ items: [[UInt8]], to bytes: inout [UInt8]) {
    var value = items.joined(upTo: 1280 - 40 - 8 - bytes.count)
    guard !value.isEmpty else { return }
    value += [UInt8](repeating: 0, count: (8 - value.count % 8) % 8)
    bytes += [type, UInt8(1 + value.count / 8), 0, 0] + .integer(Self.optionSeconds) + value
  }
}
