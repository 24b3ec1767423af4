// SPDX-License-Identifier: Apache-2.0

/// The kernel's packet filter as values: what `nf_tables` holds and how it is changed.
///
/// Names and numbers are those of `linux/netfilter/nf_tables.h`, words those of the `nft` command.
/// Values name kernel objects, never handles, except where only a handle tells two rules apart.
package enum NFT {
  /// Changes that the kernel makes all together or not at all, in this order.
  package typealias Transaction = [Change]

  /// The kind of packets a table sees (`linux/netfilter.h`, `NFPROTO_*`).
  package enum Family: UInt8, Hashable, Sendable, CaseIterable {
    /// IPv4 and IPv6 together.
    case inet = 1
    /// IPv4.
    case ip = 2
    /// Every frame of one device, before anything else on the host sees it.
    case netdev = 5
    /// Frames that a bridge forwards or delivers.
    case bridge = 7
    /// IPv6.
    case ip6 = 10
  }
}

extension NFT.Family: CustomStringConvertible {
  /// The word that `nft` uses.
  package var description: String {
    switch self {
    case .inet: "inet"
    case .ip: "ip"
    case .netdev: "netdev"
    case .bridge: "bridge"
    case .ip6: "ip6"
    }
  }
}
