// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import Netlink

/// Requests are compared with those of iproute2; types are of `linux/if_link.h`.
@Suite struct RequestTests {
  /// IFLA_LINKINFO, its IFLA_INFO_DATA with VETH_INFO_PEER behind a `struct ifinfomsg`,
  /// IFLA_INFO_SLAVE_DATA; IFLA_AF_SPEC with AF_INET6; IFLA_PROTINFO.
  private static let linkNesting: [[Int]: Int] = [
    [18]: 0, [18, 2]: 0, [18, 2, 1]: 16, [18, 5]: 0, [26]: 0, [26, 10]: 0, [12]: 0,
  ]

  private static func tree(_ bytes: [UInt8]) -> [String] {
    AttributeTree.lines(of: bytes, header: 16, nested: linkNesting)
  }

  /// iproute2 looks the index up and sends it; these requests carry the name instead.
  private static func named(_ name: String, _ lines: [String]) -> [String] {
    let withoutIndex = lines.map { line in
      line.hasPrefix("header ") ? "\(line.prefix(15))00000000\(line.dropFirst(23))" : line
    }
    let text = Hexadecimal.text(of: Array(name.utf8) + [0])
    return withoutIndex.prefix(2) + (withoutIndex.dropFirst(2) + ["[3] \(text)"]).sorted()
  }

  private static func name(_ text: String) throws -> InterfaceName {
    try #require(InterfaceName(text))
  }

  private static func mac(_ text: String) throws -> MACAddress {
    try #require(MACAddress(text))
  }

  private static func vlans(_ first: Int, _ last: Int) throws -> VLANRange {
    let first = try #require(VLANID(first))
    let last = try #require(VLANID(last))
    return try #require(VLANRange(first, last))
  }

  // MARK: Links

  @Test func `a bridge that filters VLANs is created as iproute2 does`() throws {
    let request = LinkRequests.create(
      BridgeCreation(
        name: try Self.name("br2"),
        mac: try Self.mac("02:00:00:00:00:02"),
        mtu: 9000,
        filtersVLANs: true
      )
    )

    #expect(Self.tree(request.bytes) == Self.tree(AttributeTree.bytes(IProute2.createBridge)))
  }

  /// iproute2 names the peer's namespace by a process, IFLA_NET_NS_PID (19), here a descriptor does.
  ///
  /// Each end has one queue: `numtxqueues 1 numrxqueues 1` would put types 31 and 32.
  @Test func `a veth with its peer in another namespace is created as iproute2 does`() throws {
    let request = LinkRequests.create(
      VethCreation(
        name: try Self.name("veth1"),
        bridge: try Self.name("br1"),
        peer: try Self.name("net1"),
        peerMAC: try Self.mac("02:00:00:00:00:11"),
        peerNamespace: .container,
        mtu: 1400
      ),
      bridgeIndex: 2,
      peerNamespace: 7
    )
    let isNamespace = { (line: String) in
      line.hasPrefix("[18, 2, 1, 19]") || line.hasPrefix("[18, 2, 1, 28]")
    }

    let oracle = Self.tree(AttributeTree.bytes(IProute2.createVeth))
    let lines = Self.tree(request.bytes)
    let queues = [
      "[18, 2, 1, 31] 01000000", "[18, 2, 1, 32] 01000000", "[31] 01000000", "[32] 01000000",
    ]

    let common = lines.filter { !isNamespace($0) && !queues.contains($0) }
    #expect(common == oracle.filter { !isNamespace($0) })
    #expect(lines.filter(isNamespace) == ["[18, 2, 1, 28] 07000000"])
    #expect(lines.filter(queues.contains) == queues)
  }

  @Test(arguments: [
    (LinkChange(isUp: true), "veth0", IProute2.setUp),
    (LinkChange(isPromiscuous: true), "br1", IProute2.setPromiscuous),
    (LinkChange(alias: "words"), "veth0", IProute2.setAlias),
    (
      LinkChange(addressGeneration: AddressGeneration.none), "veth0", IProute2.setAddressGeneration
    ),
    (LinkChange(filtersVLANs: true), "br1", IProute2.setVLANFiltering),
  ])
  func `a link is changed as iproute2 does`(given: (LinkChange, String, String)) throws {
    let request = LinkRequests.change(try Self.name(given.1), given.0)

    let oracle = Self.tree(AttributeTree.bytes(given.2))

    #expect(Self.tree(request.bytes) == Self.named(given.1, oracle))
  }

  /// iproute2 sends the kind `bridge_slave` (IFLA_INFO_KIND, 1), which no kernel knows and none asks
  /// for; here it is IFLA_INFO_SLAVE_KIND (4) with the name that the kernel itself reports.
  @Test func `a port's flags are changed as iproute2 does`() throws {
    let port = BridgePort(isHairpin: true, isIsolated: true)

    let request = LinkRequests.change(try Self.name("veth0"), LinkChange(port: port))

    let oracle = Self.tree(AttributeTree.bytes(IProute2.setPortFlags))
    let expected = Self.named("veth0", oracle.filter { !$0.hasPrefix("[18, 1]") })
    let lines = Self.tree(request.bytes)
    #expect(lines.filter { !$0.hasPrefix("[18, 4]") } == expected)
    #expect(lines.contains("[18, 4] \(Hexadecimal.text(of: "bridge".utf8))"))
  }

  @Test func `a link is deleted as iproute2 does`() throws {
    let request = LinkRequests.delete(try Self.name("veth0"))

    let oracle = Self.tree(AttributeTree.bytes(IProute2.deleteLink))

    #expect(Self.tree(request.bytes) == Self.named("veth0", oracle))
  }

  // MARK: Ports

  @Test func `a native VLAN is added as bridge does`() throws {
    let vlan = PortVLAN(try Self.vlans(100, 100), isPVID: true, isUntagged: true)

    let request = BridgePortRequests.add([vlan], toPortAt: 4)

    #expect(Self.tree(request.bytes) == Self.tree(AttributeTree.bytes(IProute2.addVLAN)))
  }

  @Test func `thousands of VLANs are added in one message as bridge does`() throws {
    let request = BridgePortRequests.add([PortVLAN(try Self.vlans(2, 4094))], toPortAt: 4)

    #expect(Self.tree(request.bytes) == Self.tree(AttributeTree.bytes(IProute2.addVLANRange)))
  }

  @Test func `a VLAN is removed as bridge does`() throws {
    let request = BridgePortRequests.remove([try Self.vlans(1, 1)], fromPortAt: 4)

    #expect(Self.tree(request.bytes) == Self.tree(AttributeTree.bytes(IProute2.removeVLAN)))
  }

  @Test func `a port is disabled as bridge does`() throws {
    let request = BridgePortRequests.disable(portAt: 4)

    #expect(Self.tree(request.bytes) == Self.tree(AttributeTree.bytes(IProute2.disablePort)))
  }
}
