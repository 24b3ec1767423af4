// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import SRIOV

/// One GC: restores virtual functions of a network's attachments that are no longer valid.
struct GCCommand {
  private let request: NetworkRequest
  private let valid: [Attachment]
  private let node = Node()

  /// Reads the list of valid attachments.
  init(_ request: NetworkRequest) throws(CNIError) {
    self.request = request
    valid = try request.configuration.validAttachments()
  }

  /// Restores everything that is not on the list, and lets IPAM do the same.
  /// - Throws: `CNIError` that combines all failures.
  func run() throws(CNIError) {
    var failures = Faults()
    try CNIError.converting(to: .ioFailure, try node.store.discardUnfinished())
    let found = try CNIError.converting(to: .ioFailure, try node.store.allRecords()).records
    for record in found where isGarbage(record) { failures.gather(try restore(record.address)) }
    failures.gather(try request.ipam()?.run(.collectGarbage))
    try failures.throwIfAny()
  }

  private func isGarbage(_ record: AllocationRecord) -> Bool {
    record.attachment.network == request.configuration.name && !valid.contains(record.attachment)
  }

  private func restore(_ address: PCIAddress) throws(CNIError) {
    guard let remainder = try node.release(address, where: isGarbage) else { return }
    throw CNIError(VFConflict.dirty(address, remainder))
  }
}
