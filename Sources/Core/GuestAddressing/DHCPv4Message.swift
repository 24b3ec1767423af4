// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A message of DHCP for IPv4 between an Ethernet client and a server on its link (RFC 2131 §2).
package struct DHCPv4Message: Hashable, Sendable {
  /// The sender of a message (`op`).
  package enum Direction: UInt8, Hashable, Sendable, CaseIterable {
    /// A client.
    case request = 1
    /// A server.
    case reply = 2
  }

  /// Its sender.
  package var direction: Direction
  /// The transaction ID chosen by the client (`xid`).
  package var transaction: UInt32
  /// Whether the client cannot yet receive unicast packets (`flags`, bit 15).
  package var wantsBroadcast = false
  /// The client's address, if it has one and uses it (`ciaddr`).
  package var clientAddress = IPAddress(unspecified: .v4)
  /// The address assigned to the client (`yiaddr`).
  package var assignedAddress = IPAddress(unspecified: .v4)
  /// The server to boot from (`siaddr`).
  package var nextServer = IPAddress(unspecified: .v4)
  /// The relay that forwarded the message (`giaddr`).
  package var relay = IPAddress(unspecified: .v4)
  /// The client's MAC address (`chaddr`).
  package var hardwareAddress: MACAddress
  /// The boot file (`file`): up to 127 bytes, none of them zero.
  package var bootFile: [UInt8] = []
  /// The options, each code once.
  package var options: [DHCPv4Option] = []

  /// Creates a message without options.
  package init(_ direction: Direction, transaction: UInt32, hardwareAddress: MACAddress) {
    self.direction = direction
    self.transaction = transaction
    self.hardwareAddress = hardwareAddress
  }

  /// The value of an option.
  package subscript(code: DHCPv4Option.Code) -> [UInt8]? {
    options.first { $0.code == code }?.value
  }
}

extension DHCPv4Message {
  /// The magic cookie before the options (RFC 2131 §3).
  static let cookie: UInt32 = 0x6382_5363

  /// Parses a UDP datagram; nil if it is not a message of an Ethernet client.
  package init?(_ bytes: [UInt8]) {
    var reader = PacketReader(bytes)
    guard let direction = reader.integer(as: UInt8.self).flatMap(Direction.init),
      // Hardware type 1, Ethernet, with addresses of 6 bytes; the hop count is ignored.
      reader.integer(as: UInt8.self) == 1, reader.integer(as: UInt8.self) == 6,
      reader.bytes(1) != nil,
      let transaction: UInt32 = reader.integer(), reader.bytes(2) != nil,
      let flags: UInt16 = reader.integer(), let client = reader.address(.v4),
      let assigned = reader.address(.v4), let next = reader.address(.v4),
      let relay = reader.address(.v4),
      let hardware = reader.bytes(16).flatMap({ MACAddress(bytes: Array($0.prefix(6))) }),
      // The server's name is ignored.
      reader.bytes(64) != nil, let file = reader.bytes(128),
      reader.integer(as: UInt32.self) == Self.cookie,
      let options = DHCPv4Option.list(from: reader.rest)
    else { return nil }
    self.init(direction, transaction: transaction, hardwareAddress: hardware)
    wantsBroadcast = flags & 0x8000 != 0
    clientAddress = client
    assignedAddress = assigned
    nextServer = next
    bootFile = Array(file.prefix { $0 != 0 })
    self.relay = relay
    self.options = options
  }

  /// The UDP datagram, with at least the 300 bytes that old BOOTP relays and clients expect.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [direction.rawValue, 1, 6, 0]
    bytes.append(integer: transaction)
    bytes.append(integer: UInt16(0))
    bytes.append(integer: UInt16(wantsBroadcast ? 0x8000 : 0))
    for address in [clientAddress, assignedAddress, nextServer, relay] { bytes += address.bytes }
    bytes += hardwareAddress.bytes + [UInt8](repeating: 0, count: 10 + 64)
    bytes += bootFile + [UInt8](repeating: 0, count: 128 - bootFile.count)
    bytes.append(integer: Self.cookie)
    bytes += options.flatMap { $0.encoded } + [DHCPv4Option.Code.end.rawValue]
    return bytes + [UInt8](repeating: 0, count: max(0, 300 - bytes.count))
  }
}
