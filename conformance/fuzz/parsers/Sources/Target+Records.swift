// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

@testable import CNI
@testable import SRIOV
@testable import masquerade
@testable import sriov

extension Target {
  func feedRecord(_ bytes: [UInt8]) {
    guard let record = AllocationRecord(text: String(decoding: bytes, as: UTF8.self)) else {
      return
    }
    require(AllocationRecord(text: record.text) == record, "a record is read as written")
  }

  /// A cache of Go sriov-cni's: what it says of a virtual function fits a record.
  func feedCache(_ bytes: [UInt8]) {
    guard case .object(let object)? = try? JSON.parse(bytes), let interface = InterfaceName("net1"),
      let address = PCIAddress("0000:3b:02.1")
    else { return }
    let root = ConfigurationObject(object)
    _ = try? SRIOVConfiguration.device(root)
    guard let original = try? GoAttachment.original(root, nil) else { return }
    let record = AllocationRecord(
      address: address,
      incarnation: 1,
      boot: "b",
      attachment: .init(network: "n", containerID: "c", containerInterface: interface),
      namespace: .init(path: "/run/netns/x", identity: .init(device: 1, inode: 2)),
      original: original
    )
    require(AllocationRecord(text: record.text) == record, "a cache becomes a record")
  }

  func feedNote(_ bytes: [UInt8]) {
    guard let note = PodNote(String(decoding: bytes, as: UTF8.self)) else { return }
    require(PodNote(note.text) == note, "a note is read as written")
  }

  func feedServiceRecord(_ bytes: [UInt8]) {
    guard let record = AddressServiceRecord(String(decoding: bytes, as: UTF8.self)),
      let interface = InterfaceName("eth0")
    else { return }
    let attachment = Attachment(network: "n", containerID: "c", containerInterface: interface)
    require(
      AddressServiceRecord(record.text(attachment)) == record,
      "a record is read as written"
    )
  }
}
