// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Nftables
import TestSupport
import Testing

@testable import cnv_bridge

@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct GoIPTablesTests {
  private let masquerade: GoIPTables

  init() throws {
    masquerade = GoIPTables(
      NetworkModel.Attachment(
        network: "test",
        containerID: "1234",
        containerInterface: try name("eth0")
      )
    )
  }

  /// What the Go plugin (containernetworking/plugins v1.9.1) makes of two containers by iptables 1.8.9
  /// on nf_tables, as `nft list ruleset` shows it, and a rule of somebody else.
  private static let madeByGo = """
    table ip nat {
    \tchain POSTROUTING {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\tip saddr 10.88.0.9 masquerade
    \t\tip saddr 10.88.0.2 counter packets 0 bytes 0 jump CNI-2bbe0c48b91a7d1b8a6753a8
    \t\tip saddr 10.88.0.3 counter packets 0 bytes 0 jump CNI-b06ee7e0bcb4b9cc9b4d86c6
    \t}

    \tchain CNI-2bbe0c48b91a7d1b8a6753a8 {
    \t\tip daddr 10.88.0.0/16 counter packets 0 bytes 0 accept
    \t\tip daddr != 224.0.0.0/4 counter packets 0 bytes 0 masquerade
    \t}

    \tchain CNI-b06ee7e0bcb4b9cc9b4d86c6 {
    \t\tip daddr != 224.0.0.0/4 counter packets 0 bytes 0 masquerade
    \t}
    }
    table ip6 nat {
    \tchain POSTROUTING {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\tip6 saddr fd00::2 counter packets 0 bytes 0 jump CNI-2bbe0c48b91a7d1b8a6753a8
    \t}

    \tchain CNI-2bbe0c48b91a7d1b8a6753a8 {
    \t\tip6 daddr fd00::/64 counter packets 0 bytes 0 accept
    \t\tip6 daddr != ff00::/8 counter packets 0 bytes 0 masquerade
    \t}
    }

    """

  @Test func `the chain is named as by the Go plugin`() {
    // pkg/utils/utils_test.go, "must format a short name".
    #expect(masquerade.chain == "CNI-2bbe0c48b91a7d1b8a6753a8")
  }

  @Test func `the container's chains are removed with the jumps to them`() throws {
    try inNewNetworkNamespace {
      let loaded = try Program.run("nft", "-f", "-", input: Self.madeByGo)
      try #require(loaded.status == 0, "\(loaded.output)")

      try Firewall().remove(Firewall.Removal(goMasquerade: masquerade))
      try Firewall().remove(Firewall.Removal(goMasquerade: masquerade))

      #expect(
        try Program.must("nft list ruleset") == """
          table ip nat {
          \tchain POSTROUTING {
          \t\ttype nat hook postrouting priority srcnat; policy accept;
          \t\tip saddr 10.88.0.9 masquerade
          \t\tip saddr 10.88.0.3 counter packets 0 bytes 0 jump CNI-b06ee7e0bcb4b9cc9b4d86c6
          \t}

          \tchain CNI-b06ee7e0bcb4b9cc9b4d86c6 {
          \t\tip daddr != 224.0.0.0/4 counter packets 0 bytes 0 masquerade
          \t}
          }
          table ip6 nat {
          \tchain POSTROUTING {
          \t\ttype nat hook postrouting priority srcnat; policy accept;
          \t}
          }

          """
      )
    }
  }

  /// Whether these addresses are masqueraded after a change by `nft`.
  private func masquerades(_ texts: String..., after change: String? = nil) throws -> Bool {
    try inNewNetworkNamespace {
      _ = try Program.run("nft", "-f", "-", input: Self.madeByGo)
      if let change { try Program.must("nft \(change)") }
      return try Firewall().leads(to: masquerade, from: try texts.map { try prefix($0) })
    }
  }

  @Test func `addresses whose rules jump to the chain are masqueraded`() throws {
    #expect(try masquerades("10.88.0.2/16", "fd00::2/64"))
    #expect(try !masquerades("10.88.0.2/16", "10.88.0.3/16"))
    #expect(try !masquerades("10.88.0.9/16"))
    #expect(try !masquerades("10.88.0.2/16", after: "add table ip nat { flags dormant; }"))
    #expect(
      try !masquerades("10.88.0.2/16", after: "flush chain ip nat CNI-2bbe0c48b91a7d1b8a6753a8")
    )
  }
}
