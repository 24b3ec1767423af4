// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The rules of `ipMasq`: an attachment's traffic leaves its own network with the node's address.
///
/// Table, chains, rules and comments are those of the Go plugins' nftables backend
/// (containernetworking/plugins, `pkg/ip/ipmasq_nftables_linux.go`), so that either
/// implementation removes the rules of the other.
enum IPMasquerade {
  /// The table of all attachments of all networks.
  static let table = Nftables.Table.ID(.inet, "cni_plugins_masquerade")

  /// The chain with the attachments' rules.
  static let checks = Nftables.Chain(
    table.chain("masq_checks"),
    comment: "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"
  )

  /// The chain that sees traffic leaving the node.
  static let postrouting = Nftables.Chain(
    table.chain("postrouting"),
    base: Nftables.Chain.Base(.nat, hook: .postrouting, priority: 100)
  )

  /// The rules of `postrouting`, multicast networks of IPv4 (224.0.0.0/4) and IPv6 (ff00::/8) first.
  static let postroutingRules: [Nftables.Rule] = [
    Nftables.Rule(
      .isIP(.v4),
      [
        .payload(.network, offset: 16, length: 4),
        .bitwise(mask: [0xF0, 0, 0, 0], xor: [0, 0, 0, 0]),
        .compare(.equal, [0xE0, 0, 0, 0]), .verdict(.return),
      ]
    ),
    Nftables.Rule(
      .isIP(.v6),
      [
        .payload(.network, offset: 24, length: 1), .compare(.equal, [0xFF]), .verdict(.return),
      ]
    ),
    Nftables.Rule([.verdict(.goto(checks.id.name))]),
  ]

  /// The kernel's state of the table.
  struct Observation: Hashable {
    /// The number of chains and sets in the table, or nil without the table.
    var objectsInTable: UInt32?
    /// Whether the table is dormant, so that no rule is in force.
    var isDormant = false
    /// The rules of `postrouting`.
    var postrouting: [Nftables.PlacedRule] = []
    /// The rules of `masq_checks`.
    var checks: [Nftables.PlacedRule] = []

    /// Whether the table has everything masquerading needs and no foreign object.
    var isOurs: Bool { objectsInTable == 2 && postrouting.map { $0.rule } == postroutingRules }

    /// Whether masquerading works: its rules exist in order, whatever others there are.
    var isComplete: Bool {
      postrouting.map { $0.rule }.filter(postroutingRules.contains) == postroutingRules
    }
  }

  /// Returns the changes after which exactly these addresses of an attachment are masqueraded.
  static func setUp(
    _ share: Share,
    addresses: [IPPrefix],
    given observed: Observation
  ) -> Nftables.Transaction {
    var transaction: Nftables.Transaction = []
    if !observed.isComplete {
      transaction += [
        .addTable(
          Nftables.Table(
            table,
            comment: "Masquerading for plugins from github.com/containernetworking/plugins"
          )
        ),
        .addChain(checks), .addChain(postrouting),
      ]
      // Foreign rules stay; if there are none, the later of two first ADDs replaces the earlier's.
      let ours = observed.postrouting.filter { postroutingRules.contains($0.rule) }
      transaction +=
        ours.count == observed.postrouting.count
        ? [.flushChain(postrouting.id)]
        : ours.map { .deleteRule(handle: $0.handle, postrouting.id) }
      transaction += postroutingRules.map { .addRule($0, postrouting.id) }
    }
    if observed.isDormant { transaction.append(.wakeTable(table)) }
    let present = observed.checks.filter { share.contains($0.rule) }
    let rules = share.rules(for: addresses)
    guard present.map({ $0.rule }) != rules else { return transaction }
    transaction += present.map { .deleteRule(handle: $0.handle, checks.id) }
    transaction += rules.map { .addRule($0, checks.id) }
    return transaction
  }

  /// Which rules to remove.
  enum Selection: Hashable {
    /// Those of one attachment.
    case share(Share)
    /// Those of a network's attachments except these.
    case network(String, except: [Share])

    /// Returns the selected rules.
    fileprivate func among(_ rules: [Nftables.PlacedRule]) -> [Nftables.PlacedRule] {
      switch self {
      case .share(let share): return rules.filter { share.contains($0.rule) }
      case .network(let network, let shares):
        let key = Share.key(ofNetwork: network)
        return rules.filter { placed in
          placed.rule.comment?.text.hasPrefix(key) ?? false
            && !shares.contains { $0.contains(placed.rule) }
        }
      }
    }
  }

  /// Returns the changes that remove the selected rules, and with the last of all rules the table.
  static func removal(of selection: Selection, given observed: Observation) -> Nftables.Transaction
  {
    let unwanted = selection.among(observed.checks)
    guard !unwanted.isEmpty else { return [] }
    let deletions: Nftables.Transaction = unwanted.map { .deleteRule(handle: $0.handle, checks.id) }
    guard unwanted.count == observed.checks.count, observed.isOurs else { return deletions }
    return deletions + emptyTableRemoval
  }

  /// Returns the changes that remove the table if no attachment's rule is left in it.
  static func removalOfEmpty(given observed: Observation) -> Nftables.Transaction {
    observed.checks.isEmpty && observed.isOurs ? emptyTableRemoval : []
  }

  /// Another process may add a rule meanwhile: the kernel then refuses (EBUSY) and all stays.
  private static let emptyTableRemoval: Nftables.Transaction = [
    .flushChain(postrouting.id), .deleteEmptyChain(checks.id), .deleteEmptyChain(postrouting.id),
    .deleteEmptyTable(table),
  ]

  /// Returns the first difference between the kernel's rules and those of these addresses, or nil.
  static func difference(
    _ share: Share,
    addresses: [IPPrefix],
    from observed: Observation
  ) -> String? {
    if observed.isDormant { return "masquerading is not in force: \(table) is dormant" }
    guard observed.isComplete else {
      return "\(postrouting.id) lacks rules that masquerading needs"
    }
    let found = observed.checks.map { $0.rule }.filter { share.contains($0) }
    for (address, rule) in zip(addresses, share.rules(for: addresses)) where !found.contains(rule) {
      return "the traffic of address \(address) is not masqueraded: \(checks.id) has no rule for it"
    }
    guard found.count == addresses.count else {
      return "\(checks.id) masquerades addresses that this attachment does not have"
    }
    return nil
  }
}
