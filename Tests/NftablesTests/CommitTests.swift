// SPDX-License-Identifier: Apache-2.0

import Glibc
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct CommitTests {
  private let table = Nftables.Table(Nftables.Table.ID(.inet, "t"), comment: "made by a test")
  private var chain: Nftables.Chain { Nftables.Chain(table.id.chain("c"), comment: "a chain") }
  private let rule = Nftables.Rule([.counter, .verdict(.drop)], comment: "a rule")

  @Test func `a committed ruleset is read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      try ruleset.commit([.addTable(table), .addChain(chain), .addRule(rule, chain.id)])

      #expect(try ruleset.table(table.id)?.table == table)
      #expect(try ruleset.table(table.id)?.uses == 1)
      #expect(try ruleset.chain(chain.id) == chain)
      #expect(try ruleset.chains(of: table.id) == [chain])
      #expect(try ruleset.rules(of: chain.id).map(\.rule) == [rule])
    }
  }

  @Test func `a base chain on a device is read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let table = Nftables.Table(Nftables.Table.ID(.netdev, "t"))
      let loopback = try #require(InterfaceName("lo"))
      let chain = Nftables.Chain(
        table.id.chain("c"),
        base: Nftables.Chain.Base(
          .filter,
          hook: .ingress,
          priority: -7,
          policy: .drop,
          device: loopback
        )
      )

      try ruleset.commit([.addTable(table), .addChain(chain)])

      #expect(try ruleset.chain(chain.id) == chain)
    }
  }

  @Test func `missing objects are read as nil`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      #expect(try ruleset.table(table.id) == nil)
      #expect(try ruleset.chain(chain.id) == nil)
      #expect(try ruleset.chains(of: table.id) == [])
      #expect(try ruleset.rules(of: chain.id) == [])
      #expect(try !ruleset.contains(table.id.set("s")))
    }
  }

  @Test func `a refused change is named and undoes the others`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let missing = table.id.chain("missing")

      let error = #expect(throws: KernelError.self) {
        try ruleset.commit([
          .addTable(table), .addChain(chain), .addRule(rule, missing), .addRule(rule, chain.id),
        ])
      }

      #expect(
        error?.description
          == "cannot add a rule to chain 'missing' of table 'inet t': No such file or directory"
      )
      #expect(try ruleset.table(table.id) == nil)
    }
  }

  @Test func `removing a table that is not empty is refused`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit([.addTable(table), .addChain(chain)])

      let error = #expect(throws: KernelError.self) {
        try ruleset.commit([.deleteEmptyTable(table.id)])
      }

      #expect(error?.errno == EBUSY)
      #expect(try ruleset.table(table.id) != nil)
    }
  }

  @Test func `removing the last chain and then the table is one transaction`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit([.addTable(table), .addChain(chain), .addRule(rule, chain.id)])

      try ruleset.commit([.deleteChain(chain.id), .deleteEmptyTable(table.id)])

      #expect(try ruleset.table(table.id) == nil)
    }
  }

  @Test func `validation finds what a commit would refuse`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      let error = #expect(throws: KernelError.self) {
        try ruleset.check([.addTable(table), .addRule(rule, chain.id)])
      }

      #expect(error?.errno == ENOENT)
    }
  }

  @Test func `successful validation leaves nothing`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()

      try ruleset.check([.addTable(table), .addChain(chain), .addRule(rule, chain.id)])

      #expect(try ruleset.table(table.id) == nil)
    }
  }

  @Test func `one of two equal rules is removed by its handle`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      try ruleset.commit([
        .addTable(table), .addChain(chain), .addRule(rule, chain.id), .addRule(rule, chain.id),
      ])
      let placed = try ruleset.rules(of: chain.id)

      try ruleset.commit([.deleteRule(handle: placed[0].handle, chain.id)])

      #expect(try ruleset.rules(of: chain.id) == [placed[1]])
    }
  }

  @Test func `a rule without expressions is read back equal`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let rule = Nftables.Rule([], comment: "nothing")

      try ruleset.commit([.addTable(table), .addChain(chain), .addRule(rule, chain.id)])

      #expect(try ruleset.rules(of: chain.id).map(\.rule) == [rule])
    }
  }

  @Test func `an empty transaction sends nothing`() throws {
    try inNewNetworkNamespace {
      try RulesetSocket().commit([])
    }
  }

  @Test func `ten thousand rules are one transaction and read back in order`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let rules = (0..<10_000).map {
        Nftables.Rule([.verdict(.accept)], comment: Nftables.Comment("\($0)"))
      }

      try ruleset.commit(
        [.addTable(table), .addChain(chain)] + rules.map { .addRule($0, chain.id) }
      )

      #expect(try ruleset.rules(of: chain.id).map(\.rule) == rules)
    }
  }

  @Test func `many refusals are one error that names the first`() throws {
    try inNewNetworkNamespace {
      let ruleset = try RulesetSocket()
      let handles = UInt64(1)...20_000
      try ruleset.commit([.addTable(table), .addChain(chain)])

      let error = #expect(throws: KernelError.self) {
        try ruleset.commit(handles.map { .deleteRule(handle: $0, chain.id) })
      }

      #expect(
        error?.description
          == "cannot remove rule 1 from chain 'c' of table 'inet t': No such file or directory"
      )
      #expect(try ruleset.chain(chain.id) == chain)
    }
  }

  @Test func `a socket stays in the namespace where it was opened`() throws {
    try inNewNetworkNamespace {
      let outer = try RulesetSocket()
      try inNewNetworkNamespace {
        try outer.commit([.addTable(table)])

        #expect(try RulesetSocket().table(table.id) == nil)
      }
      #expect(try outer.table(table.id) != nil)
    }
  }
}
