// SPDX-License-Identifier: Apache-2.0

import Execution
import Glibc
import Linux
import Netlink
import NetworkModel
import Nftables
import TestSupport
import Testing

/// The last user takes away what is shared, and nobody else does.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct SharedObjectsTests {
  private let bridge: InterfaceName
  private let gateway: InterfaceName
  private let user: InterfaceName
  private let mac: MACAddress
  private let prefix: IPPrefix

  init() throws {
    bridge = try #require(InterfaceName("br1"))
    gateway = try #require(InterfaceName("br1.100"))
    user = try #require(InterfaceName("user"))
    mac = try #require(MACAddress("02:00:00:00:00:01"))
    prefix = try #require(IPPrefix("10.1.2.1/24"))
  }

  /// Runs lines of words, performs the operation, and returns the names of the links there are then.
  private func links(
    after operation: Operation,
    _ lines: String...,
    alias: (link: String, text: String)? = nil
  ) throws -> Set<String> {
    try inNewNetworkNamespace {
      for line in lines { try Program.must(line) }
      if let alias {
        let words = ["ip", "link", "set", alias.link, "alias", alias.text]
        #expect(try Program.run(words).status == 0)
      }
      let kernel = try Kernel(container: nil)
      try kernel.perform(Step(.host, operation))
      return Set(try kernel.host.route.links().map(\.name.string)).subtracting(["lo"])
    }
  }

  private let newBridge = "ip link add br1 address 02:00:00:00:00:01 type bridge"
  /// The port has the mark of what a plugin made under this name.
  private let newPair =
    "ip link add veth0123456789a address fe:00:00:39:db:68 type veth peer name br1.100"
  private let newUser = "ip link add user type veth peer name p"

  @Test func `a bridge without ports is removed`() throws {
    #expect(try links(after: .ifUnused(.deleteBridge(bridge, mac)), newBridge).isEmpty)
  }

  @Test func `a bridge with a port stays`() throws {
    let operation = Operation.ifUnused(.deleteBridge(bridge, mac))

    let links = try links(after: operation, newBridge, newUser, "ip link set user master br1")

    #expect(links == ["br1", "user", "p"])
  }

  @Test(arguments: ["type bridge", "type veth peer name x", "address 02:00:00:00:00:01 type veth"])
  func `a link of the name that this ADD did not create stays`(words: String) throws {
    let operation = Operation.ifUnused(.deleteBridge(bridge, mac))

    #expect(try links(after: operation, "ip link add br1 " + words).contains("br1"))
  }

  @Test(arguments: [(true, ""), (false, ""), (false, "user"), (true, "other")])
  func `a bridge keeps its settings while it has a new port`(
    hasPort: Bool,
    known: String
  ) throws {
    try inNewNetworkNamespace {
      for line in [newBridge, newUser, "ip link set br1 up"] { try Program.must(line) }
      if hasPort || known == "user" { try Program.must("ip link set user master br1") }
      let kernel = try Kernel(container: nil)
      let change = LinkChange(isUp: false)
      let ports = [InterfaceName(known)].compactMap { $0 }

      try kernel.perform(Step(.host, .ifUnused(.changeBridge(bridge, change, besides: ports))))

      #expect(try kernel.host.existingLink(bridge).isUp == hasPort)
    }
  }

  private var gatewayRemoval: Operation { .ifUnused(.deleteGateway(gateway, besides: user)) }

  @Test func `a gateway interface is removed with its last user`() throws {
    let links = try links(
      after: gatewayRemoval,
      newPair,
      alias: ("br1.100", "cnv-bridge gateway br1 100")
    )

    #expect(links.isEmpty)
  }

  @Test func `an unfinished gateway interface is removed`() throws {
    #expect(try links(after: gatewayRemoval, newPair).isEmpty)
  }

  @Test(arguments: [
    "ip link add br1.100 type veth peer name veth0", "ip link add br1.100 type bridge",
    "ip link add br1.100 type veth peer name veth0123456789",
    "ip link add br1.100 type veth peer name veth0123456789a",
  ])
  func `a foreign link of the name stays`(line: String) throws {
    #expect(try links(after: gatewayRemoval, line).contains("br1.100"))
  }

  @Test(arguments: ["uplink", "cnv-bridge net cid net1", "cnv-bridge gateway cid net1"])
  func `a foreign veth with another alias stays`(alias: String) throws {
    #expect(try links(after: gatewayRemoval, newPair, alias: ("br1.100", alias)).count == 2)
  }

  @Test func `a gateway interface named by another port's label stays`() throws {
    let links = try links(
      after: gatewayRemoval,
      newPair,
      "ip link add other type veth peer name p",
      alias: ("other", "cnv-bridge net cid net1 gateway br1.100")
    )

    #expect(links.contains("br1.100"))
  }

  @Test func `a gateway interface named only by the attachment's own label is removed`() throws {
    let links = try links(
      after: gatewayRemoval,
      newPair,
      newUser,
      alias: ("user", "cnv-bridge net cid net1 gateway br1.100")
    )

    #expect(links == ["user", "p"])
  }

  @Test(arguments: [
    ("cnv-bridge net cid net1 gateway br1", "veth", true),
    ("cnv-bridge net cid net1 gateway br1.100", "veth", false),
    ("cnv-bridge other cid net1 gateway br1", "veth", false),
    ("somebody net cid net1 gateway br1", "veth", false),
    ("cnv-bridge net cid net1 gateway br1", "bridge", false),
  ])
  func `a gateway's address stays while another port of the network names it in its label`(
    label: String,
    kind: String,
    stays: Bool
  ) throws {
    try inNewNetworkNamespace {
      try Program.must(newBridge)
      try Program.must("ip address add 10.1.2.1/24 dev br1")
      try Program.must("ip link add other type \(kind)")
      let user = Attachment(network: "net", containerID: "user", containerInterface: bridge)
      #expect(try Program.run(["ip", "link", "set", "other", "alias", label]).status == 0)
      let kernel = try Kernel(container: nil)

      try kernel.perform(Step(.host, .ifUnused(.removeAddress(bridge, prefix, besides: user))))

      let index = try kernel.host.index(of: bridge)
      #expect(try kernel.host.route.addresses(ofLinkAt: index).isEmpty == !stays)
    }
  }

  @Test(arguments: [("br1", true), ("br2", false)])
  func `a gateway's address stays while a port without a label leads to a container`(
    of other: String,
    stays: Bool
  ) throws {
    try inNewNetworkNamespace {
      let container = try inNewNetworkNamespace { try NetworkNamespace.current() }
      for line in [newBridge, "ip link add br2 type bridge"] { try Program.must(line) }
      try Program.must("ip address add 10.1.2.1/24 dev br1")
      let kernel = try Kernel(container: container)
      let user = Attachment(network: "net", containerID: "user", containerInterface: bridge)
      let pair = VethCreation(
        name: try #require(InterfaceName("other")),
        bridge: InterfaceName(other),
        peer: bridge,
        peerNamespace: .container
      )
      try kernel.perform(Step(.host, .createVeth(pair)))

      try kernel.perform(Step(.host, .ifUnused(.removeAddress(bridge, prefix, besides: user))))

      let index = try kernel.host.index(of: bridge)
      #expect(try kernel.host.route.addresses(ofLinkAt: index).isEmpty == !stays)
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "needs nft"))
  func `a table is removed with its last chain, and not before`() throws {
    try inNewNetworkNamespace {
      let table = Nftables.Table.ID(.inet, "t")
      try Program.must("nft add table inet t")
      try Program.must("nft add chain inet t a")
      try Program.must("nft add chain inet t b")
      let kernel = try Kernel(container: nil)

      try kernel.perform(Step(.host, .deleteChain(table.chain("a"))))
      #expect(try Program.must("nft list table inet t").contains("chain b"))

      try kernel.perform(Step(.host, .deleteChain(table.chain("b"))))
      #expect(try Program.must("nft list ruleset").isEmpty)
    }
  }

  /// Another ADD, between its look and its port, which holds the lock like a shared one.
  private func whileAnotherAdds(_ line: String, _ body: () throws -> Void) throws {
    let script = "exec 9</proc/self/ns/net; flock -s 9; echo ready; sleep 0.3; \(line)"
    let process = unsafe try #require(unsafe popen(script, "r"))
    var buffer = [CChar](repeating: 0, count: 16)
    #expect(unsafe fgets(&buffer, 16, process) != nil)
    try body()
    #expect(unsafe pclose(process) == 0)
  }

  @Test(.enabled(if: Program.exists("flock"), "needs flock"))
  func `a bridge that an ADD has observed is not removed under it`() throws {
    try inNewNetworkNamespace {
      try Program.must(newBridge)
      let kernel = try Kernel(container: nil)

      try whileAnotherAdds("ip link add user master br1 type veth") {
        try kernel.perform(Step(.host, .ifUnused(.deleteBridge(bridge, mac))))
      }

      #expect(try kernel.host.link(named: bridge) != nil)
    }
  }

  @Test(.enabled(if: Program.exists("flock"), "needs flock"))
  func `a gateway interface that an ADD has observed is not removed under it`() throws {
    try inNewNetworkNamespace {
      try Program.must(newPair)
      try Program.must("ip link add other type veth peer name p")
      let kernel = try Kernel(container: nil)

      try whileAnotherAdds("ip link set other alias 'cnv-bridge n c i gateway br1.100'") {
        try kernel.perform(Step(.host, gatewayRemoval))
      }

      #expect(try kernel.host.link(named: gateway) != nil)
    }
  }
}
