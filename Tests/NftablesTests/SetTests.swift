// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct SetTests {
  private let table = NFT.Table.ID(.inet, "t")

  private let ports: NFT.Set
  private let networks: NFT.Set
  private let verdicts: NFT.Set

  init() {
    ports = NFT.Set(
      table.set("ports"),
      of: [.inetProtocol, .inetService],
      hasIntervals: true,
      comment: "a set"
    )
    networks = NFT.Set(table.set("networks"), of: [.ipv4Address], hasIntervals: true)
    verdicts = NFT.Set(
      table.set("verdicts"),
      of: [.interfaceName, .etherAddress],
      isVerdictMap: true
    )
  }

  private let portElements = [
    NFT.Element([[6], [0, 80]]),
    NFT.Element([[6], [0x1F, 0x40]], through: [[6], [0x1F, 0xA4]]),
    NFT.Element([[17], [0x14, 0xE9]], comment: "mDNS"),
  ]

  private let networkElements = [
    NFT.Element([[10, 0, 0, 0]], through: [[10, 255, 255, 255]]),
    NFT.Element([[192, 168, 1, 5]]),
    NFT.Element([[240, 0, 0, 0]], through: [[255, 255, 255, 255]]),
  ]

  private let verdictElements = [
    NFT.Element([Self.padded("eth0"), [2, 0, 0, 0, 0, 1]], verdict: .accept),
    NFT.Element([Self.padded("eth1"), [2, 0, 0, 0, 0, 2]], verdict: .goto("c")),
  ]

  private static func padded(_ name: String) -> [UInt8] {
    Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
  }

  private var all: NFT.Transaction {
    [
      .addTable(NFT.Table(table)), .addChain(NFT.Chain(table.chain("c"))),
      .addSet(ports), .addElements(portElements, ports),
      .addSet(networks), .addElements(networkElements, networks),
      .addSet(verdicts), .addElements(verdictElements, verdicts),
    ]
  }

  @Test func `sets and their elements are read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      try ruleset.commit(all)

      #expect(try ruleset.set(ports.id) == ports)
      #expect(try ruleset.set(networks.id) == networks)
      #expect(try ruleset.set(verdicts.id) == verdicts)
      #expect(try ruleset.elements(of: ports) == portElements)
      #expect(try ruleset.elements(of: networks) == networkElements)
      #expect(try ruleset.elements(of: verdicts) == verdictElements)
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "nft is not installed"))
  func `what nft lists of the sets means the same when it is loaded`() throws {
    try inNewNetworkNamespace {
      try RulesetSocket().commit(all)
      let listing = try Program.must("nft list ruleset")
      #expect(listing.contains("tcp . 8000-8100,"))
      #expect(listing.contains("udp . 5353 comment \"mDNS\""))
      #expect(listing.contains("10.0.0.0/8, 192.168.1.5,"))
      #expect(listing.contains("\"eth1\" . 02:00:00:00:00:02 : goto c"))
      try Program.must("nft flush ruleset")

      let outcome = try Program.run("nft", "-f", "-", input: listing)

      #expect(outcome.status == 0, "\(outcome.output)")
      let ruleset = try RulesetSocket()
      #expect(try ruleset.set(ports.id) == ports)
      #expect(try ruleset.elements(of: ports) == portElements)
      #expect(try ruleset.elements(of: networks) == networkElements)
      #expect(try ruleset.elements(of: verdicts) == verdictElements)
    }
  }

  @Test func `an element is removed by its value`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit(all)

      try ruleset.commit([
        .deleteElements([portElements[1]], ports), .deleteElements([networkElements[0]], networks),
      ])

      #expect(try ruleset.elements(of: ports) == [portElements[0], portElements[2]])
      #expect(try ruleset.elements(of: networks) == [networkElements[1], networkElements[2]])
    }
  }

  @Test func `a set is emptied and removed`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit(all)

      try ruleset.commit([.flushSet(ports.id), .deleteSet(networks.id)])

      #expect(try ruleset.elements(of: ports) == [])
      #expect(try ruleset.set(networks.id) == nil)
    }
  }

  @Test func `five thousand elements are one transaction and read back in order`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let elements = (0..<5_000).map { NFT.Element([[10, 0, UInt8($0 / 250), UInt8($0 % 250)]]) }
      let set = NFT.Set(table.set("many"), of: [.ipv4Address])

      try ruleset.commit([.addTable(NFT.Table(table)), .addSet(set), .addElements(elements, set)])

      #expect(try ruleset.elements(of: set) == elements)
    }
  }
}
