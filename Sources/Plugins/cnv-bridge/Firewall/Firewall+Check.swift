// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Nftables

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
          == [NFT.Expression].arrives(through: port) + [.verdict(.jump(chains[0].name))]
      }
  }
}
