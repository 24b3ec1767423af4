// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Netlink
@testable import Nftables

/// Listings under which the ruleset changes, answers that are lost, and names that cannot exist.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct LostAnswerTests {
  private let table = Nftables.Table(Nftables.Table.ID(.inet, "t"))
  private var chain: Nftables.Chain { Nftables.Chain(table.id.chain("c")) }

  @Test func `a dump is consistent even if the kernel did not mark the change`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let other = try RulesetSocket()
      try ruleset.commit([.addTable(table), .addChain(chain)])
      var isFirst = true

      let chains = try ruleset.all(NFT_MSG_GETCHAIN, table.id, NoObject(), "chains") { reply in
        if isFirst { try? other.commit([.addChain(Nftables.Chain(table.id.chain("second")))]) }
        isFirst = false
        return ChainObject.read(reply)?.id.name
      }

      #expect(chains.sorted() == ["c", "second"])
    }
  }

  @Test func `an object whose reply is lost is not mistaken for a missing one`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit([.addTable(table), .addChain(chain)])
      try Self.overflow(ruleset.socket)

      let error = #expect(throws: KernelError.self) { _ = try ruleset.table(table.id) }

      #expect(error?.errno == ENOBUFS)
      #expect(try ruleset.table(table.id) != nil)
    }
  }

  @Test func `a transaction whose reply is lost is not reported as a success`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try Self.overflow(ruleset.socket)

      let error = #expect(throws: KernelError.self) { try ruleset.commit([.addTable(table)]) }

      #expect(error?.errno == ENOBUFS)
      try ruleset.commit([.addTable(table)])
    }
  }

  @Test(arguments: [256, 260, 6000, 130_000])
  func `an object with a name that the kernel rejects does not exist`(length: Int) throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let id = table.id.chain(String(repeating: "a", count: length))
      try ruleset.commit([.addTable(table)])

      #expect(try ruleset.chain(id) == nil)
      #expect(try ruleset.rules(of: id) == [])
      let error = #expect(throws: KernelError.self) {
        try ruleset.commit([.addRule(Nftables.Rule([.verdict(.goto(id.name))]), id)])
      }
      #expect(error?.errno == ERANGE)
    }
  }

  @Test func `a chain with the longest name is found`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let chain = Nftables.Chain(table.id.chain(String(repeating: "a", count: 255)))

      try ruleset.commit([.addTable(table), .addChain(chain)])

      #expect(try ruleset.chain(chain.id) == chain)
    }
  }

  /// Leaves a socket with a queue that had no room for an answer.
  private static func overflow(_ socket: NetlinkSocket) throws {
    let isSmall = socket.set(SOL_SOCKET, SO_RCVBUFFORCE, 4096)
    #expect(isSmall)
    var request = NetfilterBatch()
    request.begin(NFT_MSG_GETGEN, .inet, .one)
    for _ in 0..<100 { try socket.send(request) { ("ask", "for the generation") } }
  }
}
