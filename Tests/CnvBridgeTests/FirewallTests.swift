// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Nftables
import TestSupport
import Testing

@testable import cnv_bridge

/// What the kernel holds after the firewall's verbs, as `nft` lists it.
@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("ip"), "iproute2 is not installed"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct FirewallTests {
  private func filter(_ port: String, _ permitted: String) throws -> SpoofFilter {
    try SpoofFilter(
      port: name(port),
      address: address(permitted),
      attachment: "net/4f5e/\(port)"
    )
  }

  private func makePorts(_ ports: String...) throws {
    for port in ports { try Program.must("ip link add name \(port) type veth peer name \(port)g") }
  }

  @Test func `nft lists a filter in its usual syntax`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")

      try Firewall().setUp(filter("p1", "02:00:00:00:00:01"))

      #expect(
        try Program.must("nft list ruleset") == """
          table netdev cnv_bridge {
          \tcomment "MAC spoofing protection of cnv-bridge ports"
          \tchain p1 {
          \t\tcomment "net/4f5e/p1"
          \t\ttype filter hook ingress device "p1" priority filter; policy drop;
          \t\tether saddr 02:00:00:00:00:01 accept
          \t\tcounter packets 0 bytes 0 drop
          \t}
          }

          """
      )
    }
  }

  @Test func `installing a filter again changes nothing`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      let once = try Program.must("nft list ruleset")

      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))

      #expect(try Program.must("nft list ruleset") == once)
    }
  }

  @Test func `a filter for another address replaces the old one`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      let other = try filter("p1", "02:00:00:00:00:02")

      try firewall.setUp(other)

      #expect(try other.difference(from: firewall.spoofFilter(of: other.port)) == nil)
    }
  }

  @Test func `a filter replaces one whose device is gone`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      try Program.must("ip link del p1")
      try makePorts("p1")
      let other = try filter("p1", "02:00:00:00:00:02")

      try firewall.setUp(other)

      #expect(try other.difference(from: firewall.spoofFilter(of: other.port)) == nil)
    }
  }

  @Test func `a filter on no device is refused or waits, and is an error with its name`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      let absent = try filter("absent", "02:00:00:00:00:01")

      do throws(KernelError) {
        try firewall.setUp(absent)
      } catch {
        #expect(
          error.description.hasPrefix(
            "cannot add chain 'absent' of table 'netdev cnv_bridge': No such file or directory"
          )
        )
        return
      }

      // Since Linux 6.16 the chain waits for a device of its name.
      #expect(try absent.difference(from: firewall.spoofFilter(of: absent.port)) == nil)
    }
  }

  @Test func `removing a filter does not change others`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1", "p2")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      let before = try Program.must("nft list ruleset")
      try firewall.setUp(filter("p2", "02:00:00:00:00:02"))

      try firewall.remove(Firewall.Removal(ports: [name("p2")]))

      #expect(try Program.must("nft list ruleset") == before)
    }
  }

  @Test func `removing the last filter leaves nothing, and repeating it is no error`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))

      try firewall.remove(Firewall.Removal(ports: [name("p1")]))
      try firewall.remove(Firewall.Removal(ports: [name("p1")]))

      #expect(try Program.must("nft list ruleset") == "")
    }
  }

  @Test func `a filter is removed after its device is gone`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      try Program.must("ip link del p1")

      try firewall.remove(Firewall.Removal(ports: [name("p1")]))

      #expect(try Program.must("nft list ruleset") == "")
    }
  }

  @Test func `filters are enumerated with their owners`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1", "p2")
      let firewall = try Firewall()
      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      try firewall.setUp(filter("p2", "02:00:00:00:00:02"))

      let filters = try firewall.spoofFilters()

      #expect(try filters.map(\.port) == [name("p1"), name("p2")])
      #expect(filters.map(\.attachment) == ["net/4f5e/p1", "net/4f5e/p2"])
    }
  }

  @Test func `foreign tables are not changed`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let others = """
        table netdev cnv_bridge_of_others {
        \tchain c {
        \t\ttype filter hook ingress device "p1" priority filter; policy accept;
        \t\tcounter packets 0 bytes 0 accept
        \t}
        }
        table inet filter {
        \tset s {
        \t\ttype ipv4_addr
        \t\telements = { 10.0.0.1 }
        \t}
        }

        """
      _ = try Program.run("nft", "-f", "-", input: others)
      let before = try Program.must("nft list ruleset")
      let firewall = try Firewall()

      try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
      try firewall.remove(Firewall.Removal(ports: [name("p1")]))

      #expect(try Program.must("nft list ruleset") == before)
    }
  }

  @Test(arguments: Firewall.Feature.allCases)
  func `probing for a feature leaves nothing`(feature: Firewall.Feature) throws {
    try inNewNetworkNamespace {
      let lack = try Firewall().lack(of: feature)

      #expect(lack == nil)
      #expect(try Program.must("nft list ruleset") == "")
    }
  }

  @Test func `a probe reports what was refused and why`() throws {
    try inNewNetworkNamespace {
      // A chain of another kind stands in the way, as a missing kernel module would.
      _ = try Program.run(
        "nft",
        "-f",
        "-",
        input: """
          table inet cni_plugins_masquerade {
          \tchain postrouting {
          \t\ttype filter hook input priority 0;
          \t}
          }

          """
      )

      let lack = try Firewall().lack(of: .masquerade)

      // The errno differs between kernels.
      #expect(
        lack?.hasPrefix(
          "the kernel cannot masquerade (nf_tables, family inet with nat): cannot add chain "
            + "'postrouting' of table 'inet cni_plugins_masquerade': "
        ) == true
      )
    }
  }

  @Test func `a process that changes the same table concurrently does no harm`() throws {
    try inNewNetworkNamespace {
      try makePorts("p1")
      let add = "nft 'add table netdev cnv_bridge; add chain netdev cnv_bridge other'"
      let delete = "nft delete chain netdev cnv_bridge other"
      let loop = "for i in 1 2 3 4 5 6 7 8 9 10; do \(add); \(delete); done"
      let done = Nftables.Table.ID(.inet, "done")
      _ = try Program.run("sh", "-c", "(\(loop); nft add table inet done) &")
      let firewall = try Firewall()

      while try RulesetSocket().table(done) == nil {
        try firewall.setUp(filter("p1", "02:00:00:00:00:01"))
        try firewall.remove(Firewall.Removal(ports: [name("p1")]))
      }

      try firewall.remove(Firewall.Removal(ports: [name("p1")]))
      #expect(try Program.must("nft list ruleset") == "table inet done {\n}\n")
    }
  }
}
