// SPDX-License-Identifier: Apache-2.0

import Execution
import Glibc
import Linux
import NetworkModel
import SRIOV
import TestSupport
import Testing

@testable import CNI
@testable import sriov

/// What is decided by files, in folders of the test's own: sysfs with one VF, which a program drives, and
/// the records of both plugins.
@Suite final class NodeTests {
  private let root: String
  private let node: Node
  private let vf = "0000:01:10.0"

  init() throws {
    root = "/tmp/sriov-node-\(Hexadecimal.text(of: try RandomBytes.make(count: 8)))"
    let devices = "\(root)/bus/pci/devices"
    for path in ["\(devices)/0000:01:00.0", "\(devices)/\(vf)"] {
      try Folder.make(path, mode: 0o700)
    }
    for (path, target) in [
      ("\(vf)/physfn", "../0000:01:00.0"), ("0000:01:00.0/virtfn0", "../\(vf)"),
      ("\(vf)/driver", "../../drivers/vfio-pci"),
    ] {
      unsafe symlink(target, "\(devices)/\(path)")
    }
    node = Node(
      devices: PCIFolder(sysfs: root),
      store: AllocationStore(root: "\(root)/store")
    )
    try node.store.prepare()
  }

  deinit {
    _ = try? Program.run("rm", "-rf", root)
  }

  // MARK: An attachment of sriov-cni's

  private static let path = "/run/netns/gone-for-a-test"

  /// Writes sriov-cni's cache of an attachment and returns what is read of it.
  private func attachment(_ more: String = "") throws -> GoAttachment {
    try cache.write(#"{"deviceID": "\#(vf)", "OrigVfState": {"HostIFName": "eth0"}\#(more)}"#)
    let document = Array(#"{"cniVersion": "1.0.0", "name": "net", "type": "sriov"}"#.utf8)
    let request = AttachmentRequest(
      attachment: Attachment(
        network: "net",
        containerID: "pod1",
        containerInterface: try Sample.name("net1")
      ),
      namespacePath: Self.path,
      arguments: Arguments(""),
      configuration: try NetworkConfiguration(
        NetworkConfiguration.parse(document),
        document: document
      ),
      pluginDirectories: []
    )
    return try #require(try GoAttachment(request, node))
  }

  private var cache: TextFile { TextFile("\(root)/store/pod1-net1") }
  private var record: TextFile { TextFile("\(root)/store/pci/\(vf)") }

  @Test func `it owns the VF that sriov-cni has recorded for its namespace`() throws {
    try record.write(Self.path)

    #expect(try attachment().isStillIts(node))
  }

  @Test func `it does not own one recorded for another existing namespace`() throws {
    try record.write("/proc/self/ns/net")

    #expect(try !attachment().isStillIts(node))
  }

  @Test func `it does not own one without a record`() throws {
    #expect(try !attachment().isStillIts(node))
  }

  @Test func `without recorded namespaces it owns one that no other attachment has`() throws {
    let old = try attachment(#", "ContIFNames": "net1""#)

    #expect(try old.isStillIts(node))
    try record.write("/proc/self/ns/net")
    #expect(try !old.isStillIts(node))
  }

  @Test func `it does not own one that this plugin has recorded since`() throws {
    var later = try Sample.record()
    later.namespace.path = Self.path
    try node.store.write(later)

    #expect(try !attachment().isStillIts(node))
  }

  @Test func `a cache from before the boot owns nothing`() throws {
    try record.write(Self.path)
    let attachment = try attachment()
    let times = [timeval(tv_sec: 0, tv_usec: 0), timeval(tv_sec: 0, tv_usec: 0)]
    unsafe utimes(cache.path, times)

    #expect(try !attachment.isStillIts(node))
  }

  // MARK: The choice of a VF

  @Test func `a VF whose lock another process holds for a moment is waited for`() throws {
    let address = try Sample.address()
    let file = "\(root)/store/pci/vf_lock/\(vf).lock"
    _ = try Program.run("sh", "-c", "flock \(file) sleep 1 >/dev/null &")
    while try node.store.lock(address, milliseconds: 0) != nil { usleep(1000) }
    var configuration = SRIOVConfiguration()
    configuration.physicalFunctions = ["0000:01:00.0"]
    configuration.driver = .userspace
    let allocation = Allocation(
      configuration: configuration,
      attachment: .init(
        network: "net",
        containerID: "pod1",
        containerInterface: try Sample.name("net1")
      ),
      node: node,
      kernel: try Kernel(container: nil)
    )

    #expect(try allocation.claimAny().observation.device.address == address)
  }
}
