// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import SRIOV
@testable import masquerade

extension Target {
  func feedRecord(_ bytes: [UInt8]) {
    guard let record = AllocationRecord(text: String(decoding: bytes, as: UTF8.self)) else {
      return
    }
    require(AllocationRecord(text: record.text) == record, "a record is read as written")
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
