// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Firewall {
  /// Returns what is wrong with a port's spoof filter, or nil.
  ///
  /// A port that the Go plugin made may have that plugin's filter instead, as long as it is there.
  func difference(
    of filter: SpoofFilter,
    or goFilter: GoSpoofFilter
  ) throws(KernelError) -> String? {
    let difference = filter.difference(from: try spoofFilter(of: filter.port))
    guard difference != nil else { return nil }
    return try goSpoofFilter(goFilter).leads(from: filter.port) ? nil : difference
  }
}

extension GoSpoofFilter.Observation {
  /// Whether both chains are there and PREROUTING leads a port's frames to them.
  func leads(from port: InterfaceName) -> Bool {
    chains.count == 2
      && prerouting.contains { placed in
        placed.rule.expressions
          == [NFT.Expression].arrives(through: port) + [.verdict(.jump(chains[0].name))]
      }
  }
}
