// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@Suite struct LabelTests {
  private typealias Attachment = NetworkModel.Attachment

  private static let plugin = "cnv-bridge"

  private static func attachment(
    _ network: String = "net",
    _ container: String = "cid",
    _ interface: String = "net1"
  ) throws -> Attachment {
    Attachment(
      network: network,
      containerID: container,
      containerInterface: try #require(InterfaceName(interface))
    )
  }

  /// Names at the borders of what the specification and the kernel allow.
  private static func attachments() throws -> [Attachment] {
    let long = String(repeating: "n", count: 34)
    let container = String(repeating: "c", count: 64)
    let interfaces = [
      "a", "ab", "a\"b", "\"", "#", "#0123456789abcd", "100", "4094", "gateway", "%41", "a\u{1}b",
      "abcdefghijklmno", "\"bcdefghijklmno", "e\u{301}", "\u{E9}", "\u{301}a", "\u{7F}",
      "\u{1F600}\u{1F600}\u{1F600}",
    ]
    return try ["a", "gateway", "gateway.", long, long + "n", long + "m"].flatMap { network in
      try ["0", "br1", container, container + "c", container + "d"].flatMap { container in
        try interfaces.map { try attachment(network, container, $0) }
      }
    }
  }

  @Test func `a label names the attachment in clear text`() throws {
    #expect(Label(try Self.attachment(), of: Self.plugin).text == "cnv-bridge net cid net1")
  }

  @Test func `a container ID of 64 bytes, as runtimes use, stays in clear text`() throws {
    let container = String(repeating: "0123456789abcdef", count: 4)
    let label = Label(try Self.attachment("net", container), of: Self.plugin)
    let longer = Label(try Self.attachment("net", container + "0"), of: Self.plugin)

    #expect(label.text == "cnv-bridge net \(container) net1")
    #expect(longer.text.hasPrefix("cnv-bridge net #"))
  }

  @Test func `the label of a port ends in the gateway interface it uses`() throws {
    var label = Label(try Self.attachment(), of: Self.plugin)
    label.gateway = InterfaceName("br1.100")

    #expect(label.text == "cnv-bridge net cid net1 gateway br1.100")
    #expect(Label(label.text) == label)
  }

  @Test func `every label is read back as written`() throws {
    for attachment in try Self.attachments() {
      let label = Label(attachment, of: Self.plugin)

      let read = try #require(Label(label.text))

      #expect(read == label)
      #expect(read.isOf(attachment) && read.isOf(network: attachment.network))
      #expect(!read.isGatewayInterface && read.gateway == nil)
    }
  }

  @Test func `a label survives an nftables comment and has no byte that nft cannot print`() throws {
    for attachment in try Self.attachments() {
      let text = Label(attachment, of: Self.plugin).text

      #expect(Nftables.Comment(text).text == text)
      #expect(text.utf8.count <= 127 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }
  }

  @Test func `no label can be mistaken for another attachment's`() throws {
    let attachments = try Self.attachments()
    let labels = attachments.map { Label($0, of: Self.plugin) }

    for attachment in attachments where attachment.containerID.count < 64 {
      #expect(labels.filter { $0.isOf(attachment) } == [Label(attachment, of: Self.plugin)])
    }
    #expect(Set(labels.map(\.text)).count == labels.count)
  }

  @Test func `a port's label with a gateway fits an alias`() throws {
    for attachment in try Self.attachments() {
      var label = Label(attachment, of: Self.plugin)
      label.gateway = InterfaceName("abcdefghijklmno")

      #expect(label.text.utf8.count <= 255 && Label(label.text) == label)
    }
  }

  @Test(arguments: ["br1", "gateway", "100", "br\"1", "\u{301}a", "abcdefghijklmno"])
  func `a gateway interface is recognised and belongs to no network`(bridge: String) throws {
    let name = try #require(InterfaceName(bridge))
    let label = Label(gatewayOf: name, try #require(VLANID(100)), of: Self.plugin)

    #expect(label.text == "cnv-bridge gateway \(bridge) 100")
    #expect(Label(label.text) == label && label.isGatewayInterface)
    #expect(!label.isOf(network: "gateway"))
  }

  @Test(arguments: ["sriov net cid net1 gateway ", "sriov net cid net1 gateway a/b"])
  func `a text without a valid gateway name is not a label`(text: String) {
    #expect(Label(text) == nil)
  }

  @Test func `labels written before names were escaped are still recognised`() throws {
    let odd = try Self.attachment("net", "cid", "a\"b")
    let gateway = try Self.attachment("gateway", "cid", "net1")

    #expect(try #require(Label("cnv-bridge net cid a\"b")).isOf(odd))
    #expect(try #require(Label("cnv-bridge gateway cid net1")).isOf(gateway))
    #expect(try #require(Label("cnv-bridge gateway cid net1")).isOf(network: "gateway"))
    #expect(try #require(Label("cnv-bridge gateway br1 100")).isGatewayInterface)
    #expect(!(try #require(Label("cnv-bridge gateway br1 100")).isOf(network: "gateway")))
  }

  @Test(arguments: [
    "", " ", "cnv-bridge", "cnv-bridge net cid", "cnv-bridge net cid net1 x",
    "cnv-bridge net cid net1 x y", "cnv-bridge  net cid net1",
  ])
  func `any other text is not a label`(text: String) {
    #expect(Label(text) == nil)
  }
}
