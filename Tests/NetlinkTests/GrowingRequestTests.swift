// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import NetworkModel
import Testing

@testable import Netlink

/// Requests grow with what they hold, and what no request can hold is an error.
@Suite struct GrowingRequestTests {
  @Test func `two thousand separate VLANs are one request`() throws {
    let identifiers = stride(from: 2, through: 4000, by: 2).compactMap { VLANID($0) }
    let vlans = identifiers.map { PortVLAN(VLANRange($0), isUntagged: true) }

    let request = BridgePortRequests.add(vlans, toPortAt: 4)

    let list = try #require(AttributeList(request.bytes[32...]).nested(IFLA_AF_SPEC))
    #expect(request.refusal == nil)
    #expect(request.bytes.prefix(4) == [0xA4, 0x3E, 0, 0])
    #expect(PortVLAN.list(list) == vlans)
  }

  /// `bridge -compressvlans vlan show` writes a range as two entries (`linux/if_bridge.h`).
  @Test func `a range of VLANs is read from its two ends`() {
    // struct bridge_vlan_info: flags PVID 2, UNTAGGED 4, RANGE_BEGIN 8, RANGE_END 16; identifier.
    let bytes: [UInt8] = [
      8, 0, 2, 0, 6, 0, 1, 0, 8, 0, 2, 0, 8, 0, 10, 0, 8, 0, 2, 0, 16, 0, 20, 0,
    ]

    let vlans = PortVLAN.list(AttributeList(bytes[...]))

    #expect(vlans.map { "\($0.range)" } == ["1", "10-20"])
    #expect(vlans.map(\.isPVID) == [true, false])
    #expect(vlans.map(\.isUntagged) == [true, false])
  }

  @Test(arguments: [(65531, nil), (65532, EMSGSIZE)] as [(Int, Int32?)])
  func `an attribute has at most 65535 bytes`(given: (Int, Int32?)) {
    var request = RouteMessage(16, .none, header: ifinfomsg())

    request.put(1, bytes: [UInt8](repeating: 1, count: given.0))

    #expect(request.refusal == given.1)
  }

  @Test func `a list of more than 65535 bytes is rejected`() {
    var request = RouteMessage(16, .none, header: ifinfomsg())

    request.nest(1) { list in
      for _ in 0..<9000 { list.put(2, UInt32(0)) }
    }

    #expect(request.refusal == EMSGSIZE)
  }

  /// Numbers of a route.
  struct Numbers {
    var scope: Int?
    var mtu: Int?
    var priority: Int?
    var table: Int?
  }

  @Test(arguments: [
    Numbers(scope: 300), Numbers(scope: -1), Numbers(mtu: -1), Numbers(mtu: 4_294_967_296),
    Numbers(priority: -1), Numbers(table: -1), Numbers(table: 4_294_967_296),
  ])
  func `a route with a number too large for its field is rejected`(given: Numbers) throws {
    let route = Route(
      destination: .any(.v4),
      mtu: given.mtu,
      priority: given.priority,
      table: given.table,
      scope: given.scope
    )

    #expect(RouteRequests.add(route, throughLinkAt: 4).refusal == ERANGE)
  }

  @Test(arguments: [-1, 4_294_967_296])
  func `a link with an MTU too large for its field is rejected`(mtu: Int) throws {
    let name = try #require(InterfaceName("net1"))

    #expect(LinkRequests.change(name, LinkChange(mtu: mtu)).refusal == ERANGE)
  }

  @Test(arguments: [-1, 4_294_967_296])
  func `a VF with a rate too large for its field is rejected`(rate: Int) throws {
    let change = VFChange(rate: VFRate(maximumMegabitsPerSecond: rate))
    let index = try #require(VFIndex(0))
    let name = try #require(InterfaceName("pf0"))

    #expect(VFRequests.change(index, of: name, [change]).refusal == ERANGE)
  }

  @Test(
    arguments: [
      [], [1], [0, 0, 0, 0], [255, 255, 255, 255], [15, 0, 0, 0, 2, 0],
      [20, 0, 0, 0, 2, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128],
      [16, 0, 0, 0, 2, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0],
      [24, 0, 0, 0, 2, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255],
    ] as [[UInt8]]
  )
  func `a malformed reply does not trap`(bytes: [UInt8]) {
    for reply in NetlinkReply.split(bytes) {
      _ = reply.verdict
      #expect(Link(reply) == nil)
      #expect(InterfaceAddress(reply) == nil)
      #expect(InstalledRoute(reply) == nil)
    }
  }

  @Test func `a next hop truncated within its header is ignored`() throws {
    let header: [UInt8] = [36, 0, 0, 0, 24, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    let route: [UInt8] = [2, 0, 0, 0, 254, 4, 0, 1, 0, 0, 0, 0]
    let multipath: [UInt8] = [8, 0, 9, 0, 8, 0, 0, 0]

    let reply = try #require(NetlinkReply.split(header + route + multipath).first)

    #expect(try #require(InstalledRoute(reply)).hops.isEmpty)
  }
}
