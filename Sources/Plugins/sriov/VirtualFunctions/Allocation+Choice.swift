// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Netlink
import NetworkModel
import SRIOV

extension Allocation {
  /// Claims the first free virtual function, in the order of configuration and VF index.
  func claimAny() throws(CNIError) -> Claim {
    var candidates = try candidates()
    var reasons: [String] = []
    // Locked ones are tried again: a DEL that frees its virtual function also holds a lock.
    for milliseconds in [0, 5000] {
      var busy: [PCIAddress] = []
      for candidate in candidates {
        switch try attempt(candidate, milliseconds: milliseconds) {
        case .claimed(let claim): return claim
        case .taken(let reason): reasons.append("\(candidate): \(reason)")
        case .locked: busy.append(candidate)
        }
      }
      candidates = busy
    }
    reasons += candidates.map { "\($0): another process is working on it" }
    let list = configuration.physicalFunctions.joined(separator: ", ")
    throw CNIError(
      .tryAgainLater,
      "no VF of PF \(list) is free",
      details: reasons.isEmpty ? "it has no VFs" : reasons.joined(separator: "; ")
    )
  }

  /// The outcome of an attempt to claim a virtual function.
  private enum Attempt: ~Copyable {
    case claimed(Claim)
    case taken(String)
    case locked
  }

  private func attempt(_ address: PCIAddress, milliseconds: Int) throws(CNIError) -> Attempt {
    do {
      guard let lock = try node.lock(address, milliseconds: milliseconds) else { return .locked }
      if let holder = try holder(of: address) { return .taken(holder) }
      let observation = try observe(address)
      if let use = useByHost(observation) { return .taken(use) }
      return .claimed(Claim(lock: lock, observation: observation))
    } catch {
      return .taken(error.message)
    }
  }

  /// Returns why the host seems to use a virtual function, or why it is of the wrong kind.
  private func useByHost(_ observation: VFObservation) -> String? {
    let driver = configuration.driver ?? .netdev
    if let conflict = HandoverPlan.conflict(configuration, driver: driver, observation) {
      return conflict.message
    }
    // Reason enough to leave it alone if others may be free.
    return observation.link.flatMap { $0.isUp ? "the host has set '\($0.name)' up" : nil }
  }

  private func candidates() throws(CNIError) -> [PCIAddress] {
    var addresses: [PCIAddress] = []
    for name in configuration.physicalFunctions {
      let found = try CNIError.converting(try node.devices.physicalFunction(named: name))
      guard let physical = found else {
        throw CNIError(
          .invalidConfiguration,
          "cannot find PF '\(name)': there is no such network interface or PCI device",
          details: #"from "pf""#
        )
      }
      addresses += physical.virtualFunctions.sorted { $0.key < $1.key }.map { $0.value }
    }
    return addresses
  }
}
