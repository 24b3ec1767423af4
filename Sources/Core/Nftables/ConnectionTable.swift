// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Netlink
package import NetworkModel

/// The kernel's tracked connections in one network namespace (`ctnetlink`).
///
/// NAT rules are only evaluated for a connection's first packet: connections tracked before a rule
/// is added, or that outlive it, keep their old translation until they are removed here.
package struct ConnectionTable: ~Copyable {
  private let socket: NetlinkSocket

  /// Opens the table of the calling thread's namespace.
  package init() throws(KernelError) {
    socket = try NetlinkSocket.open(
      NETLINK_NETFILTER,
      describedAs: "a netlink socket for conntrack"
    )
  }

  /// Removes every connection with an address in one of the networks.
  ///
  /// The kernel searches the connections of the whole node.
  /// - Throws: `KernelError`; EINVAL from a kernel without `nf_conntrack_netlink`.
  package borrowing func remove(touching networks: [IPPrefix]) throws(KernelError) {
    let found = try connections(touching: networks)
    // Each removal is a separate message; a datagram holds many.
    for start in stride(from: 0, to: found.count, by: 64) {
      try remove(found[start..<min(start + 64, found.count)])
    }
  }

  /// A guest determines how many there are: only those to remove are kept.
  borrowing func connections(touching networks: [IPPrefix]) throws(KernelError) -> [Connection] {
    var request = NetfilterBatch()
    request.begin(IPCTNL_MSG_CT_GET, .many)
    return try socket.ask(request, { ("list", "tracked connections") }) {
      Connection($0, touching: networks)
    }
  }

  borrowing func remove(_ connections: ArraySlice<Connection>) throws(KernelError) {
    var request = NetfilterBatch()
    for connection in connections {
      request.begin(IPCTNL_MSG_CT_DELETE, family: connection.family, .acknowledgement)
      var rest = connection.identity[...]
      while let type = rest.popFirst(), let length = rest.popFirst() {
        let nesting = type == CTA_TUPLE_ORIG.rawValue ? UInt32(NLA_F_NESTED) : 0
        request.put(UInt32(type) | nesting, bytes: rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
      }
    }
    var answered: UInt32 = 0
    let words = { ("remove", "a tracked connection") }
    try socket.exchange(request, words) { reply throws(KernelError) in
      guard let verdict = reply.verdict else { return false }
      // One that expired meanwhile is gone as intended.
      guard verdict.errno == 0 || verdict.errno == ENOENT else {
        throw KernelError(verdict.errno, text: verdict.text, words)
      }
      answered += 1
      return answered == request.count
    }
  }
}

extension NetfilterBatch {
  /// Starts a message of `ctnetlink` (`linux/netfilter/nfnetlink.h`, `struct nfgenmsg`).
  fileprivate mutating func begin(
    _ type: cntl_msg_types,
    family: UInt8 = UInt8(AF_UNSPEC),
    _ answers: NetlinkAnswers
  ) {
    begin(
      Int(NFNL_SUBSYS_CTNETLINK) << 8 | Int(type.rawValue),
      answers,
      header: nfgenmsg(nfgen_family: family, version: UInt8(NFNETLINK_V0), res_id: 0)
    )
  }
}

/// The part of a tracked connection needed to find it again.
struct Connection {
  let family: UInt8
  /// The attributes that identify it: its original direction, its zone and its ID.
  ///
  /// Type, length and payload of each, in one piece, since there may be hundreds of thousands.
  let identity: [UInt8]

  /// Parses a connection with an address, in either direction, in one of the networks.
  init?(_ reply: NetlinkReply, touching networks: [IPPrefix]) {
    guard let family = reply.payload.first else { return nil }
    self.family = family
    let attributes = reply.attributes(after: MemoryLayout<nfgenmsg>.size)
    let touches = [CTA_TUPLE_ORIG, CTA_TUPLE_REPLY].contains { direction in
      let tuple = attributes.nested(direction.rawValue)?.nested(CTA_TUPLE_IP.rawValue)
      return tuple?.contains { attribute in
        guard let address = IPAddress(bytes: Array(attribute.payload)) else { return false }
        return networks.contains { $0.contains(address) }
      } ?? false
    }
    guard touches else { return nil }
    var identity: [UInt8] = []
    for attribute in attributes {
      guard let type = UInt8(exactly: attribute.type), attribute.payload.count < 256,
        [CTA_TUPLE_ORIG.rawValue, CTA_ZONE.rawValue, CTA_ID.rawValue].contains(UInt32(type))
      else { continue }
      identity += [type, UInt8(attribute.payload.count)] + attribute.payload
    }
    self.identity = identity
  }
}
