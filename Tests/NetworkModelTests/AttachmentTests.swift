// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct AttachmentTests {
  private typealias Attachment = NetworkModel.Attachment

  private static func attachment(
    network: String = "net",
    container: String = "cid",
    interface: String = "net1"
  ) throws -> Attachment {
    Attachment(
      network: network,
      containerID: container,
      containerInterface: try #require(InterfaceName(interface))
    )
  }

  /// The oracle: `printf 'net\0cid\0net1' | sha512sum | cut -c 1-11`.
  @Test func `the host end's name is veth and a hash over the attachment`() throws {
    #expect(try Self.attachment().hostInterface.string == "veth19531b76807")
  }

  @Test func `every part of an attachment affects the host end's name`() throws {
    let names = [
      try Self.attachment(), try Self.attachment(network: "net2"),
      try Self.attachment(container: "cid2"), try Self.attachment(interface: "net2"),
      try Self.attachment(network: "ne", container: "tcid"),
    ].map(\.hostInterface)

    #expect(Set(names).count == 5)
  }

  @Test(arguments: [
    ("veth19531b76807", true), ("veth19531b7680", false), ("veth19531b7680g", false),
    ("br-119531b76807", false),
  ])
  func `only a name of eleven hexadecimal digits is a hash`(text: String, isHash: Bool) {
    #expect(InterfaceName(text)?.isHash(after: "veth") == isHash)
  }
}
