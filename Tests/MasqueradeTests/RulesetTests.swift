// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Nftables
import TestSupport
import Testing

@testable import masquerade

/// The rules against `nft`: what the kernel holds is the same whichever of us sent it.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct RulesetTests {
  private static let listed =
    #""ports":[{"port":80},{"protocol":"UDP","port":5353},{"protocol":"SCTP","port":3868}],"#
    + #""portRanges":[{"protocol":"TCP","start":8000,"end":8100}]"#

  private func ruleset(_ keys: String, _ pod: PodObservation) throws -> Ruleset {
    let configuration = try configuration(keys)
    let former = [
      PodSettings.Setting(key: .forwardingV6, interface: PodSettings.all, value: "0"),
      PodSettings.Setting(key: .forwardingV4, interface: name("eth0"), value: "0"),
    ]
    let note = PodNote(pod.families, former)
    return Ruleset(configuration, note, label: "masquerade n c i")
  }

  @Test(
    arguments: [
      "", Self.listed, #""istio":true"#, #""istio":"ambient","ports":[{"port":22}]"#,
      #""hairpin":false,"localhost":false,"reservedPorts":[]"#,
    ],
    [PodObservation.pod, .pod(.v4), .pod(.v6)]
  )
  func `rules are read back as they were sent`(keys: String, pod: PodObservation) throws {
    try inNewNetworkNamespace {
      let ruleset = try ruleset(keys, pod)
      let socket = try RulesetSocket()

      try socket.commit(ruleset.transaction)

      let found = try #require(try Ruleset(ruleset.table.id, readThrough: socket))
      #expect(found.firstDifference(from: ruleset) == nil)
    }
  }

  @Test(
    arguments: [
      (Self.listed, RulesetGolden.portList), ("", RulesetGolden.noList),
      (#""istio":"ambient","ports":[{"port":22},{"port":1500}]"#, RulesetGolden.ambient),
    ]
  )
  func `nft's program for the same text is the same`(keys: String, text: String) throws {
    try inNewNetworkNamespace {
      let outcome = try Program.run("nft", "-f", "-", input: text)
      #expect(outcome.output == "")
      let ruleset = try ruleset(keys, .pod)

      let found = try #require(try Ruleset(ruleset.table.id, readThrough: RulesetSocket()))

      #expect(found.withoutByteOrder.firstDifference(from: ruleset) == nil)
    }
  }

  @Test(
    arguments: [
      (Self.listed, RulesetGolden.portList), ("", RulesetGolden.noList),
      (#""istio":"ambient","ports":[{"port":22},{"port":1500}]"#, RulesetGolden.ambient),
    ]
  )
  func `nft lists the rules as it lists that text`(keys: String, text: String) throws {
    // Newer ones have names for more priorities.
    let expected = try inNewNetworkNamespace {
      let outcome = try Program.run("nft", "-f", "-", input: text)
      #expect(outcome.output == "")
      return try Program.must("nft --stateless list ruleset")
    }
    try inNewNetworkNamespace {
      let ruleset = try ruleset(keys, .pod)

      try RulesetSocket().commit(ruleset.transaction)

      #expect(try Program.must("nft --stateless list ruleset") == expected)
    }
  }

  @Test func `different rules are a difference, even if there are as many`() throws {
    let found = try ruleset(#""vmNetworkCIDR":"10.0.5.0/24""#, .pod)

    let difference = found.firstDifference(from: try ruleset("", .pod))

    #expect(difference?.hasSuffix(" does not have the rules that ADD gave it") == true)
  }

  @Test(arguments: [(false, 2), (true, 3)])
  func `traffic that the pod forwarded before still passes`(isHost: Bool, count: Int) throws {
    let configuration = try configuration()
    let setting = PodSettings.Setting(
      key: .forwardingV4,
      interface: name("eth0"),
      value: "0"
    )
    let note = PodNote([.v4], isHost ? [setting] : [])

    let ruleset = Ruleset(configuration, note, label: "masquerade n c i")

    let forward = ruleset.chains.first { $0.chain.id.name == "forward" }
    #expect(forward?.rules.count == count)
  }

  @Test(arguments: [(PodObservation.pod(.v4), IPFamily.v6), (.pod(.v6), .v4)])
  func `a guest cannot use a family in which it has no address`(
    pod: PodObservation,
    other: IPFamily
  ) throws {
    let chains = try ruleset("", pod).chains

    let drop = Nftables.Rule(.isIP(other), [.counter, .verdict(.drop)])
    #expect(chains.first { $0.chain.id.name == "from_guest" }?.rules.contains(drop) == true)
  }

  @Test func `a thousand adjacent ports are one element`() throws {
    let keys = #""portRanges":[{"protocol":"TCP","start":1000,"end":1999}]"#

    let ruleset = try ruleset(keys, .pod)

    #expect(ruleset.sets.map(\.elements.count) == [1, 1])
  }
}

extension Ruleset {
  /// nft 1.0.6 swaps the bytes of a protocol number in a concatenation, which has only one.
  fileprivate var withoutByteOrder: Ruleset {
    Ruleset(
      table: table,
      sets: sets,
      chains: chains.map { chain in
        Chain(
          chain: chain.chain,
          rules: chain.rules.map { rule in
            Nftables.Rule(
              rule.expressions.filter { $0 != .unknown("byteorder") },
              comment: rule.comment
            )
          }
        )
      }
    )
  }
}
