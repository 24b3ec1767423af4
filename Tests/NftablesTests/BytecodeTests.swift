// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import NetworkModel
import TestSupport
import Testing

@testable import Nftables

/// The program that the `nft` command makes of a line, against ours.
///
/// Goldens: nft 1.0.6 (Debian 12) and 1.1.3 (Debian 13); `nft --debug=netlink --check`, on a
/// little-endian machine.
struct BytecodeTests {
  /// A rule in three forms.
  struct Case: Sendable, CustomTestStringConvertible {
    let text: String
    let rule: Nftables.Rule
    let bytecode: String
    /// What nft 1.0.6 makes of the text, where that is another program to the same effect.
    var olderBytecode: String?
    var testDescription: String { text }
  }

  private static let mac: [UInt8] = [2, 0, 0, 0, 0, 1]

  static let cases: [Case] = [
    Case(
      text: "iiftype ether ether saddr 02:00:00:00:00:01 accept",
      rule: Nftables.Rule(
        [.meta(.iiftype), .compare(.equal, Nftables.hostOrder(UInt16(1)))],
        [.payload(.link, offset: 6, length: 6), .compare(.equal, mac), .verdict(.accept)]
      ),
      bytecode: """
        [ meta load iiftype => reg 1 ]
        [ cmp eq reg 1 0x00000001 ]
        [ payload load 6b @ link header + 6 => reg 1 ]
        [ cmp eq reg 1 0x00000002 0x00000100 ]
        [ immediate reg 0 accept ]
        """
    ),
    Case(
      text: "counter drop",
      rule: Nftables.Rule([.counter, .verdict(.drop)]),
      bytecode: """
        [ counter pkts 0 bytes 0 ]
        [ immediate reg 0 drop ]
        """
    ),
    Case(
      text: "ip saddr 192.168.1.1 ip daddr != 192.168.1.0/24 masquerade",
      rule: Nftables.Rule(
        .isIP(.v4),
        .source(.equal, network("192.168.1.1/32")),
        .destination(.notEqual, network("192.168.1.0/24")),
        [.masquerade]
      ),
      bytecode: """
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x00000002 ]
        [ payload load 4b @ network header + 12 => reg 1 ]
        [ cmp eq reg 1 0x0101a8c0 ]
        [ payload load 3b @ network header + 16 => reg 1 ]
        [ cmp neq reg 1 0x0001a8c0 ]
        [ masq ]
        """
    ),
    Case(
      text: "ip6 saddr 2001:db8::2 ip6 daddr != 2001:db8::/61 masquerade",
      rule: Nftables.Rule(
        .isIP(.v6),
        .source(.equal, network("2001:db8::2/128")),
        .destination(.notEqual, network("2001:db8::/61")),
        [.masquerade]
      ),
      bytecode: """
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x0000000a ]
        [ payload load 16b @ network header + 8 => reg 1 ]
        [ cmp eq reg 1 0xb80d0120 0x00000000 0x00000000 0x02000000 ]
        [ payload load 16b @ network header + 24 => reg 1 ]
        [ bitwise reg 1 = ( reg 1 & 0xffffffff 0xf8ffffff 0x00000000 0x00000000 ) ^ 0x00000000 0x00000000 0x00000000 0x00000000 ]
        [ cmp neq reg 1 0xb80d0120 0x00000000 0x00000000 0x00000000 ]
        [ masq ]
        """
    ),
    Case(
      text: "ip daddr 224.0.0.0/4 return",
      rule: Nftables.Rule(
        .isIP(.v4),
        .destination(.equal, network("224.0.0.0/4")),
        [.verdict(.return)]
      ),
      bytecode: """
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x00000002 ]
        [ payload load 4b @ network header + 16 => reg 1 ]
        [ bitwise reg 1 = ( reg 1 & 0x000000f0 ) ^ 0x00000000 ]
        [ cmp eq reg 1 0x000000e0 ]
        [ immediate reg 0 return ]
        """
    ),
    Case(
      text: "ip daddr != 0.0.0.0/0 goto other",
      rule: Nftables.Rule(
        .isIP(.v4),
        .destination(.notEqual, network("0.0.0.0/0")),
        [.verdict(.goto("other"))]
      ),
      bytecode: """
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x00000002 ]
        [ payload load 4b @ network header + 16 => reg 1 ]
        [ bitwise reg 1 = ( reg 1 & 0x00000000 ) ^ 0x00000000 ]
        [ cmp neq reg 1 0x00000000 ]
        [ immediate reg 0 goto -> other ]
        """
    ),
    Case(
      text: "iifname \"vethX\" jump other",
      rule: Nftables.Rule(.arrives(through: interface("vethX")), [.verdict(.jump("other"))]),
      bytecode: """
        [ meta load iifname => reg 1 ]
        [ cmp eq reg 1 0x68746576 0x00000058 0x00000000 0x00000000 ]
        [ immediate reg 0 jump -> other ]
        """
    ),
    Case(
      text: "oifname \"vethX\" ct state established,related accept",
      rule: Nftables.Rule(
        .leaves(through: interface("vethX")),
        .connection([.established, .related] as Nftables.ConnectionState),
        [.verdict(.accept)]
      ),
      bytecode: """
        [ meta load oifname => reg 1 ]
        [ cmp eq reg 1 0x68746576 0x00000058 0x00000000 0x00000000 ]
        [ ct load state => reg 1 ]
        [ bitwise reg 1 = ( reg 1 & 0x00000006 ) ^ 0x00000000 ]
        [ cmp neq reg 1 0x00000000 ]
        [ immediate reg 0 accept ]
        """
    ),
    Case(
      text: "ct status dnat ct direction original accept",
      rule: Nftables.Rule(
        .connection(.destinationNAT as Nftables.ConnectionStatus),
        [.connection(.direction), .compare(.equal, [0]), .verdict(.accept)]
      ),
      bytecode: """
        [ ct load status => reg 1 ]
        [ bitwise reg 1 = ( reg 1 & 0x00000020 ) ^ 0x00000000 ]
        [ cmp neq reg 1 0x00000000 ]
        [ ct load direction => reg 1 ]
        [ cmp eq reg 1 0x00000000 ]
        [ immediate reg 0 accept ]
        """
    ),
    Case(
      text: "meta skuid != 4294967295 meta nfproto ipv4 snat ip to 10.0.2.1",
      rule: Nftables.Rule(
        [.meta(.skuid), .compare(.notEqual, Nftables.hostOrder(UInt32.max))],
        .isIP(.v4),
        [.data([10, 0, 2, 1]), .nat(.source, .ip)]
      ),
      bytecode: """
        [ meta load skuid => reg 1 ]
        [ cmp neq reg 1 0xffffffff ]
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x00000002 ]
        [ immediate reg 1 0x0102000a ]
        [ nat snat ip addr_min reg 1 ]
        """
    ),
    Case(
      text: "meta nfproto ipv6 dnat ip6 to fd10:0:2::2",
      rule: Nftables.Rule(
        .isIP(.v6),
        [.data(network("fd10:0:2::2/128").address.bytes), .nat(.destination, .ip6)]
      ),
      bytecode: """
        [ meta load nfproto => reg 1 ]
        [ cmp eq reg 1 0x0000000a ]
        [ immediate reg 1 0x000010fd 0x00000200 0x00000000 0x02000000 ]
        [ nat dnat ip6 addr_min reg 1 ]
        """
    ),
    Case(
      text: "ct mark set 0x111 meta mark set ct mark",
      rule: Nftables.Rule([
        .data(Nftables.hostOrder(UInt32(0x111))), .setConnection(.mark), .connection(.mark),
        .setMeta(.mark),
      ]),
      bytecode: """
        [ immediate reg 1 0x00000111 ]
        [ ct set mark with reg 1 ]
        [ ct load mark => reg 1 ]
        [ meta set mark with reg 1 ]
        """
    ),
    Case(
      text: "meta l4proto tcp th dport != 22 return",
      rule: Nftables.Rule([
        .meta(.l4proto), .compare(.equal, [6]), .payload(.transport, offset: 2, length: 2),
        .compare(.notEqual, [0, 22]), .verdict(.return),
      ]),
      bytecode: """
        [ meta load l4proto => reg 1 ]
        [ cmp eq reg 1 0x00000006 ]
        [ payload load 2b @ transport header + 2 => reg 1 ]
        [ cmp neq reg 1 0x00001600 ]
        [ immediate reg 0 return ]
        """
    ),
    Case(
      text: "meta l4proto . th dport @ports counter drop",
      rule: Nftables.Rule([
        .meta(.l4proto), .payload(.transport, offset: 2, length: 2, word: 1), .lookup("ports"),
        .counter, .verdict(.drop),
      ]),
      bytecode: """
        [ meta load l4proto => reg 1 ]
        [ payload load 2b @ transport header + 2 => reg 9 ]
        [ lookup reg 1 set ports ]
        [ counter pkts 0 bytes 0 ]
        [ immediate reg 0 drop ]
        """,
      olderBytecode: """
        [ meta load l4proto => reg 1 ]
        [ byteorder reg 1 = hton(reg 1, 2, 1) ]
        [ payload load 2b @ transport header + 2 => reg 9 ]
        [ lookup reg 1 set ports ]
        [ counter pkts 0 bytes 0 ]
        [ immediate reg 0 drop ]
        """
    ),
    Case(
      text: "fib daddr type local accept",
      rule: Nftables.Rule([
        .addressType(of: .destination), .compare(.equal, Nftables.hostOrder(UInt32(2))),
        .verdict(.accept),
      ]),
      bytecode: """
        [ fib daddr type => reg 1 ]
        [ cmp eq reg 1 0x00000002 ]
        [ immediate reg 0 accept ]
        """
    ),
  ]

  @Test(arguments: cases)
  func `a rule compiles to the same program as its nft text`(rule: Case) {
    #expect(Self.program(byUs: rule.rule) == rule.bytecode)
  }

  /// The oracle itself, so that a newer nft that thinks otherwise is noticed.
  @Test(
    .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
    .enabled(if: Program.exists("nft"), "nft is not installed"),
    arguments: cases
  )
  func `nft still compiles the text to this program`(rule: Case) throws {
    let program = try inNewNetworkNamespace { try Self.program(byNFT: rule.text) }

    #expect([rule.bytecode, rule.olderBytecode].contains(program))
  }

  @Test(
    .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
    .enabled(if: Program.exists("nft"), "nft is not installed"),
    arguments: cases
  )
  func `a rule added by nft is read as ours`(rule: Case) throws {
    let (program, rules) = try inNewNetworkNamespace {
      let outcome = try Program.run("nft", "-f", "-", input: Self.ruleset(rule.text))
      try #require(outcome.status == 0, "\(outcome.output)")
      let rules = try RulesetSocket().rules(of: Nftables.Table.ID(.inet, "t").chain("c")).map(
        \.rule
      )
      return (try Self.program(byNFT: rule.text), rules)
    }

    if program == rule.bytecode { #expect(rules == [rule.rule]) }
  }

  private static func program(byUs rule: Nftables.Rule) -> String {
    program(in: RuleObject(rule, in: Nftables.Table.ID(.inet, "t").chain("c")).bytecode)
  }

  private static func program(byNFT text: String) throws -> String {
    let words = ["nft", "--debug=netlink", "--check", "-f", "-"]
    return program(in: try Program.run(words, input: ruleset(text)).output)
  }

  private static func ruleset(_ rule: String) -> String {
    """
    table inet t {
      set ports { type inet_proto . inet_service; flags interval; }
      chain other { }
      chain c { \(hook(of: rule))
        \(rule)
      }
    }

    """
  }

  /// nat and marks need hooks of their own.
  private static func hook(of rule: String) -> String {
    if rule.contains("dnat ip6") { return "type nat hook prerouting priority 0;" }
    if rule.contains("masquerade") || rule.contains("snat") {
      return "type nat hook postrouting priority 0;"
    }
    return ""
  }

  private static func program(in output: String) -> String {
    output.split(separator: "\n").map { $0.drop { $0 == " " } }.filter { $0.hasPrefix("[") }
      .joined(separator: "\n")
  }

  private static func network(_ text: String) -> IPPrefix { IPPrefix(text) ?? .any(.v4) }

  private static func interface(_ text: String) -> InterfaceName {
    guard let name = InterfaceName(text) else { preconditionFailure(text) }
    return name
  }
}

extension RuleObject {
  /// The expressions as `nft --debug=netlink` prints them.
  fileprivate var bytecode: String {
    var text = [CChar](repeating: 0, count: 1 << 14)
    let length = unsafe nftnl_rule_snprintf(&text, text.count, pointer, 0, 0)
    let bytes = text.prefix(min(Int(max(0, length)), text.count - 1)).map(UInt8.init(bitPattern:))
    return String(decoding: bytes, as: UTF8.self)
  }
}
