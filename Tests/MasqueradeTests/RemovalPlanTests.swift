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

  private func link(_ index: Int32, _ text: String, _ kind: String?, _ alias: String?) -> Link {
    var link = Link(index: index, name: name(text), kind: kind, mtu: 1500)
    link.alias = alias
    return link
  }

  private func record(_ owner: NetworkModel.Attachment, _ text: String) -> PodRecord {
    PodRecord(
      table: NFT.Table.ID(.inet, "masquerade_\(owner.containerInterface)"),
      label: owner.label,
      note: PodNote(text)
    )
  }

  @Test func `a label makes no link of another kind or name the attachment's`() {
    let label = attachment.label.text
    let bridge = link(7, "k6t-eth0", "bridge", label)
    let tap = link(8, "tap0", "tun", label)
    let links = [
      link(1, "lo", nil, label), link(2, "eth0", "veth", label), link(3, "br0", "bridge", label),
      bridge, tap,
    ]

    let plan = RemovalPlan(attachment, links, [record(attachment, "k6t-eth0 tap0 46")])

    #expect(plan.links == [bridge, tap])
  }

  @Test func `links that a killed ADD had no time to label are found by the note`() {
    let links = [
      link(7, "k6t-eth0", "bridge", nil), link(8, "tap0", "tun", nil), link(9, "tap1", "tun", nil),
    ]

    let plan = RemovalPlan(attachment, links, [record(attachment, "k6t-eth0 tap0 46")])

    #expect(plan.links == [links[0], links[1]])
  }

  @Test func `a link without a label is nobody's without a note`() {
    let plan = RemovalPlan(attachment, [link(8, "tap0", "tun", nil)], [])

    #expect(plan.links == [])
  }

  @Test func `links that the pod renamed are found by the label`() {
    let bridge = link(7, "other", "bridge", attachment.label.text)

    let plan = RemovalPlan(attachment, [bridge], [record(attachment, "k6t-eth0 tap0 46")])

    #expect(plan.links == [bridge])
  }

  @Test func `links of another attachment stay`() {
    let links = [
      link(7, "k6t-eth0", "bridge", other.label.text), link(8, "tap0", "tun", "somebody's"),
    ]

    let plan = RemovalPlan(attachment, links, [record(attachment, "k6t-eth0 tap0 46")])

    #expect(plan.links == [])
  }

  @Test func `a setting that another attachment needs is left to it`() {
    let records = [
      record(attachment, "k6t-eth0 tap0 46 all/forward6=0 eth0/forward4=0"),
      record(other, "k6t-net2 tap1 46 all/forward6=0 net2/forward4=0"),
    ]

    let plan = RemovalPlan(attachment, [], records)

    #expect(plan.settings.map { $0.path } == ["net/ipv4/conf/eth0/forwarding"])
    #expect(plan.records == [records[0]])
  }

  @Test func `a note is read back as it was written`() throws {
    let observed = PodSettings(.pod, uplink: name("eth0"))
    let note = PodNote(try configuration(), [.v4, .v6], observed.former)

    #expect(
      note.text == "k6t-eth0 tap0 46 all/forward6=0 all/send_redirects=1 eth0/forward4=0"
        + " eth0/accept_ra=1"
    )
    #expect(PodNote(note.text) == note)
  }

  @Test func `a note that the pod wrote restores nothing strange`() {
    let note = PodNote("a b 4 all/forward6=x ../x=1 all/other=1 all/nf4= a/b/nf4=1 x=1 all/nf6=1")

    #expect(note?.former.map { $0.path } == ["net/bridge/bridge-nf-call-ip6tables"])
  }

  @Test(arguments: ["", "k6t-eth0 tap0", "k6t-eth0 tap0 x", "before: ip_forward=0"])
  func `another text is no note`(text: String) {
    #expect(PodNote(text) == nil)
  }
}
