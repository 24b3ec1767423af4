// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// One DEL: restores the attachment's VF, and nothing that belongs to another attachment by now.
///
/// It needs neither the namespace nor a configuration that ADD would accept: everything is in the
/// record. A failure does not stop the rest; all are reported.
struct DelCommand {
  private let request: AttachmentRequest
  private let attachment: Attachment
  private let node = Node()

  /// Needs nothing of the configuration.
  init(_ request: AttachmentRequest) {
    self.request = request
    attachment = request.attachment
  }

  /// Removes the attachment; what is already gone counts as success.
  /// - Throws: `CNIError` that combines all failures.
  func run() throws(CNIError) {
    var failures = Faults()
    do {
      for address in try addresses() { failures.gather(try release(address)) }
      try GoAttachment(request, node)?.release(node)
    } catch {
      failures.append(error)
    }
    failures.gather(try request.releaseAddresses())
    try failures.throwIfAny()
  }

  /// The virtual functions whose records name this attachment.
  private func addresses() throws(CNIError) -> [PCIAddress] {
    let device = try? SRIOVConfiguration.device(request.configuration.root)  // only a hint
    if let device, let record = try? node.store.record(of: device), record.attachment == attachment
    {
      return [device]
    }
    let found = try CNIError.converting(to: .ioFailure, try node.store.allRecords())
    let addresses = found.records.filter { $0.attachment == attachment }.map { $0.address }
    guard addresses.isEmpty else { return addresses }
    // Left by an ADD that was killed before it had changed anything.
    try CNIError.converting(to: .ioFailure, try node.store.discardUnfinished())
    if let error = found.unreadable.first(where: { $0.mayBe(of: attachment, device) }) {
      throw CNIError(error)
    }
    return []
  }

  private func release(_ address: PCIAddress) throws(CNIError) {
    guard let remainder = try node.release(address, where: { $0.attachment == attachment }) else {
      return
    }
    Log.tolerated("not restored yet: \(remainder)", ["vf": address.text])
  }
}

extension AllocationStore.RecordError {
  /// Whether a corrupt record may be that of an attachment, whose device may be known.
  fileprivate func mayBe(of attachment: Attachment, _ device: PCIAddress?) -> Bool {
    guard case .unreadable(let address, _, let containerID) = self else { return false }
    if let containerID { return containerID == attachment.containerID }
    return device == nil || device == address
  }
}

extension Node {
  /// Restores a virtual function under its lock, if its record is still one of those given, and
  /// returns what could not be restored yet.
  func release(
    _ address: PCIAddress,
    where isMeant: (AllocationRecord) -> Bool
  ) throws(CNIError) -> String? {
    let lock = try lock(address)
    defer { extendLifetime(lock) }
    // Another process may have restored it, or another attachment got it, while this one waited.
    guard let record = try record(of: address), isMeant(record) else { return nil }
    return try Restoration.run(record, self)
  }

  /// Waits for the lock of a virtual function.
  /// - Throws: `CNIError` with code 11 if another process holds it.
  func lock(_ address: PCIAddress) throws(CNIError) -> FileLock {
    if let lock = try lock(address, milliseconds: 60_000) { return lock }
    throw CNIError(
      .tryAgainLater,
      "cannot lock VF '\(address)': another process has held it for 60 s",
      details: "an ADD or DEL of the same VF is still running"
    )
  }

  /// Takes the lock of a virtual function, or returns nil if another process holds it for longer.
  func lock(_ address: PCIAddress, milliseconds: Int) throws(CNIError) -> FileLock? {
    try CNIError.converting(to: .ioFailure, try store.prepare())
    return try CNIError.converting(
      to: .ioFailure,
      try store.lock(address, milliseconds: milliseconds)
    )
  }

  /// Returns the record of a virtual function, or nil if it has none.
  func record(of address: PCIAddress) throws(CNIError) -> AllocationRecord? {
    do {
      return try store.record(of: address)
    } catch {
      throw CNIError(error)
    }
  }
}
