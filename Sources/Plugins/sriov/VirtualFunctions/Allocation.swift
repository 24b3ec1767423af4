// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// A virtual function that this process may hand over while it holds it.
struct Claim: ~Copyable {
  /// The lock that excludes other processes.
  let lock: FileLock
  /// The state of the virtual function.
  let observation: VFObservation
}

/// The choice of a virtual function for one attachment.
///
/// The virtual function's lock is the claim: a process that holds it and finds no record may write
/// its own. Concurrent choosers skip VFs that others have locked, so none waits.
struct Allocation {
  let configuration: SRIOVConfiguration
  let attachment: Attachment
  let node: Node
  let kernel: Kernel

  /// Claims the configured virtual function, or a free one.
  ///
  /// An attachment that has a virtual function gets no other one; one left by a killed ADD is
  /// restored first.
  /// - Throws: `CNIError` that names the holder, or the holder of each.
  func claim() throws(CNIError) -> Claim {
    let earlier = try CNIError.converting(to: .ioFailure, try node.store.record(of: attachment))?
      .address
    if let earlier, earlier != configuration.device { _ = try lockFree(earlier) }
    guard let device = configuration.device ?? earlier else { return try claimAny() }
    return Claim(lock: try lockFree(device), observation: try observe(device))
  }

  /// Waits for the lock of a virtual function that is free, or about to be.
  private func lockFree(_ address: PCIAddress) throws(CNIError) -> FileLock {
    let lock = try node.lock(address)
    if let holder = try holder(of: address) {
      throw CNIError(VFConflict.allocated(address, holder: holder))
    }
    return lock
  }

  func observe(_ address: PCIAddress) throws(CNIError) -> VFObservation {
    let found = try CNIError.converting(try node.observe(address, on: kernel.host))
    guard var observation = found else { throw CNIError(VFConflict.noDevice(address)) }
    if let link = observation.link {
      observation.use = try CNIError.converting(try node.use(of: link, address, by: kernel.host))
    }
    return observation
  }
}
