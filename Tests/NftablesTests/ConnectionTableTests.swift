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
  /// Adds a UDP connection from 10.0.0.1 or another host in a zone.
  private static func add(
    from host: UInt8,
    port: UInt16,
    zone: UInt16,
    _ socket: borrowing NetlinkSocket
  ) throws {
    var request = NetlinkRequest(
      Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(IPCTNL_MSG_CT_NEW.rawValue),
      flags: NLM_F_CREATE | NLM_F_EXCL,
      .acknowledgement,
      header: nfgenmsg(nfgen_family: UInt8(AF_INET), version: 0, res_id: 0)
    )
    let source: [UInt8] = [10, 0, 0, host]
    let target: [UInt8] = [192, 0, 2, 1]
    request.putTuple(CTA_TUPLE_ORIG.rawValue, source, port, target, 53)
    request.putTuple(CTA_TUPLE_REPLY.rawValue, target, 53, source, port)
    request.put(CTA_TIMEOUT.rawValue, UInt32(600).bigEndian)
    request.put(CTA_ZONE.rawValue, zone.bigEndian)
    _ = try socket.ask(request, { ("add", "a connection") }) { $0.type }
  }

  private static func count() throws -> String? {
    try Sysctl("net/netfilter/nf_conntrack_count").read()
  }

  @Test func `every connection of a network goes, in whatever zone, and no other`() throws {
    try inNewNetworkNamespace {
      let socket = try NetlinkSocket(NETLINK_NETFILTER, describedAs: "a socket")
      for port in UInt16(1000)..<1150 {
        try Self.add(from: 1, port: port, zone: port % 2 == 0 ? 0 : 7, socket)
      }
      try Self.add(from: 9, port: 1000, zone: 7, socket)
      #expect(try Self.count() == "151")

      try ConnectionTable().remove(touching: [try #require(IPPrefix("10.0.0.0/29"))])

      #expect(try Self.count() == "1")
    }
  }
}

extension NetlinkRequest {
  fileprivate mutating func putTuple(
    _ type: UInt32,
    _ source: [UInt8],
    _ sourcePort: UInt16,
    _ target: [UInt8],
    _ targetPort: UInt16
  ) {
    nest(type) { tuple in
      tuple.nest(CTA_TUPLE_IP.rawValue) { addresses in
        addresses.put(CTA_IP_V4_SRC.rawValue, bytes: source)
        addresses.put(CTA_IP_V4_DST.rawValue, bytes: target)
      }
      tuple.nest(CTA_TUPLE_PROTO.rawValue) { ports in
        ports.put(CTA_PROTO_NUM.rawValue, UInt8(IPPROTO_UDP))
        ports.put(CTA_PROTO_SRC_PORT.rawValue, sourcePort.bigEndian)
        ports.put(CTA_PROTO_DST_PORT.rawValue, targetPort.bigEndian)
      }
    }
  }
}
