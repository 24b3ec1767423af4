// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import cnv_bridge

struct SpoofFilterTests {
  private let filter: SpoofFilter

  init() throws {
    filter = try SpoofFilter(
      port: name("cnv0123456789"),
      address: address("02:00:00:00:00:01"),
      attachment: "bridge-network/4f5e/net1"
    )
  }

  private var inForce: SpoofFilter.Observation {
    SpoofFilter.Observation(chain: filter.chain, rules: filter.rules)
  }

  @Test func `the filter is one transaction that replaces the chain's contents`() throws {
    let chain = Nftables.Table.ID(.netdev, "cnv_bridge").chain("cnv0123456789")

    #expect(
      try filter.setUp == [
        .addTable(
          Nftables.Table(
            Nftables.Table.ID(.netdev, "cnv_bridge"),
            comment: "MAC spoofing protection of cnv-bridge ports"
          )
        ),
        .addChain(
          Nftables.Chain(
            chain,
            base: Nftables.Chain.Base(
              .filter,
              hook: .ingress,
              priority: 0,
              policy: .drop,
              device: name("cnv0123456789")
            ),
            comment: "bridge-network/4f5e/net1"
          )
        ),
        .flushChain(chain),
        .addRule(
          Nftables.Rule([
            .meta(.iiftype), .compare(.equal, Nftables.hostOrder(UInt16(1))),
            .payload(.link, offset: 6, length: 6), .compare(.equal, [2, 0, 0, 0, 0, 1]),
            .verdict(.accept),
          ]),
          chain
        ),
        .addRule(Nftables.Rule([.counter, .verdict(.drop)]), chain),
        .wakeTable(Nftables.Table.ID(.netdev, "cnv_bridge")),
      ]
    )
  }

  @Test func `one of several filters is removed alone`() {
    #expect(
      SpoofFilter.removal(of: [filter.port], chainsInTable: 2) == [.deleteChain(filter.chain.id)]
    )
  }

  @Test func `the table is removed with the last filter`() {
    #expect(
      SpoofFilter.removal(of: [filter.port], chainsInTable: 1)
        == [.deleteChain(filter.chain.id), .deleteEmptyTable(SpoofFilter.table)]
    )
  }

  @Test func `a leftover empty table is removed too`() {
    #expect(
      SpoofFilter.removal(of: [], chainsInTable: 0) == [.deleteEmptyTable(SpoofFilter.table)]
    )
  }

  @Test func `nothing is removed if nothing exists`() {
    #expect(SpoofFilter.removal(of: [], chainsInTable: nil) == [])
  }

  @Test func `a filter in force has no difference`() {
    #expect(filter.difference(from: inForce) == nil)
  }

  @Test func `a missing filter is named`() {
    #expect(
      filter.difference(from: SpoofFilter.Observation())
        == "port 'cnv0123456789' has no spoof filter"
    )
  }

  @Test func `a filter for another address is named with both`() throws {
    let other = try SpoofFilter(
      port: filter.port,
      address: address("02:00:00:00:00:99"),
      attachment: filter.attachment
    )
    let observed = SpoofFilter.Observation(chain: other.chain, rules: other.rules)

    #expect(
      filter.difference(from: observed)
        == "the spoof filter of port 'cnv0123456789' permits 02:00:00:00:00:99 "
        + "instead of 02:00:00:00:00:01"
    )
  }

  @Test func `a prepended rule is a difference`() {
    var observed = inForce
    observed.rules.insert(Nftables.Rule([.verdict(.accept)]), at: 0)

    #expect(
      filter.difference(from: observed)
        == "the spoof filter of port 'cnv0123456789' does not have the rules that ADD gave it"
    )
  }

  @Test func `a chain with the policy accept is a difference`() throws {
    var observed = inForce
    observed.chain = Nftables.Chain(
      filter.chain.id,
      base: Nftables.Chain.Base(.filter, hook: .ingress, priority: 0, device: filter.port)
    )

    #expect(
      filter.difference(from: observed)
        == "the spoof filter of port 'cnv0123456789' is not in force: chain 'cnv0123456789' of "
        + "table 'netdev cnv_bridge' is not its ingress chain with the policy drop"
    )
  }
}

func address(_ text: String) throws -> MACAddress { try #require(MACAddress(text)) }
func name(_ text: String) throws -> InterfaceName { try #require(InterfaceName(text)) }
func prefix(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }
