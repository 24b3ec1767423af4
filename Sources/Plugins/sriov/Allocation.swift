// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
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
  func claim(_ address: PCIAddress, milliseconds: Int) throws(CNIError) -> Claim {
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

  func lock(
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

  func observe(_ address: PCIAddress) throws(CNIError) -> VFObservation {
    guard let device = try device(at: address) else {
      throw CNIError(VFConflict.noDevice(address))
    }
    do {
      var observation = try node.observe(device, on: kernel.host)
      if let link = observation.link {
        observation.use = try node.use(of: link, address, by: kernel.host)
      }
      return observation
    } catch {
      throw CNIError(error)
    }
  }
}
