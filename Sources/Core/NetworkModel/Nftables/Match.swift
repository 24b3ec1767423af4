// SPDX-License-Identifier: Apache-2.0

/// Common matches, as the expressions that `nft` generates for the words in the summary.
extension [Nftables.Expression] {
  /// `ether saddr ADDRESS` for an Ethernet device.
  package static func etherSource(is address: MACAddress) -> [Nftables.Expression] {
    [
      // Without it `nft list` shows raw offsets; ARPHRD_ETHER is 1.
      .meta(.iiftype), .compare(.equal, Nftables.hostOrder(UInt16(1))),
      .payload(.link, offset: 6, length: 6), .compare(.equal, address.bytes),
    ]
  }

  /// `iifname NAME`, or `iifname != NAME`.
  package static func arrives(
    _ comparison: Nftables.Comparison = .equal,
    through interface: InterfaceName
  ) -> [Nftables.Expression] {
    [.meta(.iifname), .compare(comparison, Nftables.padded(interface))]
  }

  /// `oifname NAME`.
  package static func leaves(through interface: InterfaceName) -> [Nftables.Expression] {
    [.meta(.oifname), .compare(.equal, Nftables.padded(interface))]
  }

  /// `meta nfproto ipv4` or `ipv6`, which an inet table needs before a match on an IP header.
  package static func isIP(_ family: IPFamily) -> [Nftables.Expression] {
    [.meta(.nfproto), .compare(.equal, [family == .v4 ? 2 : 10])]
  }

  /// `ip saddr NETWORK` after `isIP`; host bits of the prefix are ignored.
  package static func source(
    _ comparison: Nftables.Comparison = .equal,
    _ network: IPPrefix
  ) -> [Nftables.Expression] {
    address(at: network.address.family == .v4 ? 12 : 8, comparison, network)
  }

  /// `ip daddr NETWORK` after `isIP`; host bits of the prefix are ignored.
  package static func destination(
    _ comparison: Nftables.Comparison = .equal,
    _ network: IPPrefix
  ) -> [Nftables.Expression] {
    address(at: network.address.family == .v4 ? 16 : 24, comparison, network)
  }

  /// `ct state STATES`: any of them.
  package static func connection(_ states: Nftables.ConnectionState) -> [Nftables.Expression] {
    [.connection(.state)] + hasAny(bits: states.rawValue)
  }

  /// `ct status STATUS`: any of them.
  package static func connection(_ status: Nftables.ConnectionStatus) -> [Nftables.Expression] {
    [.connection(.status)] + hasAny(bits: status.rawValue)
  }

  private static func hasAny(bits: UInt32) -> [Nftables.Expression] {
    [
      .bitwise(mask: Nftables.hostOrder(bits), xor: Nftables.hostOrder(UInt32(0))),
      .compare(.notEqual, Nftables.hostOrder(UInt32(0))),
    ]
  }

  /// Whole bytes are loaded directly; any other length needs a mask.
  private static func address(
    at offset: UInt32,
    _ comparison: Nftables.Comparison,
    _ network: IPPrefix
  ) -> [Nftables.Expression] {
    let base = network.network.address.bytes
    let (bytes, bits) = network.length.quotientAndRemainder(dividingBy: 8)
    guard bits != 0 || bytes == 0 else {
      return [
        .payload(.network, offset: offset, length: UInt32(bytes)),
        .compare(comparison, Array<UInt8>(base.prefix(bytes))),
      ]
    }
    let mask = network.mask
    return [
      .payload(.network, offset: offset, length: UInt32(base.count)),
      .bitwise(mask: mask, xor: [UInt8](repeating: 0, count: base.count)),
      .compare(comparison, base),
    ]
  }
}

extension Nftables {
  /// A number in the register format for host byte order.
  package static func hostOrder<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    let bigEndian = (0..<Number.bitWidth / 8).reversed().map {
      UInt8(truncatingIfNeeded: number >> ($0 * 8))
    }
    return Number(littleEndian: 1) == 1 ? bigEndian.reversed() : bigEndian
  }

  /// A name in register format: 16 bytes, padded with NUL.
  package static func padded(_ interface: InterfaceName) -> [UInt8] {
    let bytes = Array(interface.string.utf8)
    return bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
  }
}
