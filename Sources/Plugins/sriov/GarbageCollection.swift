// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import SRIOV

/// One GC: gives back what attachments of a network have that nobody uses any more.
struct GarbageCollection {
  private let request: NetworkRequest
  private let node: Node
  private var failures: [CNIError] = []

  init(_ request: NetworkRequest, _ node: Node) {
    self.request = request
    self.node = node
  }

  /// Gives everything back that is not on the list, and lets IPAM do the same.
  /// - Throws: `CNIError`, every failure in one.
  mutating func run() throws(CNIError) {
    let valid = try request.configuration.validAttachments()
    let network = request.configuration.name
    let isGarbage = { (record: AllocationRecord) in
      record.owner.network == network
        && !valid.contains {
          $0.containerID == record.owner.containerID
            && $0.containerInterface == record.owner.interface
        }
    }
    for address in try allAddresses(isGarbage) {
      do {
        if let remainder = try node.release(address, where: isGarbage) {
          failures.append(CNIError(VFConflict.dirty(address, remainder)))
        }
      } catch {
        failures.append(error)
      }
    }
    do {
      try request.ipam()?.collectGarbage()
    } catch {
      failures.append(error)
    }
    if let error = CNIError.combining(failures) { throw error }
  }

  private func allAddresses(
    _ isGarbage: (AllocationRecord) -> Bool
  ) throws(CNIError) -> [PCIAddress] {
    do {
      try node.store.discardUnfinished()
      return try node.store.allRecords().records.filter(isGarbage).map { $0.address }
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }
}
