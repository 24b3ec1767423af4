// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct SetTests {
  private let table = Nftables.Table.ID(.inet, "t")
  private let ports = Nftables.Table.ID(.inet, "t").set("ports")
  private let elements = [
    Nftables.PortSet.Element(6, 80, 80),
    Nftables.PortSet.Element(6, 8000, 8100),
    Nftables.PortSet.Element(17, 5353, 5353),
  ]

  private var all: Nftables.Transaction {
    [.addTable(Nftables.Table(table)), .addSet(ports), .addElements(elements, ports)]
  }

  @Test func `a set and its elements are read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      try ruleset.commit(all)

      #expect(try ruleset.contains(ports))
      #expect(try ruleset.elements(of: ports) == elements)
    }
  }

  @Test func `a rule that looks up ports is read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let chain = Nftables.Chain(table.chain("c"))
      let rule = Nftables.Rule([
        .meta(.l4proto), .payload(.transport, offset: 2, length: 2, word: 1), .lookup("ports"),
      ])

      try ruleset.commit(all + [.addChain(chain), .addRule(rule, chain.id)])

      #expect(try ruleset.rules(of: chain.id).map(\.rule) == [rule])
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "nft is not installed"))
  func `a set listed by nft means the same when loaded again`() throws {
    try inNewNetworkNamespace {
      try RulesetSocket().commit(all)
      let listing = try Program.must("nft list ruleset")
      #expect(listing.contains("type inet_proto . inet_service"))
      #expect(listing.contains("tcp . 8000-8100,"))
      try Program.must("nft flush ruleset")

      let outcome = try Program.run("nft", "-f", "-", input: listing)

      #expect(outcome.status == 0, "\(outcome.output)")
      let ruleset = try RulesetSocket()
      #expect(try ruleset.contains(ports))
      #expect(try ruleset.elements(of: ports) == elements)
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "nft is not installed"))
  func `a set of another type is not a set of ports`() throws {
    try inNewNetworkNamespace {
      let text = "table inet t { set ports { type ipv4_addr; elements = { 10.0.0.1 }; }; }\n"
      let outcome = try Program.run("nft", "-f", "-", input: text)
      try #require(outcome.status == 0, "\(outcome.output)")

      #expect(try !RulesetSocket().contains(ports))
      #expect(try RulesetSocket().elements(of: ports) == [])
    }
  }

  @Test func `five thousand elements are one transaction and read back in order`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let elements = (1...5_000).map { Nftables.PortSet.Element(6, UInt16($0 * 2), UInt16($0 * 2)) }

      try ruleset.commit([
        .addTable(Nftables.Table(table)), .addSet(ports), .addElements(elements, ports),
      ])

      #expect(try ruleset.elements(of: ports) == elements)
    }
  }
}
