// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct CommitTests {
  private let table = NFT.Table(NFT.Table.ID(.inet, "t"), comment: "made by a test")

  @Test func `what was committed is read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let chain = NFT.Chain(table.id.chain("c"), comment: "a chain")
      let rule = NFT.Rule([.counter(), .verdict(.drop)], comment: "a rule")

      try ruleset.commit([.addTable(table), .addChain(chain), .addRule(rule, chain.id)])

      #expect(try ruleset.table(table.id)?.table == table)
      #expect(try ruleset.chain(chain.id) == chain)
      #expect(try ruleset.rules(of: chain.id).map(\.rule) == [rule])
    }
  }
}
