// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import Testing

@testable import SRIOV

/// Files are at the paths of Go sriov-cni and have its contents (`pkg/utils/pci_allocator.go`).
@Suite final class StoreTests {
  private let root: String
  private let store: AllocationStore

  init() throws {
    root = "/tmp/sriov-store-\(Hexadecimal.text(of: try RandomBytes.make(count: 8)))"
    store = AllocationStore(root: root)
    try store.prepare()
  }

  deinit {
    for folder in ["allocations", "pci/vf_lock", "pci", "."] {
      for name in (try? Folder.names(in: "\(root)/\(folder)")) ?? [] {
        unsafe unlink("\(root)/\(folder)/\(name)")
      }
      unsafe rmdir("\(root)/\(folder)")
    }
    unsafe rmdir(root)
  }

  private static func record(
    _ address: String = "0000:01:10.0",
    boot: String? = nil
  ) throws -> AllocationRecord {
    AllocationRecord(
      address: try #require(PCIAddress(address)),
      incarnation: 1,
      boot: try boot ?? Boot.identifier(),
      attachment: .init(
        network: "net",
        containerID: "pod1",
        containerInterface: try #require(InterfaceName("net1"))
      ),
      namespace: .init(
        path: "/run/netns/blue",
        identity: NetworkNamespace.Identity(device: 4, inode: 5)
      ),
      original: VFOriginal(settings: nil, interface: nil)
    )
  }

  private func peerFile() -> TextFile { TextFile("\(root)/pci/0000:01:10.0") }

  @Test func `a record is found, visible to sriov-cni, and removed with sriov-cni's`() throws {
    let record = try Self.record()

    try store.write(record)

    #expect(try store.record(of: record.address) == record)
    #expect(try peerFile().read() == "/run/netns/blue")
    try store.remove(record)
    #expect(try store.record(of: record.address) == nil)
    #expect(try peerFile().read() == nil)
  }

  @Test func `a later record of sriov-cni stays`() throws {
    let record = try Self.record()
    try store.write(record)
    try peerFile().write("/run/netns/another")

    try store.remove(record)

    #expect(try peerFile().read() == "/run/netns/another")
  }

  @Test(arguments: ["0000:01:10.0", "0000:01:10.2"])
  func `a VF still to be restored does not count as the attachment's`(dirty: String) throws {
    var earlier = try Self.record(dirty)
    earlier.remainder = "set max_tx_rate 50"
    try store.write(earlier)
    #expect(try store.record(of: earlier.attachment) == nil)

    let present = try Self.record("0000:01:10.1")
    try store.write(present)

    #expect(try store.record(of: present.attachment) == present)
  }

  @Test func `a record under another address is rejected`() throws {
    let record = try Self.record("0000:01:10.1")
    let address = try #require(PCIAddress("0000:01:10.0"))
    try TextFile("\(root)/allocations/\(address)").write(record.text)

    #expect(throws: AllocationStore.RecordError.self) { try store.record(of: address) }
  }

  @Test func `a truncated record counts until the next boot`() throws {
    let address = try #require(PCIAddress("0000:01:10.0"))
    let file = TextFile("\(root)/allocations/\(address)")

    try file.write(String(try Self.record().text.dropLast(8)))
    #expect(throws: AllocationStore.RecordError.self) { try store.record(of: address) }

    try file.write(String(try Self.record(boot: "earlier").text.dropLast(8)))
    #expect(try store.record(of: address) == nil)
  }
}
