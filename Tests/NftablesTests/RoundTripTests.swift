// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct RoundTripTests {
  /// Everything that the masquerade plugin's rules are made of.
  private static let ruleset = """
    table inet masquerade_eth0 {
      comment "masquerade containerID=cnitest ifname=eth0"
      set reserved {
        type inet_proto . inet_service
        flags interval
        elements = { tcp . 49152-49153 }
      }
      set mesh {
        type inet_proto . inet_service
        flags interval
        elements = { tcp . 15000-15001, tcp . 15004, tcp . 15006, tcp . 15008-15009 }
      }
      chain prerouting {
        type nat hook prerouting priority dstnat - 10; policy accept;
        ip daddr 10.244.0.37 goto inbound
        ip6 daddr fd00:244::37 goto inbound
      }
      chain output {
        type nat hook output priority -90; policy accept;
        ip daddr 127.0.0.1 goto local
      }
      chain inbound {
        tcp dport != 22 return
        goto to_vm
      }
      chain local {
        goto to_vm
      }
      chain to_vm {
        meta nfproto ipv4 dnat ip to 10.0.2.2
        meta nfproto ipv6 dnat ip6 to fd10:0:2::2
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "k6t-eth0" goto to_bridge
        ip saddr 10.0.2.0/24 masquerade
        ip6 saddr fd10:0:2::/120 masquerade
      }
      chain to_bridge {
        ip saddr 127.0.0.0/8 snat ip to 10.0.2.1
        ip6 saddr fd10:0:2::2 snat ip6 to fd10:0:2::1
        meta skuid != 4294967295 meta nfproto ipv4 snat ip to 10.0.2.1
      }
      chain input {
        type filter hook input priority filter; policy accept;
        iifname "k6t-eth0" ip daddr 127.0.0.0/8 ct direction original counter drop
      }
      chain forward_in {
        ct state established,related accept
        ct status dnat accept
        counter drop
      }
      chain ambient_out {
        type route hook output priority mangle; policy accept;
        meta mark & 0xfff == 0x539 ct mark set ct mark & 0xfffff000 | 0x111
      }
      chain ambient_in {
        type filter hook prerouting priority mangle; policy accept;
        iifname "k6t-eth0" ct direction reply ct mark & 0xfff == 0x111 meta mark set ct mark
      }
    }

    """

  private struct Snapshot {
    var transaction: Nftables.Transaction = []
    var expressions: [Nftables.Expression] = []
    var listing = ""
  }

  /// Returns what adds a table as it is, sets and chains before the rules that name them.
  private func snapshot(of id: Nftables.Table.ID) throws -> Snapshot {
    let ruleset = try RulesetSocket()
    var snapshot = Snapshot()
    let table = try #require(try ruleset.table(id)).table
    snapshot.transaction.append(.addTable(table))
    for set in [id.set("reserved"), id.set("mesh")] where try ruleset.contains(set) {
      snapshot.transaction += [.addSet(set), .addElements(try ruleset.elements(of: set), set)]
    }
    let chains = try ruleset.chains(of: id)
    snapshot.transaction += chains.map { .addChain($0) }
    for chain in chains {
      let rules = try ruleset.rules(of: chain.id).map(\.rule)
      snapshot.transaction += rules.map { .addRule($0, chain.id) }
      snapshot.expressions += rules.flatMap(\.expressions)
    }
    snapshot.listing = try Program.must("nft list ruleset")
    return snapshot
  }

  @Test func `a ruleset that is read and committed elsewhere is unchanged`() throws {
    let id = Nftables.Table.ID(.inet, "masquerade_eth0")
    let original = try inNewNetworkNamespace {
      let outcome = try Program.run("nft", "-f", "-", input: Self.ruleset)
      try #require(outcome.status == 0, "\(outcome.output)")
      return try snapshot(of: id)
    }

    let copy = try inNewNetworkNamespace {
      try RulesetSocket().commit(original.transaction)
      return try snapshot(of: id)
    }

    #expect(copy.transaction == original.transaction)
    #expect(copy.listing == original.listing)
    #expect(!original.expressions.contains { if case .unknown = $0 { true } else { false } })
  }

  @Test(arguments: [
    ("masquerade random", "masq"), ("meta l4proto tcp masquerade to :1024", "masq"),
    ("ct mark set (meta mark | 0x10) << 8", "bitwise"),
  ])
  func `unknown expressions are not mistaken for known ones`(
    given: (String, String)
  ) throws {
    let ruleset = "table inet t { chain c { type nat hook postrouting priority 0; \(given.0); }; }"

    let expressions = try inNewNetworkNamespace {
      let outcome = try Program.run("nft", "-f", "-", input: ruleset)
      try #require(outcome.status == 0, "\(outcome.output)")
      let chain = Nftables.Table.ID(.inet, "t").chain("c")
      return try RulesetSocket().rules(of: chain).flatMap(\.rule.expressions)
    }

    #expect(expressions.contains(.unknown(given.1)))
  }
}
