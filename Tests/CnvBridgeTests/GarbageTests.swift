// SPDX-License-Identifier: Apache-2.0

import Execution
import Glibc
import Linux
import Netlink
import NetworkModel
import TestSupport
import Testing

@testable import CNI
@testable import cnv_bridge

extension NetworkConfiguration {
  /// The configuration of a network `net` with these members.
  static func net(_ members: String) throws -> NetworkConfiguration {
    let text = #"{"cniVersion": "1.1.0", "name": "net", "type": "cnv-bridge", \#(members)}"#
    let document = Array(text.utf8)
    return try NetworkConfiguration(try parse(document), document: document)
  }
}

/// What GC takes away and what it leaves.
@Suite(
  .enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"),
  .enabled(if: Program.exists("nft"), "nft is not installed")
)
struct GarbageTests {
  private typealias Attachment = NetworkModel.Attachment

  private static func collect(valid: (container: String, interface: String)...) throws {
    let list = valid.map { #"{"containerID": "\#($0.container)", "ifname": "\#($0.interface)"}"# }
      .joined(separator: ", ")
    let configuration = try NetworkConfiguration.net(
      #""cni.dev/valid-attachments": [\#(list)]"#
    )
    try GCCommand(NetworkRequest(configuration: configuration, pluginDirectories: [])).run()
  }

  @Test func `the Go plugin's rules of a valid attachment stay, with or without its port`() throws {
    try inNewNetworkNamespace {
      for container in ["valid", "gone"] {
        let chain = "cni-br-iface-\(container)-eth0"
        let ruleset = """
          table bridge nat {
            chain \(chain)-mac { drop; }
            chain \(chain) { jump \(chain)-mac; }
            chain PREROUTING {
              type filter hook prerouting priority dstnat;
              iifname "nothing" jump \(chain) comment "macspoofchk-\(container)-eth0"
            }
          }
          """
        #expect(try Program.run("nft", "-f", "-", input: ruleset).status == 0)
      }

      try Self.collect(valid: ("valid", "eth0"))

      let left = try Program.must("nft list ruleset")
      #expect(left.contains("iifname \"nothing\" jump cni-br-iface-valid-eth0"))
      #expect(!left.contains("gone"))
    }
  }

  @Test(.enabled(if: Program.exists("flock"), "needs flock"))
  func `rules that the Go plugin adds for another network during GC stay`() throws {
    try inNewNetworkNamespace {
      let port = try name("veth0123456789a")
      // GC waits for the lock with it, and this has the lock until Go's port and rule are there.
      try Program.must("ip link add \(port) address fe:00:00:39:db:68 type veth")
      let script = """
        exec 9</proc/self/ns/net; flock -s 9; echo ready; sleep 0.5
        ip link add veth01234567 type veth
        nft 'table bridge nat {
          chain cni-br-iface-new-eth0 { drop; }
          chain PREROUTING {
            type filter hook prerouting priority dstnat;
            iifname "veth01234567" jump cni-br-iface-new-eth0 comment "macspoofchk-new-eth0"
          }
        }'
        """
      let process = unsafe try #require(unsafe popen(script, "r"))
      var buffer = [CChar](repeating: 0, count: 16)
      #expect(unsafe fgets(&buffer, 16, process) != nil)

      try Self.collect()

      #expect(unsafe pclose(process) == 0)
      #expect(try Kernel(container: nil).host.link(named: port) == nil)
      #expect(try Program.must("nft list ruleset").contains("macspoofchk-new-eth0"))
    }
  }

  @Test func `ports and filters of valid attachments and of other networks stay`() throws {
    try inNewNetworkNamespace {
      let kept = try [("net", "one"), ("gateway", "br1"), ("net2", "two")].map {
        Attachment(network: $0.0, containerID: $0.1, containerInterface: try name("100"))
      }
      let garbage = Attachment(
        network: "net",
        containerID: "two",
        containerInterface: try name("100")
      )
      for attachment in kept + [garbage] {
        let port = attachment.hostInterface
        try Program.must("ip link add \(port) type veth")
        let words = ["ip", "link", "set", port.string, "up", "alias", attachment.label.text]
        #expect(try Program.run(words).status == 0)
        let filter = SpoofFilter(
          port: port,
          address: try address("02:00:00:00:00:01"),
          attachment: attachment.label.text
        )
        try Firewall().setUp(filter)
      }

      try Self.collect(valid: ("one", "100"))

      let filters = try Firewall().spoofFilters().map(\.port)
      #expect(Set(filters) == Set(kept.map(\.hostInterface)))
      let links = try Kernel(container: nil).host.route.links().map(\.name)
      #expect(links.filter { $0.isHash(after: "veth") }.count == 3)
    }
  }

  @Test func `the filter of a port that stays is kept`() throws {
    try inNewNetworkNamespace {
      let garbage = Attachment(
        network: "net",
        containerID: "two",
        containerInterface: try name("a")
      )
      let port = garbage.hostInterface
      try Program.must("ip link add \(port) type veth")
      try Program.must("ip link set \(port) up alias mine")
      let mac = try address("02:00:00:00:00:01")
      try Firewall().setUp(
        SpoofFilter(port: port, address: mac, attachment: garbage.label.text)
      )

      try Self.collect()

      #expect(try Firewall().spoofFilters().map(\.port) == [port])
    }
  }
}
