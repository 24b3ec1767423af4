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
