// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel
import TestSupport
import Testing

@testable import Netlink
@testable import Nftables

/// Connections are made by `ctnetlink`, as `conntrack -I` makes them, and counted by the kernel.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "making network namespaces needs root"))
struct ConnectionTableTests {
  /// Adds a UDP connection from 10.0.0.1 or another host to 192.0.2.1, in a zone; who answers may be
  /// another one, by translation.
  private static func add(
    from host: UInt8,
    port: UInt16,
    zone: UInt16 = 0,
    answeredBy answerer: [UInt8] = [192, 0, 2, 1],
    _ socket: NetlinkSocket
  ) throws {
    var request = NetfilterBatch()
    request.begin(
      Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_NEW.rawValue),
      flags: NLM_F_CREATE | NLM_F_EXCL,
      .acknowledgement,
      header: nfgenmsg(nfgen_family: UInt8(AF_INET), version: 0, res_id: 0)
    )
    let source: [UInt8] = [10, 0, 0, host]
    request.putTuple(CTA_TUPLE_ORIG.rawValue, source, port, [192, 0, 2, 1], 53)
    request.putTuple(CTA_TUPLE_REPLY.rawValue, answerer, 53, source, port)
    request.put(CTA_TIMEOUT.rawValue, bytes: [0, 0, 2, 88])
    request.put(CTA_ZONE.rawValue, bytes: [0, UInt8(zone)])
    _ = try socket.ask(request, { ("add", "a connection") }) { $0.type }
  }

  private static func count() throws -> String? {
    try Sysctl("net/netfilter/nf_conntrack_count").read()
  }

  @Test func `every connection of a network is removed, in any zone, and no other`() throws {
    try inNewNetworkNamespace {
      let socket = try NetlinkSocket.open(NETLINK_NETFILTER, describedAs: "a socket")
      for port in UInt16(1000)..<1150 {
        try Self.add(from: 1, port: port, zone: port % 2 == 0 ? 0 : 7, socket)
      }
      try Self.add(from: 9, port: 1000, zone: 7, socket)
      #expect(try Self.count() == "151")

      try ConnectionTable().remove(touching: [try #require(IPPrefix("10.0.0.0/29"))])

      #expect(try Self.count() == "1")
    }
  }

  @Test func `a connection translated to a network is removed`() throws {
    try inNewNetworkNamespace {
      let socket = try NetlinkSocket.open(NETLINK_NETFILTER, describedAs: "a socket")
      try Self.add(from: 9, port: 1000, answeredBy: [10, 0, 0, 1], socket)

      try ConnectionTable().remove(touching: [try #require(IPPrefix("10.0.0.0/29"))])

      #expect(try Self.count() == "0")
    }
  }

  @Test func `a newer connection with the same addresses stays`() throws {
    try inNewNetworkNamespace {
      let socket = try NetlinkSocket.open(NETLINK_NETFILTER, describedAs: "a socket")
      let table = try ConnectionTable()
      try Self.add(from: 1, port: 1000, socket)
      let listed = try table.connections(touching: [try #require(IPPrefix("10.0.0.1/32"))])
      try table.remove(listed[...])
      // They take the first one's place in memory, which the kernel's number of a connection tells.
      for host in UInt8(2)..<9 { try Self.add(from: host, port: 1000, socket) }
      try Self.add(from: 1, port: 1000, socket)

      try table.remove(listed[...])

      #expect(try Self.count() == "8")
    }
  }
}

extension NetfilterBatch {
  fileprivate mutating func putTuple(
    _ type: UInt32,
    _ source: [UInt8],
    _ sourcePort: UInt16,
    _ target: [UInt8],
    _ targetPort: UInt16
  ) {
    let ports = HostOrder.bytes(sourcePort.bigEndian) + HostOrder.bytes(targetPort.bigEndian)
    let addresses =
      Self.attribute(CTA_IP_V4_SRC.rawValue, source)
      + Self.attribute(CTA_IP_V4_DST.rawValue, target)
    let flow =
      Self.attribute(CTA_PROTO_NUM.rawValue, [UInt8(IPPROTO_UDP)])
      + Self.attribute(CTA_PROTO_SRC_PORT.rawValue, ports[..<2])
      + Self.attribute(CTA_PROTO_DST_PORT.rawValue, ports[2...])
    let isNested = UInt32(NLA_F_NESTED)
    let tuple =
      Self.attribute(CTA_TUPLE_IP.rawValue | isNested, addresses)
      + Self.attribute(CTA_TUPLE_PROTO.rawValue | isNested, flow)
    put(type | isNested, bytes: tuple)
  }

  /// `struct nlattr` and its payload (`linux/netlink.h`).
  private static func attribute(_ type: UInt32, _ payload: some Collection<UInt8>) -> [UInt8] {
    let padding = [UInt8](repeating: 0, count: -payload.count & 3)
    return HostOrder.bytes(UInt16(4 + payload.count)) + HostOrder.bytes(UInt16(type))
      + Array(payload) + padding
  }
}
