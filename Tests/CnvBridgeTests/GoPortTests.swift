// SPDX-License-Identifier: Apache-2.0

import Execution
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import CNI
@testable import cnv_bridge

/// DEL of an attachment that the Go plugin made: the host end's name is random, so the container's
/// end leads to it, which a process in the container may have made.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct GoPortTests {
  private let interface: InterfaceName
  private let port: InterfaceName
  private let bridge: InterfaceName

  init() throws {
    interface = try #require(InterfaceName("eth0"))
    port = try #require(InterfaceName("veth01234567"))
    bridge = try #require(InterfaceName("br1"))
  }

  private static func newNamespace() throws -> NetworkNamespace {
    try inNewNetworkNamespace { try NetworkNamespace.current() }
  }

  /// Makes bridge and port as the Go plugin does, and returns the port.
  private func makePort(in container: borrowing NetworkNamespace) throws -> Link {
    let path = "/proc/self/fd/\(container.file.number)"
    let kernel = try Kernel(container: try NetworkNamespace(path: path))
    try Program.must("ip link add br1 type bridge")
    try Program.must("ip link add br2 type bridge")
    let pair = VethCreation(
      name: port,
      bridge: bridge,
      peer: interface,
      peerNamespace: .container
    )
    try kernel.perform(Step(.host, .createVeth(pair)))
    return try kernel.host.existingLink(port)
  }

  /// Performs DEL with a configuration and returns whether the port is gone.
  private func delete(
    _ keys: String,
    in container: borrowing NetworkNamespace
  ) throws -> Bool {
    let request = AttachmentRequest(
      attachment: Attachment(
        network: "net",
        containerID: "cid",
        containerInterface: interface
      ),
      namespacePath: "/proc/self/fd/\(container.file.number)",
      arguments: Arguments(""),
      configuration: try .net(#""bridge": "br1"\#(keys)"#),
      pluginDirectories: []
    )
    try DelCommand(request).run()
    return try Kernel(container: nil).host.link(named: port) == nil
  }

  private static func result(_ name: String) -> String {
    #", "prevResult": {"cniVersion": "1.0.0", "interfaces": [{"name": "\#(name)"}]}"#
  }

  @Test(arguments: [
    ("", true), (result("veth01234567"), true), (result("veth76543210"), false),
    (#", "bridge": "br2""#, false), (#", "macspoofchk": true"#, true),
    (#", "bridge": "br2", "macspoofchk": true"#, false),
  ])
  func `it is removed if result, filter or bridge identify it as the attachment's`(
    keys: String,
    goes: Bool
  ) throws {
    try inNewNetworkNamespace {
      let container = try Self.newNamespace()
      _ = try makePort(in: container)

      #expect(try delete(keys, in: container) == goes)
    }
  }

  @Test(arguments: [("", false), (result("veth01234567"), true)])
  func `one with an alias belongs to another attachment unless the result names it`(
    keys: String,
    goes: Bool
  ) throws {
    try inNewNetworkNamespace {
      let container = try Self.newNamespace()
      _ = try makePort(in: container)
      try Program.must("ip link set veth01234567 alias mine")

      #expect(try delete(keys, in: container) == goes)
    }
  }

  @Test(.enabled(if: Program.exists("nft"), "needs nft"))
  func `one that stays keeps its filter`() throws {
    try inNewNetworkNamespace {
      let container = try Self.newNamespace()
      _ = try makePort(in: container)
      try Program.must("ip link set veth01234567 alias mine")
      let chain = "cni-br-iface-cid-eth0"
      let ruleset = """
        table bridge nat {
          chain \(chain)-mac { drop; }
          chain \(chain) { jump \(chain)-mac; }
          chain PREROUTING { type filter hook prerouting priority dstnat; }
        }
        """
      #expect(try Program.run("nft", "-f", "-", input: ruleset).status == 0)

      #expect(try !delete(#", "macspoofchk": true"#, in: container))

      #expect(try Program.must("nft list ruleset").contains("chain \(chain) "))
    }
  }

  @Test func `a container cannot direct DEL to another container's port`() throws {
    try inNewNetworkNamespace {
      let victim = try Self.newNamespace()
      let found = try makePort(in: victim)
      let peer = try #require(found.peer)
      let attacker = try inNewNetworkNamespace {
        try Program.must(
          "ip link add eth0 index \(peer) type veth peer name x index \(found.index)"
        )
        return try NetworkNamespace.current()
      }

      #expect(try !delete("", in: attacker))
    }
  }

  @Test func `a container cannot direct DEL to the port of another of its interfaces`() throws {
    try inNewNetworkNamespace {
      let container = try Self.newNamespace()
      let found = try makePort(in: container)
      let host = try NetworkNamespace.current()
      let changes = """
        link set eth0 name eth1
        link add x index \(found.index) type veth peer name eth0
        """
      let outcome = try container.run(returningTo: host) { () throws(KernelError) in
        try Program.run("ip", "-batch", "-", input: changes)
      }
      #expect(outcome.output == "")

      #expect(try !delete("", in: container))
    }
  }
}
