// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Netlink
import NetworkModel
import SRIOV

extension Allocation {
  /// Claims the first free virtual function, in the order of the configuration and of the indices.
  func claimAny() throws(CNIError) -> Claim {
    let candidates = try candidates()
    var reasons: [String] = []
    var busy: [PCIAddress] = []
    for candidate in candidates {
      switch try attempt(candidate, milliseconds: 0) {
      case .claimed(let claim): return claim
      case .taken(let reason): reasons.append("\(candidate): \(reason)")
      case .locked: busy.append(candidate)
      }
    }
    // A lock is also held by a DEL that sets its virtual function free.
    for candidate in busy {
      switch try attempt(candidate, milliseconds: 5000) {
      case .claimed(let claim): return claim
      case .taken(let reason): reasons.append("\(candidate): \(reason)")
      case .locked: reasons.append("\(candidate): another process is working on it")
      }
    }
    let list = configuration.physicalFunctions.joined(separator: ", ")
    throw CNIError(
      .tryAgainLater,
      "no VF of PF \(list) is free",
      details: reasons.isEmpty ? "it has no VFs" : reasons.joined(separator: "; ")
    )
  }

  /// What became of an attempt to claim a virtual function.
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

  /// Returns why the host itself seems to use a virtual function, or why it is of the wrong kind.
  private func useByHost(_ observation: VFObservation) -> String? {
    do {
      try HandoverPlan.judge(configuration, driver: configuration.driver ?? .netdev, observation)
    } catch {
      return error.message
    }
    // Enough to leave it to whoever has done it, where others may be free.
    return observation.link.flatMap { $0.isUp ? "the host has set '\($0.name)' up" : nil }
  }

  private func candidates() throws(CNIError) -> [PCIAddress] {
    var addresses: [PCIAddress] = []
    for name in configuration.physicalFunctions {
      let found: PhysicalFunction?
      do {
        found = try node.devices.physicalFunction(named: name)
      } catch {
        throw CNIError(error)
      }
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
