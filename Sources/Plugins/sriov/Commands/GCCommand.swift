// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import SRIOV

/// One GC: restores virtual functions of a network's attachments that are no longer valid.
struct GCCommand {
  let request: NetworkRequest
  let node: Node

  /// Restores everything that is not on the list, and lets IPAM do the same.
  /// - Throws: `CNIError` that combines all failures.
  func run() throws(CNIError) {
    var failures: [CNIError] = []
    let valid = try request.configuration.validAttachments()
    let network = request.configuration.name
    let isGarbage = { (record: AllocationRecord) in
      record.owner.network == network && !valid.contains(record.owner)
    }
    try CNIError.converting(to: .ioFailure, try node.store.discardUnfinished())
    let found = try CNIError.converting(to: .ioFailure, try node.store.allRecords()).records
    for address in found.filter(isGarbage).map({ $0.address }) {
      failures.keep { () throws(CNIError) in
        guard let remainder = try node.release(address, where: isGarbage) else { return }
        throw CNIError(VFConflict.dirty(address, remainder))
      }
    }
    failures.keep { () throws(CNIError) in _ = try request.ipam()?.run(.collectGarbage) }
    if let error = CNIError.combining(failures) { throw error }
  }
}
