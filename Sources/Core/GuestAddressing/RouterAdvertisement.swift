// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// What tells a guest its IPv6 router and where to get its address (RFC 4861 §4.2).
package struct RouterAdvertisement: Hashable, Sendable {
  /// The number of the ICMPv6 message.
  package static let messageType: UInt8 = 134

  /// The hop limit guests start packets with.
  package var hopLimit: UInt8 = 64
  /// Whether addresses come by DHCPv6 (M).
  package var hasManagedAddresses = true
  /// Whether other settings come by DHCPv6 (O).
  package var hasOtherSettings = true
  /// How long the sender is a default router, in seconds: up to 9000 (RFC 4861 §6.2.1).
  package var lifetimeSeconds: UInt16 = 9000
  /// The sender's Ethernet address.
  package var sourceMAC: MACAddress
  /// The link's largest packet in bytes, nil where not told.
  package var mtu: UInt32?
  /// The network of the link: known to be reached without the router, for no address to be made of.
  package var network: IPPrefix?
  /// The name servers, for guests without DHCPv6 (RFC 8106 §5.1).
  package var servers: [IPAddress] = []
  /// The domains of short names, for the same guests (RFC 8106 §5.2).
  package var search: [DomainName] = []

  /// Creates an advertisement that says only who the router is.
  package init(sourceMAC: MACAddress) {
    self.sourceMAC = sourceMAC
  }

  /// Creates what the facts imply, or returns nil where the guest has no IPv6.
  package init?(_ facts: GuestFacts) {
    guard let v6 = facts.v6 else { return nil }
    sourceMAC = facts.bridgeMAC
    mtu = UInt32(clamping: facts.mtu)
    network = v6.gateway.network
    servers = facts.resolver.servers(.v6)
    search = facts.resolver.search
  }
}

extension RouterAdvertisement {
  /// How long prefixes and servers hold after the advertisement, in seconds.
  private static let optionSeconds: UInt32 = 86400

  /// The ICMPv6 message; its checksum is left to the kernel (RFC 3542 §3.1).
  package var encoded: [UInt8] {
    let flags: UInt8 = (hasManagedAddresses ? 0x80 : 0) | (hasOtherSettings ? 0x40 : 0)
    var bytes: [UInt8] = [Self.messageType, 0, 0, 0, hopLimit, flags]
    bytes.append(integer: lifetimeSeconds)
    // Reachable time and retransmission timer are left to the guest.
    bytes += [UInt8](repeating: 0, count: 8)
    bytes += [1, 1] + sourceMAC.bytes
    if let mtu { bytes += [5, 1, 0, 0] + .integer(mtu) }
    if let network {
      // On-link (L) but not for autoconfiguration (A).
      bytes += [3, 4, UInt8(network.length), 0x80] + .integer(Self.optionSeconds)
      bytes += .integer(Self.optionSeconds) + [0, 0, 0, 0] + network.network.address.bytes
    }
    if !servers.isEmpty {
      bytes += [25, UInt8(1 + servers.prefix(127).count * 2), 0, 0] + .integer(Self.optionSeconds)
      bytes += servers.prefix(127).flatMap { $0.bytes }
    }
    return bytes + searchOption
  }

  private var searchOption: [UInt8] {
    var names: [UInt8] = []
    // Advertisements must not be fragmented (RFC 6980 §5), and a link may have 1280 bytes only.
    for name in search where names.count + name.encoded.count <= 1000 { names += name.encoded }
    guard !names.isEmpty else { return [] }
    names += [UInt8](repeating: 0, count: (8 - names.count % 8) % 8)
    return [31, UInt8(1 + names.count / 8), 0, 0] + .integer(Self.optionSeconds) + names
  }
}
