// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Nftables

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

  /// Finds out whether the kernel takes a spoof filter; nothing is changed.
  /// - Throws: `KernelError` that names what it refuses.
  borrowing func probeSpoofFilter() throws(KernelError) {
    guard let port = InterfaceName("lo"), let address = MACAddress("02:00:00:00:00:01") else {
      preconditionFailure("the probe's names are no names")
    }
    try ruleset.check(SpoofFilter(port: port, address: address, attachment: "probe").setUp)
  }

  /// Finds out whether the kernel takes masquerade rules; nothing is changed.
  /// - Throws: `KernelError` that names what it refuses.
  borrowing func probeMasquerade() throws(KernelError) {
    guard let address = IPPrefix("10.0.0.1/24") else {
      preconditionFailure("the probe's address is no address")
    }
    let owner = IPMasquerade.Owner(network: "probe", containerID: "probe", interface: "probe")
    try ruleset.check(
      IPMasquerade.setUp(owner, addresses: [address], given: IPMasquerade.Observation())
    )
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
