// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import NetworkModel
import Nftables

/// The part of the node's packet filter that concerns attachments.
struct Firewall {
  let ruleset: RulesetSocket

  /// Whether the kernel lacks nf_tables, so that no rules can exist.
  static var isMissing: Bool {
    do {
      _ = try RulesetSocket().table(SpoofFilter.table)
      return false
    } catch {
      // Without nfnetlink, and without nf_tables.
      return error.number == .protocolNotSupported || error.number == .invalid
    }
  }

  /// Masquerades exactly these addresses of an attachment.
  func setUp(masqueradeOf share: IPMasquerade.Share, addresses: [IPPrefix]) throws(KernelError) {
    try commit { () throws(KernelError) in
      IPMasquerade.setUp(share, addresses: addresses, given: try masquerade())
    }
  }

  /// What to remove, identified by name.
  struct Removal {
    /// The ports whose spoof filters are removed.
    var ports: [InterfaceName] = []
    /// The filters of the Go plugin to remove.
    var goFilters: [GoSpoofFilter] = []
    /// The masquerading to remove.
    var masquerade: IPMasquerade.Selection?
    /// The iptables masquerading of the Go plugin to remove.
    var goMasquerade: GoIPTables?
  }

  /// Removes everything in one transaction; what does not exist is already gone.
  func remove(_ removal: Removal) throws(KernelError) {
    try commit { () throws(KernelError) in try transaction(for: removal) }
    // If two processes removed the last two at once, each saw the other's and kept the table.
    if !removal.ports.isEmpty, try ruleset.table(SpoofFilter.table)?.uses == 0 {
      _ = try? ruleset.commit([.deleteEmptyTable(SpoofFilter.table)])  // a new filter may keep it
    }
    if removal.masquerade != nil {
      try commit { () throws(KernelError) in IPMasquerade.removalOfEmpty(given: try masquerade()) }
    }
    if let masquerade = removal.goMasquerade { try remove(masquerade) }
  }

  /// Commits a transaction prepared from an observation; if another process changed the observed
  /// state in between, observes again.
  func commit(_ transaction: () throws(KernelError) -> Nftables.Transaction) throws(KernelError) {
    for _ in 1...20 {
      do {
        return try ruleset.commit(try transaction())
      } catch {
        guard error.number == .noEntry || error.number == .busy else { throw error }
      }
    }
    let last = try transaction()
    do {
      try ruleset.commit(last)
    } catch {
      guard error.number == .busy, last.allSatisfy({ $0.isRemoval }) else { throw error }
      // A foreign rule jumps to a chain, which has no effect once it is empty.
      try ruleset.commit(last.compactMap { $0.whereInUse })
      Log.tolerated("\(error): it stays, emptied")
    }
  }

  private func transaction(for removal: Removal) throws(KernelError) -> Nftables.Transaction {
    var transaction: Nftables.Transaction = []
    let table = try ruleset.table(SpoofFilter.table)
    var ports: [InterfaceName] = []
    for port in removal.ports where try ruleset.chain(SpoofFilter.chain(of: port)) != nil {
      ports.append(port)
    }
    transaction += SpoofFilter.removal(of: ports, chainsInTable: table?.uses)
    for filter in removal.goFilters {
      transaction += filter.removal(given: try goSpoofFilter(filter))
    }
    if let selection = removal.masquerade {
      transaction += IPMasquerade.removal(of: selection, given: try masquerade())
    }
    return transaction
  }
}

extension Firewall {
  /// Opens the host's packet filter, or reuses it if it is open.
  init(_ kernel: Kernel) throws(KernelError) {
    self.init(ruleset: try kernel.ruleset(in: .host))
  }
}
