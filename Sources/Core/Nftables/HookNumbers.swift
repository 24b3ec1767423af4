// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension NFT.Chain.Hook {
  private static let ofPackets: [NFT.Chain.Hook] = [
    .prerouting, .input, .forward, .output, .postrouting, .ingress,
  ]
  private static let ofDevices: [NFT.Chain.Hook] = [.ingress, .egress]

  /// Returns the kernel's number (`NF_INET_*`, `NF_BR_*`, `NF_NETDEV_*`).
  func number(in family: NFT.Family) -> UInt32 {
    let hooks = family == .netdev ? Self.ofDevices : Self.ofPackets
    guard let number = hooks.firstIndex(of: self) else {
      preconditionFailure("the family \(family) has no hook \(self)")
    }
    return UInt32(number)
  }

  init?(number: UInt32, in family: NFT.Family) {
    let hooks = family == .netdev ? Self.ofDevices : Self.ofPackets
    guard hooks.indices.contains(Int(number)) else { return nil }
    self = hooks[Int(number)]
  }
}
