// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// One change of the ruleset, a step of a transaction.
  ///
  /// Adding an existing object is no error; removing a missing one is (ENOENT).
  package enum Change: Hashable, Sendable {
    case addTable(Table)
    /// Wakes a dormant table; a table that is not dormant stays as it is.
    ///
    /// In a transaction it comes after the new chains: the kernel adds none to a table that was
    /// just woken (EINVAL).
    case wakeTable(Table.ID)
    /// Removes a table and its contents.
    case deleteTable(Table.ID)
    /// Removes an empty table; fails with EBUSY if it is not empty.
    case deleteEmptyTable(Table.ID)
    /// Adds a chain; if it exists, sets its policy.
    case addChain(Chain)
    /// Removes a chain with its rules; fails with EBUSY if a rule jumps to it.
    case deleteChain(Chain.ID)
    /// Removes a chain that has no rules and to which none jumps; fails with EBUSY otherwise.
    case deleteEmptyChain(Chain.ID)
    /// Removes all rules of a chain.
    case flushChain(Chain.ID)
    /// Appends a rule to its chain.
    case addRule(Rule, Chain.ID)
    case deleteRule(handle: UInt64, Chain.ID)
    case addSet(PortSet)
    case addElements([PortSet.Element], PortSet)
  }
}

extension Nftables.Change {
  /// Whether it only removes something.
  package var isRemoval: Bool {
    switch self {
    case .addTable, .wakeTable, .addChain, .addRule, .addSet, .addElements: false
    case .deleteTable, .deleteEmptyTable, .deleteChain, .deleteEmptyChain, .flushChain,
      .deleteRule:
      true
    }
  }

  /// What a removal can still do if a foreign rule jumps to the chain; nil for nothing.
  package var whereInUse: Nftables.Change? {
    switch self {
    case .deleteChain(let id): .flushChain(id)
    case .deleteRule: self
    default: nil
    }
  }

  /// The operation, completing "cannot …": see `KernelError`.
  package var operation: String {
    switch self {
    case .addTable, .addChain, .addSet: "add"
    case .deleteTable, .deleteEmptyTable, .deleteChain, .deleteEmptyChain: "remove"
    case .wakeTable: "wake"
    case .flushChain: "empty"
    case .addRule: "add a rule to"
    case .deleteRule(let handle, _): "remove rule \(handle) from"
    case .addElements(let elements, _): "add \(elements.count) elements to"
    }
  }

  /// The object of the operation.
  package var object: String {
    switch self {
    case .addTable(let table): "\(table.id)"
    case .wakeTable(let id), .deleteTable(let id), .deleteEmptyTable(let id): "\(id)"
    case .addChain(let chain): "\(chain.id)"
    case .deleteChain(let id), .deleteEmptyChain(let id), .flushChain(let id): "\(id)"
    case .addRule(_, let id), .deleteRule(_, let id): "\(id)"
    case .addSet(let set), .addElements(_, let set): "\(set)"
    }
  }
}
