// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Nftables

/// The masquerading that the Go plugin created for an attachment with the `iptables` program.
///
/// Layout of containernetworking/plugins, `pkg/ip/ipmasq_iptables_linux.go`: rules in POSTROUTING
/// of table `nat`, one per address, that jump to a chain named after network and container. Netlink
/// reaches only the nf_tables variant of iptables.
struct GoIPTables: Hashable {
  /// The name of the chain, in the table of either family.
  let chain: String

  /// Names the chain of an attachment's container.
  init(_ attachment: Attachment) {
    let digest = SHA512.hash((attachment.network + attachment.containerID).utf8)
    chain = "CNI-" + Hexadecimal.text(of: digest).prefix(24)
  }

  /// The NAT table of a family.
  static func table(_ family: IPFamily) -> Nftables.Table.ID {
    Nftables.Table.ID(family == .v4 ? .ip : .ip6, "nat")
  }
}

extension Firewall {
  /// Removes the chains and the jumps to them.
  func remove(_ masquerade: GoIPTables) throws(KernelError) {
    for family in IPFamily.allCases {
      let chain = GoIPTables.table(family).chain(masquerade.chain)
      try commit { () throws(KernelError) in
        guard try ruleset.chain(chain) != nil else { return [] }
        let leading = try rules(leadingTo: chain)
        return leading.map { .deleteRule(handle: $0.handle, chain.table.chain("POSTROUTING")) }
          + [.deleteChain(chain)]
      }
    }
  }

  /// Returns whether traffic of these addresses goes through the chains.
  func leads(to masquerade: GoIPTables, from addresses: [IPPrefix]) throws(KernelError) -> Bool {
    for address in addresses {
      let table = GoIPTables.table(address.address.family)
      let chain = table.chain(masquerade.chain)
      let source = [Nftables.Expression].source(.equal, address.host)
      // iptables' MASQUERADE, in old and new versions.
      let ends: [Nftables.Expression?] = [.unknown("target"), .masquerade]
      guard try ruleset.table(table)?.table.isDormant == false,
        try ruleset.rules(of: chain).contains(where: { ends.contains($0.rule.expressions.last) }),
        try rules(leadingTo: chain).contains(where: { $0.rule.expressions.starts(with: source) })
      else { return false }
    }
    return true
  }

  private func rules(leadingTo chain: Nftables.Chain.ID) throws(KernelError) -> [Nftables
    .PlacedRule]
  {
    try ruleset.rules(of: chain.table.chain("POSTROUTING"))
      .filter { $0.rule.expressions.last == .verdict(.jump(chain.name)) }
  }
}
