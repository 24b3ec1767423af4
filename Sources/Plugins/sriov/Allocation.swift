// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// A virtual function that this process may hand over, as long as it lives.
struct Claim: ~Copyable {
  /// The lock that keeps everybody else away.
  let lock: FileLock
  /// What the virtual function is like.
  let observation: VFObservation
}

/// The choice of a virtual function for one attachment.
///
/// The virtual function's lock is the claim: a process that holds it and finds no record may write
/// its own. Processes that choose at once pass over what another has locked, so that none waits.
struct Allocation {
  let configuration: SRIOVConfiguration
  let owner: AllocationRecord.Owner
  let node: Node
  let kernel: Kernel

  /// Claims the configured virtual function, or a free one.
  /// - Throws: `CNIError` that says who has it, or who has each.
  func claim() throws(CNIError) -> Claim {
    do {
      try node.store.prepare()
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
    guard let device = configuration.device else { return try claimAny() }
    return try claim(device, milliseconds: 60_000)
  }

  /// Claims one virtual function, waiting for its lock.
  private func claim(_ address: PCIAddress, milliseconds: Int) throws(CNIError) -> Claim {
    guard let lock = try lock(address, milliseconds: milliseconds) else {
      throw CNIError(
        .tryAgainLater,
        "cannot lock VF '\(address)': another process has held it for \(milliseconds / 1000) s",
        details: "an ADD or DEL of the same VF is still running"
      )
    }
    if let holder = try holder(of: address) {
      throw CNIError(VFConflict.allocated(address, holder: holder))
    }
    return Claim(lock: lock, observation: try observe(address))
  }

  private func lock(
    _ address: PCIAddress,
    milliseconds: Int
  ) throws(CNIError) -> FileLock? {
    do {
      return try node.store.lock(address, milliseconds: milliseconds)
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }

  private func device(at address: PCIAddress) throws(CNIError) -> VirtualFunction? {
    do {
      return try node.devices.virtualFunction(at: address)
    } catch {
      throw CNIError(error)
    }
  }

  private func observe(_ address: PCIAddress) throws(CNIError) -> VFObservation {
    guard let device = try device(at: address) else {
      throw CNIError(VFConflict.noDevice(address))
    }
    do {
      return try node.observe(device, on: kernel.host)
    } catch {
      throw CNIError(error)
    }
  }

  /// Returns who has a virtual function, or nil where it is free now.
  ///
  /// What an earlier ADD of this same attachment, or an attachment whose namespace is gone, has left
  /// is given back first.
  private func holder(of address: PCIAddress) throws(CNIError) -> String? {
    let record: AllocationRecord?
    do {
      record = try node.store.record(of: address)
    } catch {
      throw CNIError(error)
    }
    guard let record else { return try peerHolder(of: address) }
    if record.owner != owner, try isInUse(record) { return record.owner.description }
    try Restoration.run(record, node)
    return nil
  }

  /// Whether the attachment of a record can still be using the virtual function.
  ///
  /// An interface that is back on the host has no user: its ADD was killed, or its namespace has
  /// ended. That counts before the namespace does, as the kernel gives inodes of namespaces that
  /// have ended to new ones.
  private func isInUse(_ record: AllocationRecord) throws(CNIError) -> Bool {
    do {
      guard let device = try Restoration.currentDevice(record, node) else { return false }
      if record.original.interface != nil, device.interface != nil { return false }
    } catch {
      throw CNIError(error)
    }
    guard let namespace = try? NetworkNamespace(path: record.namespace.path) else { return false }
    return namespace.identity == record.namespace.identity
  }

  /// The holder that Go sriov-cni has recorded, by its rule: the namespace's path leads to one.
  private func peerHolder(of address: PCIAddress) throws(CNIError) -> String? {
    do {
      guard let path = try node.store.peerNamespace(of: address) else { return nil }
      if (try? NetworkNamespace(path: path)) != nil {
        return "an attachment of sriov-cni in namespace '\(path)'"
      }
      try node.store.removePeerRecord(of: address)
      return nil
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }
}

// MARK: Choosing

extension Allocation {
  /// Claims the first free virtual function, in the order of the configuration and of the indices.
  private func claimAny() throws(CNIError) -> Claim {
    if let earlier = try earlierAddress() { return try claim(earlier, milliseconds: 60_000) }
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
    guard let lock = try lock(address, milliseconds: milliseconds) else { return .locked }
    do {
      if let holder = try holder(of: address) { return .taken(holder) }
      let observation = try observe(address)
      if let use = try useByHost(observation) { return .taken(use) }
      return .claimed(Claim(lock: lock, observation: observation))
    } catch {
      return .taken(error.message)
    }
  }

  /// Returns why the host itself seems to use a virtual function, or why it is of the wrong kind.
  private func useByHost(_ observation: VFObservation) throws(CNIError) -> String? {
    do {
      try HandoverPlan.judge(configuration, driver: configuration.driver ?? .netdev, observation)
    } catch {
      return error.message
    }
    guard let link = observation.link else { return nil }
    if link.isUp { return "the host has set '\(link.name)' up" }
    if link.master != nil { return "'\(link.name)' is a port of the host's" }
    do {
      let addresses = try kernel.host.route.addresses(ofLinkAt: link.index)
      return addresses.isEmpty ? nil : "'\(link.name)' has an address of the host's"
    } catch {
      throw CNIError(error)
    }
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
      addresses += physical.virtualFunctions.sorted { $0.key < $1.key }.map(\.value)
    }
    return addresses
  }

  /// The virtual function that an earlier ADD of this same attachment has claimed.
  private func earlierAddress() throws(CNIError) -> PCIAddress? {
    do {
      return try node.store.allRecords().first { $0.owner == owner }?.address
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }
}
