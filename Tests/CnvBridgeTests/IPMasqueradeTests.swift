// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel
import Nftables
import TestSupport
import Testing

@testable import cnv_bridge

extension IPMasquerade.Share {
  init(network: String, containerID: String, interface: String) {
    guard let name = InterfaceName(interface) else { preconditionFailure(interface) }
    self.init(
      NetworkModel.Attachment(network: network, containerID: containerID, containerInterface: name)
    )
  }
}

extension Firewall {
  /// Opens the packet filter of the namespace that the calling thread is in.
  init() throws(KernelError) {
    self.init(ruleset: try RulesetSocket())
  }

  /// Puts a filter in force as ADD does.
  func setUp(_ filter: SpoofFilter) throws(KernelError) {
    try ruleset.commit(filter.setUp)
  }
}

struct IPMasqueradeTests {
  private let one = share("one")
  private let two = share("two")

  private static func share(_ containerID: String) -> IPMasquerade.Share {
    IPMasquerade.Share(network: "unit-test", containerID: containerID, interface: "eth0")
  }

  // containernetworking/plugins v1.9.1, pkg/ip/ipmasq_nftables_linux_test.go
  @Test(arguments: [
    ("unit-test", "eth0", "one", "6fd94d501e58f0aa-287fc69eff0574a2"),
    ("unit-test", "eth0", "two", "6fd94d501e58f0aa-d750b2c8f0f25d5f"),
    ("unit-test", "eth0", "three", "6fd94d501e58f0aa-a4d4adb82b669cfe"),
    ("unit-test", "eth0", "four", "6fd94d501e58f0aa-e766de567ef6c543"),
    ("alternate", "net1", "three", "82783ef24bdc7036-acb19d111858e348"),
  ])
  func `comments are those of the Go plugins`(
    network: String,
    interface: String,
    containerID: String,
    key: String
  ) {
    let share = IPMasquerade.Share(
      network: network,
      containerID: containerID,
      interface: interface
    )

    #expect(
      share.comment.text == "\(key), net: \(network), if: \(interface), id: \(containerID)"
    )
  }

  @Test func `a long comment is cut as by the Go plugins`() {
    let share = IPMasquerade.Share(
      network: String(repeating: "n", count: 60),
      containerID: String(repeating: "c", count: 64),
      interface: "net1"
    )

    #expect(share.comment.text.utf8.count == 128)
    #expect(share.comment.text.hasSuffix(", if: net1, id: cccccccccccc"))
  }

  private var postrouting: [Nftables.PlacedRule] {
    zip([3, 4, 5], IPMasquerade.postroutingRules).map { Nftables.PlacedRule(handle: $0, rule: $1) }
  }

  @Test func `a foreign rule in the shared chain stays`() throws {
    let other = Nftables.PlacedRule(handle: 9, rule: Nftables.Rule([.counter]))
    let whole = IPMasquerade.Observation(objectsInTable: 2, postrouting: postrouting + [other])
    let partial = IPMasquerade.Observation(objectsInTable: 2, postrouting: [postrouting[2], other])

    #expect(IPMasquerade.setUp(two, addresses: [], given: whole) == [])
    let transaction = IPMasquerade.setUp(two, addresses: [], given: partial)
    #expect(!transaction.contains(.flushChain(IPMasquerade.postrouting.id)))
    #expect(transaction.contains(.deleteRule(handle: 5, IPMasquerade.postrouting.id)))
    #expect(!transaction.contains(.deleteRule(handle: 9, IPMasquerade.postrouting.id)))
  }

  @Test func `existing rules are not added again`() throws {
    let addresses = try [prefix("192.168.1.2/24"), prefix("2001:db8::2/64")]
    let observed = IPMasquerade.Observation(
      objectsInTable: 2,
      postrouting: postrouting,
      checks: [
        Nftables.PlacedRule(handle: 8, rule: two.rules(for: addresses)[0]),
        Nftables.PlacedRule(handle: 9, rule: two.rules(for: addresses)[1]),
      ]
    )

    #expect(IPMasquerade.setUp(two, addresses: addresses, given: observed) == [])
  }

  @Test func `a former address of the attachment is no longer masqueraded`() throws {
    let before = try two.rules(for: [prefix("192.168.1.2/24")])[0]
    let now = try [prefix("192.168.1.7/24")]
    let observed = IPMasquerade.Observation(
      objectsInTable: 2,
      postrouting: postrouting,
      checks: [Nftables.PlacedRule(handle: 8, rule: before)]
    )

    #expect(
      IPMasquerade.setUp(two, addresses: now, given: observed) == [
        .deleteRule(handle: 8, IPMasquerade.checks.id),
        .addRule(two.rules(for: now)[0], IPMasquerade.checks.id),
      ]
    )
  }

  @Test func `a missing rule is a difference that names the address`() throws {
    let observed = IPMasquerade.Observation(
      objectsInTable: 2,
      postrouting: postrouting
    )

    #expect(
      try IPMasquerade.difference(two, addresses: [prefix("192.168.1.2/24")], from: observed)
        == "the traffic of address 192.168.1.2/24 is not masqueraded: chain 'masq_checks' of table "
        + "'inet cni_plugins_masquerade' has no rule for it"
    )
  }

  @Test func `a rule for an address that the attachment does not have is a difference`() throws {
    let observed = try IPMasquerade.Observation(
      objectsInTable: 2,
      postrouting: postrouting,
      checks: [Nftables.PlacedRule(handle: 8, rule: two.rules(for: [prefix("192.168.1.2/24")])[0])]
    )

    #expect(
      IPMasquerade.difference(two, addresses: [], from: observed)
        == "chain 'masq_checks' of table 'inet cni_plugins_masquerade' masquerades addresses that "
        + "this attachment does not have"
    )
  }
}

/// The same in the kernel, with the Go plugins' rules as `nft` loads them.
@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct IPMasqueradeKernelTests {
  private let one = share("one")
  private let two = share("two")
  private let four = share("four")

  private static func share(_ containerID: String) -> IPMasquerade.Share {
    IPMasquerade.Share(network: "unit-test", containerID: containerID, interface: "eth0")
  }

  /// What the Go plugins' golden (v1.9.1, pkg/ip/ipmasq_nftables_linux_test.go) makes of container
  /// one with 192.168.1.1/24 and two with 192.168.1.2/24 and 2001:db8::2/64, as nft 1.0.6 lists it.
  private static let golden = """
    table inet cni_plugins_masquerade {
    \tcomment "Masquerading for plugins from github.com/containernetworking/plugins"
    \tchain masq_checks {
    \t\tcomment "Masquerade traffic from certain IPs to any (non-multicast) IP outside their subnet"
    \t\tip saddr 192.168.1.1 ip daddr != 192.168.1.0/24 masquerade comment "6fd94d501e58f0aa-287fc69eff0574a2, net: unit-test, if: eth0, id: one"
    \t\tip saddr 192.168.1.2 ip daddr != 192.168.1.0/24 masquerade comment "6fd94d501e58f0aa-d750b2c8f0f25d5f, net: unit-test, if: eth0, id: two"
    \t\tip6 saddr 2001:db8::2 ip6 daddr != 2001:db8::/64 masquerade comment "6fd94d501e58f0aa-d750b2c8f0f25d5f, net: unit-test, if: eth0, id: two"
    \t}

    \tchain postrouting {
    \t\ttype nat hook postrouting priority srcnat; policy accept;
    \t\tip daddr 224.0.0.0/4 return
    \t\tip6 daddr ff00::/8 return
    \t\tgoto masq_checks
    \t}
    }

    """

  private func addOneAndTwo(_ firewall: Firewall) throws {
    try firewall.setUp(masqueradeOf: one, addresses: [prefix("192.168.1.1/24")])
    try firewall.setUp(
      masqueradeOf: two,
      addresses: [prefix("192.168.1.2/24"), prefix("2001:db8::2/64")]
    )
  }

  @Test func `the rules are those of the Go plugins`() throws {
    try inNewNetworkNamespace {
      try addOneAndTwo(Firewall())

      #expect(try Program.must("nft list ruleset") == Self.golden)
    }
  }

  @Test func `rules of the Go plugins are recognised as equal`() throws {
    try inNewNetworkNamespace {
      _ = try Program.run("nft", "-f", "-", input: Self.golden)
      let firewall = try Firewall()
      let addresses = try [prefix("192.168.1.2/24"), prefix("2001:db8::2/64")]

      let observed = try firewall.masquerade()

      #expect(IPMasquerade.difference(two, addresses: addresses, from: observed) == nil)
      #expect(IPMasquerade.setUp(two, addresses: addresses, given: observed) == [])
    }
  }

  @Test func `removing one attachment keeps another with the same address`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      try addOneAndTwo(firewall)
      try firewall.setUp(masqueradeOf: four, addresses: [prefix("192.168.1.1/24")])

      try firewall.remove(Firewall.Removal(masquerade: .share(one)))

      let rules = try firewall.masquerade().checks.map(\.rule)
      #expect(rules.filter { four.contains($0) }.count == 1)
      #expect(rules.filter { one.contains($0) }.count == 0)
      #expect(rules.count == 3)
    }
  }

  @Test func `with the last attachment everything is removed`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      try addOneAndTwo(firewall)

      try firewall.remove(Firewall.Removal(masquerade: .share(one)))
      try firewall.remove(Firewall.Removal(masquerade: .share(two)))
      try firewall.remove(Firewall.Removal(masquerade: .share(two)))

      #expect(try Program.must("nft list ruleset") == "")
    }
  }

  @Test func `a foreign object in the table keeps it`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      try addOneAndTwo(firewall)
      try Program.must("nft add chain inet cni_plugins_masquerade mine")

      try firewall.remove(Firewall.Removal(masquerade: .share(one)))
      try firewall.remove(Firewall.Removal(masquerade: .share(two)))

      #expect(try firewall.masquerade().objectsInTable == 3)
      #expect(try firewall.masquerade().checks == [])
    }
  }

  @Test func `a foreign rule next to ours keeps the table`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      try firewall.setUp(masqueradeOf: one, addresses: [prefix("192.168.1.1/24")])
      try Program.must("nft add rule inet cni_plugins_masquerade postrouting counter accept")

      try firewall.remove(Firewall.Removal(masquerade: .share(one)))

      #expect(try Program.must("nft list ruleset").contains("counter packets 0 bytes 0 accept"))
    }
  }

  @Test func `attachments of a network that are not listed are garbage`() throws {
    try inNewNetworkNamespace {
      let firewall = try Firewall()
      try addOneAndTwo(firewall)
      let elsewhere = IPMasquerade.Share(
        network: "alternate",
        containerID: "three",
        interface: "net1"
      )
      try firewall.setUp(masqueradeOf: elsewhere, addresses: [prefix("10.0.0.5/24")])

      try firewall.remove(
        Firewall.Removal(masquerade: .network("unit-test", except: [two, four]))
      )

      let rules = try firewall.masquerade().checks.map(\.rule)
      #expect(rules.filter { two.contains($0) }.count == 2)
      #expect(rules.filter { elsewhere.contains($0) }.count == 1)
      #expect(rules.count == 3)
    }
  }
}
