// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Firewall {
  /// Returns what is wrong with a port's spoof filter, or nil.
  ///
  /// A port that the Go plugin made may have that plugin's filter instead, as long as it is there.
  borrowing func difference(
    of filter: SpoofFilter,
    or goFilter: GoSpoofFilter
  ) throws(KernelError) -> String? {
    let difference = filter.difference(from: try spoofFilter(of: filter.port))
    guard difference != nil else { return nil }
    return try goSpoofFilter(goFilter).isComplete(for: filter) ? nil : difference
  }
}

extension GoSpoofFilter.Observation {
  /// Whether both chains are there and PREROUTING leads the port's frames to them.
  func isComplete(for filter: SpoofFilter) -> Bool {
    chains.count == 2
      && prerouting.contains { placed in
        placed.rule.expressions.starts(with: [NFT.Expression].arrives(through: filter.port))
      }
  }
}
