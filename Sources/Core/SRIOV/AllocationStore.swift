// SPDX-License-Identifier: Apache-2.0

package import Linux
package import NetworkModel

/// The records and locks of virtual functions on this node.
///
/// Locks and the `pci` records are Go sriov-cni's own, at its paths, so that both plugins can run
/// side by side while a node is upgraded: each sees what the other has allocated.
package struct AllocationStore: Sendable {
  private let root: String

  /// Names the folder, which may not exist yet.
  package init(root: String = "/var/lib/cni/sriov") {
    self.root = root
  }

  private var records: String { "\(root)/allocations" }
  private var locks: String { "\(root)/pci/vf_lock" }

  private func file(_ address: PCIAddress) -> TextFile { TextFile("\(records)/\(address)") }

  /// Creates missing folders.
  package func prepare() throws(KernelError) {
    try Folder.make(records, mode: 0o700)
    try Folder.make(locks, mode: 0o700)
  }

  /// Takes the lock of one virtual function, or returns nil if another process holds it for longer.
  ///
  /// It is Go sriov-cni's lock. Its holder may change the virtual function and its records.
  package func lock(_ address: PCIAddress, milliseconds: Int) throws(KernelError) -> FileLock? {
    try FileLock(path: "\(locks)/\(address).lock", milliseconds: milliseconds)
  }

  /// Returns the record of a virtual function, or nil if it has none.
  ///
  /// A corrupt record counts, unless it is from an earlier boot.
  /// - Throws: `RecordError`.
  package func record(of address: PCIAddress) throws(RecordError) -> AllocationRecord? {
    let file = file(address)
    let containerID: String?
    do {
      guard let text = try file.read() else { return nil }
      if let record = AllocationRecord(text: text), record.address == address { return record }
      let traces = AllocationRecord.traces(in: text)
      if let boot = traces.boot, boot != (try Boot.identifier()) { return nil }
      containerID = traces.containerID
    } catch {
      throw .failed(error)
    }
    throw .unreadable(address, path: file.path, containerID: containerID)
  }

  /// Returns every record, and an error for each corrupt file.
  package func allRecords() throws(KernelError) -> (
    records: [AllocationRecord], unreadable: [RecordError]
  ) {
    var found: (records: [AllocationRecord], unreadable: [RecordError]) = ([], [])
    for address in try (Folder.names(in: records) ?? []).compactMap({ PCIAddress($0) }) {
      do {
        if let record = try record(of: address) { found.records.append(record) }
      } catch {
        if case .failed(let failure) = error { throw failure }
        found.unreadable.append(error)
      }
    }
    return found
  }

  /// Returns the record of an attachment's virtual function, or nil.
  ///
  /// A record with a remainder is of a virtual function that it used to have.
  package func record(of attachment: Attachment) throws(KernelError) -> AllocationRecord? {
    try allRecords().records.first { $0.attachment == attachment && $0.remainder == nil }
  }

  /// Writes a record, and returns once it is on disk.
  package func write(_ record: AllocationRecord) throws(KernelError) {
    try file(record.address).replace(with: record.text)
    try peerFile(record.address).write(record.namespace.path)
  }

  /// Removes the record of a restored virtual function.
  ///
  /// A crash in between leaves the record of a virtual function that is already restored: restoring
  /// it again changes nothing.
  package func remove(_ record: AllocationRecord) throws(KernelError) {
    // Empty if a process died while writing it.
    if let path = try peerNamespace(of: record.address), ["", record.namespace.path].contains(path)
    {
      try peerFile(record.address).remove()
    }
    try file(record.address).remove()
    // All that exists of a record that could not be written.
    try file(record.address).discardUnfinished()
  }

  /// Removes temporary files of processes that died while writing a record; waits for no lock.
  package func discardUnfinished() throws(KernelError) {
    for name in try Folder.names(in: records) ?? [] {
      guard name.hasPrefix("."), name.hasSuffix(".new"),
        let address = PCIAddress(String(name.dropFirst().dropLast(4))),
        let lock = try lock(address, milliseconds: 0)
      else { continue }
      try file(address).discardUnfinished()
      extendLifetime(lock)
    }
  }

  /// Why a record is unavailable.
  package enum RecordError: Error {
    /// The file could not be read.
    case failed(KernelError)
    /// The file is not a record; it may name the container.
    case unreadable(PCIAddress, path: String, containerID: String?)
  }
}

/// Go sriov-cni's own files.
extension AllocationStore {
  private func peerFile(_ address: PCIAddress) -> TextFile { TextFile("\(root)/pci/\(address)") }

  /// Returns the namespace path in a record of Go sriov-cni's format, or nil.
  package func peerNamespace(of address: PCIAddress) throws(KernelError) -> String? {
    guard let text = try peerFile(address).read() else { return nil }
    return String(text.prefix { $0 != "\n" })
  }

  /// Removes a record of Go sriov-cni's format.
  package func removePeerRecord(of address: PCIAddress) throws(KernelError) {
    try peerFile(address).remove()
  }

  /// The file in which Go sriov-cni keeps an attachment's configuration and original state.
  package func peerCache(of attachment: Attachment) -> TextFile {
    TextFile("\(root)/\(attachment.containerID)-\(attachment.containerInterface)")
  }
}

extension AllocationStore {
  /// Finds out whether records can be written.
  /// - Throws: `KernelError`, such as EROFS.
  package func probe() throws(KernelError) {
    try prepare()
    let file = TextFile("\(records)/.probe")
    try file.write("")
    try file.remove()
  }
}
