// SPDX-License-Identifier: Apache-2.0

import Execution
import NetworkModel
import Nftables

extension Firewall {
  /// Reads a port's spoof filter from the kernel.
  func spoofFilter(of port: InterfaceName) throws(KernelError) -> SpoofFilter.Observation {
    let id = SpoofFilter.chain(of: port)
    guard let chain = try ruleset.chain(id) else { return SpoofFilter.Observation() }
    return SpoofFilter.Observation(
      isTableDormant: try ruleset.table(id.table)?.table.isDormant ?? false,
      chain: chain,
      rules: try ruleset.rules(of: id).map { $0.rule }
    )
  }

  /// Returns whether a port has a spoof filter; a kernel without nf_tables has none.
  static func hasFilter(of port: InterfaceName, _ kernel: Kernel) throws(KernelError) -> Bool {
    do {
      return try Firewall(kernel).ruleset.chain(SpoofFilter.chain(of: port)) != nil
    } catch {
      if isMissing { return false }
      throw error
    }
  }

  /// Returns every port that has a spoof filter, with the label of its owner.
  ///
  /// The ports may be gone: since Linux 6.16 a filter outlives its device.
  func spoofFilters() throws(KernelError) -> [(port: InterfaceName, attachment: String)] {
    try ruleset.chains(of: SpoofFilter.table).compactMap { chain in
      InterfaceName(chain.id.name).map { ($0, chain.comment?.text ?? "") }
    }
  }

  /// Reads a filter of the Go plugin from the kernel.
  func goSpoofFilter(_ filter: GoSpoofFilter) throws(KernelError) -> GoSpoofFilter.Observation {
    var observed = GoSpoofFilter.Observation()
    for chain in [filter.portChain, filter.addressChain] where try ruleset.chain(chain) != nil {
      observed.chains.append(chain)
    }
    guard !observed.chains.isEmpty else { return observed }
    observed.prerouting = try ruleset.rules(of: GoSpoofFilter.prerouting)
    return observed
  }

  /// Reads the masquerading of all attachments from the kernel.
  func masquerade() throws(KernelError) -> IPMasquerade.Observation {
    guard let table = try ruleset.table(IPMasquerade.table) else {
      return IPMasquerade.Observation()
    }
    return IPMasquerade.Observation(
      objectsInTable: table.uses,
      isDormant: table.table.isDormant,
      postrouting: try ruleset.rules(of: IPMasquerade.postrouting.id),
      checks: try ruleset.rules(of: IPMasquerade.checks.id)
    )
  }
}

extension Firewall {
  /// Returns what is wrong with a port's spoof filter, or nil.
  ///
  /// A port created by the Go plugin may have that plugin's filter instead.
  func difference(
    of filter: SpoofFilter,
    or goFilter: GoSpoofFilter
  ) throws(KernelError) -> String? {
    let difference = filter.difference(from: try spoofFilter(of: filter.port))
    guard difference != nil, try goSpoofFilter(goFilter).leads(from: filter.port) else {
      return difference
    }
    let table = GoSpoofFilter.table
    if try ruleset.table(table)?.table.isDormant ?? false {
      return "the spoof filter is not in force: \(table) is dormant"
    }
    for (chain, wanted) in goFilter.rules(for: filter.address) {
      let found = try ruleset.rules(of: chain).map { $0.rule.expressions }
      if found != wanted { return "the spoof filter has other rules in \(chain)" }
    }
    return nil
  }
}

extension GoSpoofFilter.Observation {
  /// Whether both chains exist and PREROUTING leads a port's frames to them.
  func leads(from port: InterfaceName) -> Bool {
    chains.count == 2
      && prerouting.contains { placed in
        placed.rule.expressions
          == [Nftables.Expression].arrives(through: port) + [.verdict(.jump(chains[0].name))]
      }
  }
}
