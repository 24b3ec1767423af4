// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// One change of the ruleset, a step of a transaction.
  ///
  /// Adding what is there already is no error; removing what is not there is one (ENOENT).
  package enum Change: Hashable, Sendable {
    case addTable(Table)
    /// Puts a dormant table in force; one that is awake stays as it is.
    ///
    /// In a transaction it comes behind the new chains: the kernel adds none to a table that has just
    /// woken (EINVAL).
    case wakeTable(Table.ID)
    /// Removes a table with all it holds.
    case deleteTable(Table.ID)
    /// Removes a table that holds nothing; fails with EBUSY where it holds anything.
    case deleteEmptyTable(Table.ID)
    /// Adds a chain; of one that exists, sets the policy.
    case addChain(Chain)
    /// Removes a chain with its rules; fails with EBUSY where a rule leads to it.
    case deleteChain(Chain.ID)
    /// Removes a chain that has no rules and that none leads to; fails with EBUSY otherwise.
    case deleteEmptyChain(Chain.ID)
    /// Removes the rules of a chain.
    case flushChain(Chain.ID)
    /// Adds a rule behind the others of its chain.
    case addRule(Rule, Chain.ID)
    case deleteRule(handle: UInt64, Chain.ID)
    case addSet(PortSet)
    case addElements([PortSet.Element], PortSet)
  }
}

extension NFT.Change {
  /// Whether it only takes something away.
  package var isRemoval: Bool {
    switch self {
    case .addTable, .wakeTable, .addChain, .addRule, .addSet, .addElements: false
    case .deleteTable, .deleteEmptyTable, .deleteChain, .deleteEmptyChain, .flushChain,
      .deleteRule:
      true
    }
  }

  /// What a removal can still do where somebody else's rule leads to the chain; nil for nothing.
  package var whereInUse: NFT.Change? {
    switch self {
    case .deleteChain(let id): .flushChain(id)
    case .deleteRule: self
    default: nil
    }
  }

  /// What is done, completing "cannot …": see `KernelError`.
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

  /// What it is done to.
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
