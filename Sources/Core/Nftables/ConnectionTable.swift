// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
package import NetworkModel

/// The connections that the kernel tracks in one network namespace (`ctnetlink`).
///
/// A rule that translates addresses is asked at a connection's first packet only: what is tracked
/// before a rule comes, or outlives it, keeps going its old way until it is removed here.
package struct ConnectionTable: ~Copyable {
  private let socket: NetfilterSocket

  /// Opens the table of the namespace that the calling thread is in.
  /// - Throws: `KernelError`.
  package init() throws(KernelError) {
    socket = try NetfilterSocket()
  }

  /// Removes every connection one of whose addresses lies in one of the networks.
  ///
  /// The kernel goes through the connections of the whole node to find them.
  /// - Throws: `KernelError`; EINVAL from a kernel without `nf_conntrack_netlink`.
  package borrowing func remove(touching networks: [IPPrefix]) throws(KernelError) {
    let found = try connections().filter { connection in
      connection.addresses.contains { address in networks.contains { $0.contains(address) } }
    }
    // Each removal is a message of its own; a datagram holds many.
    for start in stride(from: 0, to: found.count, by: 64) {
      try remove(found[start..<min(start + 64, found.count)])
    }
  }

  private borrowing func connections() throws(KernelError) -> [Connection] {
    let type = IPCTNL_MSG_CT_GET.rawValue
    let request = ConnectionRequest(type: type, flags: NLM_F_DUMP, sequence: 1)
    try send(request.bytes, "tracked connections")
    var connections: [Connection] = []
    _ = try socket.receive(describedAs: "tracked connections") { message throws(KernelError) in
      if let answer = message.acknowledgement {
        guard answer.errno != 0 else { return false }
        throw KernelError(
          errno: answer.errno,
          kernelText: answer.text,
          operation: "list",
          object: "tracked connections"
        )
      }
      if let connection = Connection(message) { connections.append(connection) }
      return true
    }
    return connections
  }

  private borrowing func remove(_ connections: ArraySlice<Connection>) throws(KernelError) {
    var bytes: [UInt8] = []
    for (number, connection) in connections.enumerated() {
      var request = ConnectionRequest(
        type: IPCTNL_MSG_CT_DELETE.rawValue,
        flags: NLM_F_ACK,
        sequence: UInt32(number + 1),
        family: connection.family
      )
      for attribute in connection.identity { request.append(attribute) }
      bytes += request.bytes
    }
    try send(bytes, "the removal of tracked connections")
    _ = try socket.receive(describedAs: "the removal of tracked connections") {
      message throws(KernelError) in
      // One that ended by itself meanwhile is gone as wished.
      guard let answer = message.acknowledgement, answer.errno != 0, answer.errno != ENOENT else {
        return true
      }
      throw KernelError(
        errno: answer.errno,
        kernelText: answer.text,
        operation: "remove",
        object: "a tracked connection"
      )
    }
  }

  private borrowing func send(_ bytes: [UInt8], _ object: String) throws(KernelError) {
    var failure: KernelError?
    unsafe bytes.withUnsafeBytes { bytes in
      do throws(KernelError) {
        try unsafe socket.send(bytes, describedAs: object)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

/// A request of `ctnetlink` (`linux/netfilter/nfnetlink.h`, `struct nfgenmsg`).
private struct ConnectionRequest {
  private(set) var bytes: [UInt8]

  init(type: UInt32, flags: Int32, sequence: UInt32, family: UInt8 = UInt8(AF_UNSPEC)) {
    let kind = UInt16(NFNL_SUBSYS_CTNETLINK) << 8 | UInt16(type)
    bytes = Self.host(UInt32(20)) + Self.host(kind) + Self.host(UInt16(NLM_F_REQUEST | flags))
    bytes += Self.host(sequence) + Self.host(UInt32(0)) + [family, UInt8(NFNETLINK_V0), 0, 0]
  }

  mutating func append(_ attribute: Attribute) {
    bytes += Self.host(UInt16(attribute.payload.count + 4)) + Self.host(attribute.type)
    bytes += attribute.payload
    bytes += [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    bytes.replaceSubrange(0..<4, with: Self.host(UInt32(bytes.count)))
  }

  private static func host<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) -> [UInt8] {
    var value = value
    return unsafe withUnsafeBytes(of: &value) { unsafe Array($0) }
  }
}

/// A tracked connection as far as it is needed to find it again.
private struct Connection {
  let family: UInt8
  /// The attributes that name it: its first direction, its zone and its number.
  let identity: [Attribute]
  /// Source and destination of both directions.
  let addresses: [IPAddress]

  init?(_ message: Message) {
    let bytes = unsafe Array(
      UnsafeRawBufferPointer(start: message.header, count: Int(message.header.pointee.nlmsg_len))
    )
    guard bytes.count >= 20 else { return nil }
    family = bytes[16]
    let attributes = Attribute.list(bytes[20...])
    identity = attributes.filter {
      [CTA_TUPLE_ORIG.rawValue, CTA_ZONE.rawValue, CTA_ID.rawValue].contains(UInt32($0.number))
    }
    addresses = attributes.filter {
      [CTA_TUPLE_ORIG.rawValue, CTA_TUPLE_REPLY.rawValue].contains(UInt32($0.number))
    }
    .flatMap { Attribute.list($0.payload[...]) }
    .filter { UInt32($0.number) == CTA_TUPLE_IP.rawValue }
    .flatMap { Attribute.list($0.payload[...]) }
    .compactMap { IPAddress(bytes: $0.payload) }
  }
}

/// One netlink attribute (`linux/netlink.h`, `struct nlattr`).
private struct Attribute {
  /// The type with its flags.
  let type: UInt16
  let payload: [UInt8]

  /// The type without NLA_F_NESTED and NLA_F_NET_BYTEORDER.
  var number: UInt16 { type & 0x3FFF }

  static func list(_ bytes: ArraySlice<UInt8>) -> [Attribute] {
    var list: [Attribute] = []
    var rest = bytes
    while rest.count >= 4 {
      let (length, type) = unsafe rest.withUnsafeBytes { bytes in
        unsafe (
          Int(bytes.loadUnaligned(as: UInt16.self)),
          bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self)
        )
      }
      guard (4...rest.count).contains(length) else { break }
      list.append(Attribute(type: type, payload: Array(rest.prefix(length).dropFirst(4))))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return list
  }
}
