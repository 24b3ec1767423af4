// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Nftables

extension Firewall {
  /// The packet filter features a configuration needs from the kernel, in words.
  enum Feature: String, CaseIterable {
    case spoofFilter = "filter what a port sends (nf_tables, family netdev)"
    case masquerade = "masquerade (nf_tables, family inet with nat)"
  }

  /// Returns what this kernel lacks for a feature, nil if nothing: the kernel validates the actual
  /// rules and discards them.
  ///
  /// Discarding takes the kernel about 15 ms.
  func lack(of feature: Feature) -> String? {
    let transaction = Self.probe(for: feature)
    do throws(KernelError) {
      try ruleset.check(transaction)
      return nil
    } catch {
      return "the kernel cannot \(feature.rawValue): \(error)"
    }
  }

  /// The loopback interface stands for the port: every namespace has it.
  private static func probe(for feature: Feature) -> Nftables.Transaction {
    guard let loopback = InterfaceName("lo"),
      let address = MACAddress(bytes: [2, 0, 0, 0, 0, 1]),
      let network = IPPrefix("192.0.2.1/24")
    else { return [] }
    switch feature {
    case .spoofFilter:
      return SpoofFilter(
        port: loopback,
        address: address,
        innerTags: .droppedBehind([]),
        attachment: "probe"
      ).setUp
    case .masquerade:
      let probe = Attachment(network: "probe", containerID: "0", containerInterface: loopback)
      let nothing = IPMasquerade.Observation()
      return IPMasquerade.setUp(.init(probe), addresses: [network], given: nothing)
    }
  }
}
