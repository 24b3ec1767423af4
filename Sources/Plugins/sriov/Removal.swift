// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// One DEL: gives back what the attachment has, and nothing that another has by now.
///
/// It needs neither the namespace nor a configuration that ADD would accept: the record says all.
/// Every failure is kept, none stops the rest.
struct Removal {
  private let request: AttachmentRequest
  private let owner: AllocationRecord.Owner
  private let node: Node
  private var failures: [CNIError] = []

  init(_ request: AttachmentRequest, _ node: Node) {
    self.request = request
    self.node = node
    owner = AllocationRecord.Owner(request)
  }

  /// Takes the attachment away; what is gone already is success.
  /// - Throws: `CNIError`, every failure in one.
  mutating func run() throws(CNIError) {
    do {
      for address in try addresses() { release(address) }
      if let attachment = try GoAttachment(request, node) { releaseGo(attachment) }
    } catch {
      failures.append(error)
    }
    do {
      try request.releaseAddresses()
    } catch {
      failures.append(error)
    }
    if let error = CNIError.combining(failures) { throw error }
  }

  /// The virtual functions whose records name this attachment.
  private func addresses() throws(CNIError) -> [PCIAddress] {
    if let device = try? SRIOVConfiguration.device(request.configuration.root),  // only a hint
      let record = try? node.store.record(of: device), record.owner == owner
    {
      return [device]
    }
    do {
      let addresses = try node.store.allRecords().filter { $0.owner == owner }.map { $0.address }
      // An ADD that was killed before it had changed anything.
      if addresses.isEmpty { try node.store.discardUnfinished() }
      return addresses
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }

  private mutating func release(_ address: PCIAddress) {
    let owner = owner
    do {
      try node.release(address) { $0.owner == owner }
    } catch {
      failures.append(error)
    }
  }

  private mutating func releaseGo(_ attachment: GoAttachment) {
    do {
      try attachment.release(node)
    } catch {
      failures.append(error)
    }
  }
}

extension Node {
  /// Gives a virtual function back under its lock, if its record is still one of those meant.
  /// - Throws: `CNIError`.
  func release(
    _ address: PCIAddress,
    where isMeant: (AllocationRecord) -> Bool
  ) throws(CNIError) {
    let lock = try lock(address)
    defer { extendLifetime(lock) }
    let record: AllocationRecord?
    do {
      record = try store.record(of: address)
    } catch {
      throw CNIError(error)
    }
    // Another process may have given it back, or to another, while this one waited.
    guard let record, isMeant(record) else { return }
    try Restoration.run(record, self)
  }

  /// Waits for the lock of a virtual function.
  /// - Throws: `CNIError` with code 11 where another process keeps it.
  func lock(_ address: PCIAddress) throws(CNIError) -> FileLock {
    if let lock = try lock(address, milliseconds: 60_000) { return lock }
    throw CNIError(
      .tryAgainLater,
      "cannot lock VF '\(address)': another process has held it for 60 s",
      details: "an ADD or DEL of the same VF is still running"
    )
  }

  /// Takes the lock of a virtual function, or returns nil where another process keeps it longer.
  /// - Throws: `CNIError`.
  func lock(_ address: PCIAddress, milliseconds: Int) throws(CNIError) -> FileLock? {
    do {
      try store.prepare()
      return try store.lock(address, milliseconds: milliseconds)
    } catch {
      throw CNIError(error, code: .ioFailure)
    }
  }
}
