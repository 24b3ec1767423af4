// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Nftables
import TestSupport
import Testing

@testable import cnv_bridge

struct GoSpoofFilterTests {
  private let filter: GoSpoofFilter

  init() throws {
    filter = GoSpoofFilter(
      NetworkModel.Attachment(
        network: "net",
        containerID: "dummy-0",
        containerInterface: try name("eth0")
      )
    )
  }

  private func leading(_ port: String, _ id: String) throws -> Nftables.Rule {
    try Nftables.Rule(
      .arrives(through: name(port)),
      [.verdict(.jump("cni-br-iface-\(id)"))],
      comment: Nftables.Comment("macspoofchk-\(id)")
    )
  }

  @Test func `an attachment without Go's chains needs no removal`() {
    #expect(filter.removal(given: GoSpoofFilter.Observation()) == [])
  }

  @Test func `every rule with the attachment's exact comment is removed, and both chains`() throws {
    let observed = try GoSpoofFilter.Observation(
      chains: [filter.portChain, filter.addressChain],
      prerouting: [
        Nftables.PlacedRule(handle: 4, rule: leading("veth1", "dummy-0-eth0")),
        Nftables.PlacedRule(handle: 7, rule: leading("veth2", "dummy-0-eth01")),
        Nftables.PlacedRule(handle: 9, rule: leading("veth3", "dummy-0-eth0")),
      ]
    )
    let table = Nftables.Table.ID(.bridge, "nat")

    #expect(
      filter.removal(given: observed) == [
        .deleteRule(handle: 4, table.chain("PREROUTING")),
        .deleteRule(handle: 9, table.chain("PREROUTING")),
        .deleteChain(table.chain("cni-br-iface-dummy-0-eth0")),
        .deleteChain(table.chain("cni-br-iface-dummy-0-eth0-mac")),
      ]
    )
  }

  @Test func `attachments whose port is gone are leftovers`() throws {
    let rules = try [
      Nftables.PlacedRule(handle: 1, rule: leading("gone", "dummy-0-eth0")),
      Nftables.PlacedRule(handle: 2, rule: leading("gone", "dummy-0-eth0")),
      Nftables.PlacedRule(handle: 3, rule: leading("there", "dummy-1-eth0")),
      Nftables.PlacedRule(
        handle: 4,
        rule: Nftables.Rule([.verdict(.accept)], comment: "macspoofchk-x-y")
      ),
      Nftables.PlacedRule(handle: 5, rule: leading("gone", "dummy-1-eth0")),
    ]

    #expect(
      try GoSpoofFilter.leftovers(in: rules, portExists: [name("there")].contains) == [filter]
    )
  }

  /// What the Go plugin (containernetworking/plugins v1.9.1) leaves in the kernel after an ADD that
  /// was repeated, and another attachment, as `nft list ruleset` shows them.
  private static let madeByGo = """
    table bridge nat {
    \tchain PREROUTING {
    \t\ttype filter hook prerouting priority dstnat; policy accept;
    \t\tiifname "veth1" jump cni-br-iface-dummy-0-eth0 comment "macspoofchk-dummy-0-eth0"
    \t\tiifname "veth9" jump cni-br-iface-dummy-9-eth0 comment "macspoofchk-dummy-9-eth0"
    \t\tiifname "veth2" jump cni-br-iface-dummy-0-eth0 comment "macspoofchk-dummy-0-eth0"
    \t}
    \tchain cni-br-iface-dummy-0-eth0 {
    \t\tjump cni-br-iface-dummy-0-eth0-mac comment "macspoofchk-dummy-0-eth0"
    \t}
    \tchain cni-br-iface-dummy-0-eth0-mac {
    \t\tether saddr 02:00:00:00:00:01 return comment "macspoofchk-dummy-0-eth0"
    \t\tdrop comment "macspoofchk-dummy-0-eth0"
    \t}
    \tchain cni-br-iface-dummy-9-eth0 {
    \t\tjump cni-br-iface-dummy-9-eth0-mac comment "macspoofchk-dummy-9-eth0"
    \t}
    \tchain cni-br-iface-dummy-9-eth0-mac {
    \t\tether saddr 02:00:00:00:00:09 return comment "macspoofchk-dummy-9-eth0"
    \t\tdrop comment "macspoofchk-dummy-9-eth0"
    \t}
    }

    """

  @Test(
    .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
    .enabled(if: Program.exists("nft"), "nft is not installed")
  )
  func `an attachment's rules of the Go plugin are removed and those of others stay`() throws {
    try inNewNetworkNamespace {
      let loaded = try Program.run("nft", "-f", "-", input: Self.madeByGo)
      try #require(loaded.status == 0, "\(loaded.output)")

      try Firewall().remove(Firewall.Removal(goFilters: [filter]))

      #expect(
        try Program.must("nft list ruleset") == """
          table bridge nat {
          \tchain PREROUTING {
          \t\ttype filter hook prerouting priority dstnat; policy accept;
          \t\tiifname "veth9" jump cni-br-iface-dummy-9-eth0 comment "macspoofchk-dummy-9-eth0"
          \t}

          \tchain cni-br-iface-dummy-9-eth0 {
          \t\tjump cni-br-iface-dummy-9-eth0-mac comment "macspoofchk-dummy-9-eth0"
          \t}

          \tchain cni-br-iface-dummy-9-eth0-mac {
          \t\tether saddr 02:00:00:00:00:09 return comment "macspoofchk-dummy-9-eth0"
          \t\tdrop comment "macspoofchk-dummy-9-eth0"
          \t}
          }

          """
      )
    }
  }

  /// What CHECK says of the port's filter after a change by `nft`.
  private func difference(after change: String?) throws -> String? {
    try inNewNetworkNamespace {
      _ = try Program.run("nft", "-f", "-", input: Self.madeByGo)
      if let change { try Program.must("nft \(change)") }
      let ours = SpoofFilter(
        port: try name("veth1"),
        address: try #require(MACAddress("02:00:00:00:00:01")),
        attachment: "cnv-bridge net dummy-0 eth0"
      )
      return try Firewall().difference(of: ours, or: filter)
    }
  }

  @Test(
    .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
    .enabled(if: Program.exists("nft"), "nft is not installed")
  )
  func `a filter of the Go plugin that is not in force is a difference`() throws {
    let port = "cni-br-iface-dummy-0-eth0"
    let other = "the spoof filter has other rules in chain '\(port)"

    #expect(try difference(after: nil) == nil)
    #expect(
      try difference(after: "add table bridge nat { flags dormant; }")
        == "the spoof filter is not in force: table 'bridge nat' is dormant"
    )
    #expect(
      try difference(after: "flush chain bridge nat \(port)")
        == "\(other)' of table 'bridge nat'"
    )
    #expect(
      try difference(after: "flush chain bridge nat \(port)-mac")
        == "\(other)-mac' of table 'bridge nat'"
    )
    #expect(
      try difference(after: "insert rule bridge nat \(port)-mac accept")
        == "\(other)-mac' of table 'bridge nat'"
    )
  }

  @Test(
    .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
    .enabled(if: Program.exists("nft"), "nft is not installed")
  )
  func `leftovers are found in the kernel by the missing port`() throws {
    try inNewNetworkNamespace {
      _ = try Program.run("nft", "-f", "-", input: Self.madeByGo)

      let rules = try Firewall().ruleset.rules(of: GoSpoofFilter.prerouting)
      let leftovers = try GoSpoofFilter.leftovers(in: rules) { $0.string == "veth9" }

      #expect(leftovers == [filter])
    }
  }
}
