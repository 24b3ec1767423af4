// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

extension Allocation {
  /// Returns the holder of a virtual function, or nil if it is free now.
  ///
  /// A VF left by a killed ADD, or by an attachment whose namespace is gone, is restored first.
  func holder(of address: PCIAddress) throws(CNIError) -> String? {
    guard let record = try node.record(of: address) else {
      return try CNIError.converting(to: .ioFailure, try peerHolder(of: address))
    }
    if try CNIError.converting(try isInUse(record)) { return record.attachment.description }
    if let remainder = try Restoration.run(record, node) {
      throw CNIError(VFConflict.dirty(address, remainder))
    }
    return nil
  }

  /// Whether the attachment of a record can still be using the virtual function.
  ///
  /// An interface that is back on the host is unused: its ADD was killed, or its namespace has
  /// ended. A VF with a user-space driver belongs to its namespace as long as that exists.
  private func isInUse(_ record: AllocationRecord) throws(KernelError) -> Bool {
    let path = record.namespace.path
    guard record.remainder == nil,
      let device = try Restoration.currentDevice(record, node),
      record.original.interface == nil || device.interface == nil,
      let namespace = try NetworkNamespace.ifThere(at: path)
    else { return false }
    let side = try Side.inside(namespace, from: kernel.host)
    return record.namespace.isSame(as: AllocationRecord.Namespace(side, path: path))
  }

  /// The holder that Go sriov-cni has recorded, by its rule: the namespace's path must lead to one.
  private func peerHolder(of address: PCIAddress) throws(KernelError) -> String? {
    guard let path = try node.store.peerNamespace(of: address) else { return nil }
    if try NetworkNamespace.ifThere(at: path) != nil {
      return "an attachment of sriov-cni in namespace '\(path)'"
    }
    try node.store.removePeerRecord(of: address)
    return nil
  }
}
