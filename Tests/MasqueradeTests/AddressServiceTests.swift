// SPDX-License-Identifier: Apache-2.0

import CNI
import Linux
import NetworkModel
import Testing

@testable import masquerade

struct AddressServiceTests {
  @Test func `options that are written are read back equal`() throws {
    let words = [
      "--interface", "k6t-eth0", "--dns", "10.96.0.10,fd00::a", "--search", "a.example,b.example",
      "--hostname", "vm", "--lease-time", "600", "--ntp", "192.0.2.1", "--tftp-server", "t",
      "--boot-file", "b", "--option", "240=x=y", "--user", "107", "--detached",
    ]

    #expect(try AddressServiceOptions(words).words == words)
  }

  @Test(
    arguments: [
      (["--x"], "unknown option '--x'"), (["--dns"], "--dns needs a value"),
      (["--dns", "10.0"], "--dns: '10.0' is no such value"),
      (["--option", "12=x"], "--option: '12=x' is no such value"),
      (["--lease-time", "5"], "--lease-time: '5' is no such value"),
    ]
  )
  func `a wrong option is named`(words: [String], text: String) {
    #expect(throws: AddressServiceOptions.Fault(text: text)) { try AddressServiceOptions(words) }
  }

  @Test func `a record that is written is read back equal`() {
    let record = AddressServiceRecord(
      AttachmentID(containerID: "c-1", interfaceName: "net1"),
      LastingProcess(identifier: 4711, startTicks: 99)
    )

    #expect(AddressServiceRecord(record.text) == record)
  }

  @Test(arguments: ["", "1 2 c i", "0 0 c i", "-5 1 c i", "x 1 c i", "7 1 c"])
  func `a text that names no process is no record`(text: String) {
    #expect(AddressServiceRecord(text) == nil)
  }
}
