// SPDX-License-Identifier: Apache-2.0

/// A message of DHCP for IPv6 between a client and a server on its link (RFC 8415 §8).
package struct DHCPv6Message: Hashable, Sendable {
  /// The type of a message (RFC 8415 §7.3), except those of relays.
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case solicit = 1
    case advertise, request, confirm, renew, rebind, reply, release, decline, reconfigure
    case informationRequest
  }

  /// The type.
  package var kind: Kind
  /// The transaction ID chosen by the client: 24 bits.
  package var transaction: UInt32
  /// The options in order; a code may occur more than once.
  package var options: [DHCPv6Option]

  /// Creates a message.
  package init(_ kind: Kind, transaction: UInt32, options: [DHCPv6Option] = []) {
    self.kind = kind
    self.transaction = transaction & 0xFF_FFFF
    self.options = options
  }

  /// Parses a UDP datagram; nil if it is not a message between a client and a server.
  package init?(_ bytes: [UInt8]) {
    var reader = PacketReader(bytes)
    guard let word: UInt32 = reader.integer(), let kind = Kind(rawValue: UInt8(word >> 24)),
      let options = DHCPv6Option.list(from: reader.rest)
    else { return nil }
    self.init(kind, transaction: word, options: options)
  }

  /// The UDP datagram.
  package var encoded: [UInt8] {
    .integer(UInt32(kind.rawValue) << 24 | transaction) + options.flatMap { $0.encoded }
  }

  /// The value of the first option with a code.
  package subscript(code: DHCPv6Option.Code) -> [UInt8]? {
    options.first { $0.code == code }?.value
  }
}

/// An option of a DHCP message for IPv6 (RFC 8415 §21).
package struct DHCPv6Option: Hashable, Sendable {
  /// The code of an option; the numbers are those of the IANA registry.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    package static var clientIdentifier: Code { Code(rawValue: 1) }
    package static var serverIdentifier: Code { Code(rawValue: 2) }
    /// IA_NA: addresses that a client has or requests.
    package static var addresses: Code { Code(rawValue: 3) }
    /// IA_TA: temporary addresses.
    package static var temporaryAddresses: Code { Code(rawValue: 4) }
    package static var address: Code { Code(rawValue: 5) }
    package static var preference: Code { Code(rawValue: 7) }
    package static var status: Code { Code(rawValue: 13) }
    package static var rapidCommit: Code { Code(rawValue: 14) }
    package static var nameServers: Code { Code(rawValue: 23) }
    package static var domainList: Code { Code(rawValue: 24) }
    /// IA_PD: prefixes that a router has or requests.
    package static var prefixes: Code { Code(rawValue: 25) }
  }

  /// The code.
  package let code: Code
  /// The value: at most 65535 bytes.
  package let value: [UInt8]

  /// Creates an option.
  package init(_ code: Code, _ value: [UInt8] = []) {
    self.code = code
    self.value = value
  }

  var encoded: [UInt8] {
    .integer(code.rawValue) + .integer(UInt16(value.count)) + value
  }

  /// Parses options up to the last byte; nil if one is truncated.
  static func list(from bytes: ArraySlice<UInt8>) -> [DHCPv6Option]? {
    var reader = PacketReader(bytes)
    var options: [DHCPv6Option] = []
    while !reader.rest.isEmpty {
      guard let code: UInt16 = reader.integer(), let length: UInt16 = reader.integer(),
        let value = reader.bytes(Int(length))
      else { return nil }
      options.append(DHCPv6Option(Code(rawValue: code), value))
    }
    return options
  }
}
