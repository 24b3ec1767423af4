// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import masquerade

struct RemovalPlanTests {
  private let attachment = NetworkModel.Attachment(
    network: "n",
    containerID: "c",
    containerInterface: name("net1")
  )
  private let other = NetworkModel.Attachment(
    network: "n",
    containerID: "c",
    containerInterface: name("net2")
  )

  private func record(_ owner: NetworkModel.Attachment, _ text: String) -> PodRecord {
    PodRecord(
      table: Nftables.Table.ID(.inet, "masquerade_\(owner.containerInterface)"),
      label: owner.label,
      note: PodNote(text)
    )
  }

  private func links(_ aliases: String?...) -> [Link] {
    aliases.enumerated().map { number, alias in
      var link = Link(index: LinkIndices.mark + Int32(number), name: name("any\(number)"))
      link.alias = alias
      return link
    }
  }

  @Test func `links have indices that the kernel never assigns and no two attachments share`() {
    let own = LinkIndices(attachment)
    let others = LinkIndices(other)

    #expect(Set([own.bridge, own.tap, others.bridge, others.tap]).count == 4)
    #expect([own.bridge, own.tap, others.bridge, others.tap].allSatisfy { $0 >= 1 << 30 })
  }

  @Test func `only links created by an ADD are masquerade's`() {
    let links = [2, LinkIndices(attachment).bridge].map { index in
      Link(index: index, name: name("k6t-eth0"), kind: "bridge")
    }

    #expect(links.map(LinkIndices.contain) == [false, true])
  }

  @Test func `a setting that another attachment needs is left to that one`() {
    let records = [
      record(attachment, "46 all/forward6=0 eth0/forward4=0"),
      record(other, "46 all/forward6=0 net2/forward4=0"),
    ]

    let plan = RemovalPlan(attachment, records, [])

    #expect(plan.settings.map { $0.path } == ["net/ipv4/conf/eth0/forwarding"])
    #expect(plan.records == [records[0]])
  }

  @Test func `links with the indices are ADD's if the table or a label says so`() {
    let label = attachment.label.text

    let byTable = RemovalPlan(attachment, [record(attachment, "4")], links("other"))
    let byLabel = RemovalPlan(attachment, [], links(label))
    let stripped = RemovalPlan(attachment, [], links(nil, "other"))

    #expect([byTable, byLabel, stripped].allSatisfy { $0.ownsLinks })
  }

  @Test func `links of the pod or another attachment with the indices are theirs`() {
    let others = [record(other, "4")]
    let label = other.label.text

    let single = RemovalPlan(attachment, [], links(nil))
    let colliding = RemovalPlan(attachment, others, links(label, label))
    let relabelled = RemovalPlan(attachment, others, links(label, nil))

    #expect([single, colliding, relabelled].allSatisfy { !$0.ownsLinks })
  }

  @Test func `a note is read back as written`() throws {
    let observed = PodSettings(.pod, uplink: name("eth0"))
    let note = PodNote([.v4, .v6], observed.former)

    #expect(
      note.text == "46 all/forward6=0 all/send_redirects=1 eth0/forward4=0"
        + " eth0/accept_ra=1"
    )
    #expect(PodNote(note.text) == note)
  }

  @Test func `a note too long for one comment continues in the next chain's`() throws {
    let interfaces = (1...12).map { name("storage-net-\($0)") }
    let former = interfaces.map {
      PodSettings.Setting(key: .forwardingV6, interface: $0, value: "1")
    }

    let comments = PodNote([.v6], former).comments

    #expect(comments.map { $0.chain } == ["forward", "forward_in", "forward_out"])
    #expect(comments.allSatisfy { $0.comment.text.utf8.count <= 128 })
    let read = try PodNote { chain in comments.first { $0.chain == chain }?.comment }
    #expect(read == PodNote([.v6], former))
  }

  @Test(arguments: [#"a"b"#, "a+b", "+", "a=b"])
  func `a note holds any number of interfaces, whatever their names`(start: String) throws {
    let former = (100...200).map {
      PodSettings.Setting(key: .forwardingV6, interface: name("\(start)\($0)"), value: "1")
    }

    let comments = PodNote([.v6], former).comments

    let read = try PodNote { chain in comments.first { $0.chain == chain }?.comment }
    #expect(read == PodNote([.v6], former))
  }

  @Test func `what does not fit into ADD's chains has further ones`() throws {
    let former = (100...200).map {
      PodSettings.Setting(key: .forwardingV6, interface: name("net\($0)"), value: "1")
    }
    let note = PodNote([.v6], former)

    let plan = RulePlan(try configuration(), note)

    let written = plan.chains.compactMap { $0.chain.comment }
    #expect(written.count == note.comments.count)
    #expect(plan.chains.last?.chain.id.name == "note_\(note.comments.count - 1)")
  }

  @Test func `settings of thousands of tables are compared in linear time`() {
    let text = { (who: String, table: Int) in
      "4 " + (0..<10).map { "\(who)\(table)x\($0)/forward4=1" }.joined(separator: " ")
    }
    let records = (0..<1000).flatMap { table in
      [record(attachment, text("a", table)), record(other, text("b", table))]
    }

    var plan: RemovalPlan?
    let duration = ContinuousClock().measure { plan = RemovalPlan(attachment, records, []) }

    #expect(plan?.settings.count == 10_000)
    #expect(duration < .seconds(20))
  }

  @Test func `a forged note restores no other settings`() {
    let note = PodNote("4 all/forward6=x ../x=1 all/other=1 all/nf4= a/b/nf4=1 x=1 all/nf6=1")

    #expect(note?.former.map { $0.path } == ["net/bridge/bridge-nf-call-ip6tables"])
  }

  @Test(arguments: ["", "k6t-eth0 tap0 46", "64", "44", "4x", "before: ip_forward=0"])
  func `any other text is not a note`(text: String) {
    #expect(PodNote(text) == nil)
  }
}
