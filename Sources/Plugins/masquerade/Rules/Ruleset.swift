// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The rules of one attachment: a table of the family `inet` in the pod's namespace.
///
/// The first packet of every flow to or from the VM decides it; connection tracking then applies
/// that decision to the rest.
struct Ruleset: Equatable {
  /// A chain with its rules in order.
  struct Chain: Equatable {
    /// The chain.
    let chain: Nftables.Chain
    /// Its rules.
    let rules: [Nftables.Rule]
  }

  /// A set with its elements.
  struct Ports: Equatable {
    /// The set.
    let set: Nftables.PortSet
    /// Its elements in ascending order.
    let elements: [Nftables.PortSet.Element]
  }

  /// The table.
  let table: Nftables.Table
  /// The sets of ports.
  let sets: [Ports]
  /// The chains.
  let chains: [Chain]

  /// The table for a pod's interface.
  static func tableID(of podInterface: InterfaceName) -> Nftables.Table.ID {
    Nftables.Table.ID(.inet, "masquerade_\(podInterface)")
  }

  /// Assembles rules that were read from the kernel.
  init(table: Nftables.Table, sets: [Ports], chains: [Chain]) {
    self.table = table
    self.sets = sets
    self.chains = chains
  }

  /// Decides the rules of an attachment with this note.
  init(_ configuration: MasqueradeConfiguration, _ note: PodNote, label: String) {
    let plan = RulePlan(configuration, note)
    table = Nftables.Table(plan.table, comment: Nftables.Comment(label))
    sets = plan.sets
    chains = plan.chains
  }

  /// The changes that create the table, which must not exist: sets and chains before their rules.
  var transaction: Nftables.Transaction {
    [.addTable(table)]
      + sets.flatMap { [.addSet($0.set), .addElements($0.elements, $0.set)] }
      + chains.map { .addChain($0.chain) }
      + chains.flatMap { chain in chain.rules.map { .addRule($0, chain.chain.id) } }
  }
}

extension PortRange {
  /// The range as an element of a set.
  var element: Nftables.PortSet.Element { Nftables.PortSet.Element(transport.number, first, last) }
}
