// SPDX-License-Identifier: Apache-2.0

/// The kernel's packet filter as values: the contents of `nf_tables` and changes to it.
///
/// Names and numbers are those of `linux/netfilter/nf_tables.h`, words those of the `nft` command.
/// Values identify kernel objects by name; handles are only used to tell two rules apart.
package enum Nftables {
  /// Changes that the kernel makes atomically, in this order.
  package typealias Transaction = [Change]

  /// The family of a table (`linux/netfilter.h`, `NFPROTO_*`).
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

extension Nftables.Family: CustomStringConvertible {
  /// The keyword in `nft`.
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
