// SPDX-License-Identifier: Apache-2.0

/// An option of a DHCP message for IPv4 (RFC 2132).
package struct DHCPv4Option: Hashable, Sendable {
  /// The code of an option; the numbers are those of the IANA registry.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static var pad: Code { Code(rawValue: 0) }
    package static var subnetMask: Code { Code(rawValue: 1) }
    package static var router: Code { Code(rawValue: 3) }
    package static var domainServer: Code { Code(rawValue: 6) }
    package static var hostname: Code { Code(rawValue: 12) }
    package static var domainName: Code { Code(rawValue: 15) }
    package static var mtu: Code { Code(rawValue: 26) }
    package static var ntpServers: Code { Code(rawValue: 42) }
    package static var addressRequest: Code { Code(rawValue: 50) }
    package static var addressTime: Code { Code(rawValue: 51) }
    package static var messageType: Code { Code(rawValue: 53) }
    package static var serverIdentifier: Code { Code(rawValue: 54) }
    package static var maximumMessageSize: Code { Code(rawValue: 57) }
    package static var renewalTime: Code { Code(rawValue: 58) }
    package static var rebindingTime: Code { Code(rawValue: 59) }
    package static var clientIdentifier: Code { Code(rawValue: 61) }
    package static var tftpServerName: Code { Code(rawValue: 66) }
    package static var bootFileName: Code { Code(rawValue: 67) }
    package static var domainSearch: Code { Code(rawValue: 119) }
    package static var end: Code { Code(rawValue: 255) }
  }

  /// The code; neither `pad` nor `end`, which are not options.
  package let code: Code
  /// The value.
  package let value: [UInt8]

  /// Creates an option.
  package init(_ code: Code, _ value: [UInt8]) {
    self.code = code
    self.value = value
  }

  /// The option's bytes; a value of more than 255 bytes is split (RFC 3396 §5).
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    var rest = value[...]
    repeat {
      let part = rest.prefix(255)
      bytes += [code.rawValue, UInt8(part.count)] + part
      rest = rest.dropFirst(part.count)
    } while !rest.isEmpty
    return bytes
  }

  /// Parses options up to the end option or the last byte; split ones are joined (RFC 3396 §7).
  ///
  /// Returns nil if one is truncated.
  static func list(from bytes: ArraySlice<UInt8>) -> [DHCPv4Option]? {
    var reader = PacketReader(bytes)
    var values: [Code: [UInt8]] = [:]
    var order: [Code] = []
    while let number = reader.integer(as: UInt8.self) {
      let code = Code(rawValue: number)
      if code == .end { break }
      if code == .pad { continue }
      guard let length = reader.integer(as: UInt8.self), let value = reader.bytes(Int(length))
      else { return nil }
      if values[code] == nil { order.append(code) }
      values[code, default: []] += value
    }
    return order.map { DHCPv4Option($0, values[$0] ?? []) }
  }
}

/// The type of a DHCP message for IPv4 (RFC 2132 §9.6).
package enum DHCPv4MessageType: UInt8, Hashable, Sendable {
  case discover = 1
  case offer, request, decline, acknowledge, refuse, release, inform
}

extension DHCPv4Message {
  /// The type of the message; nil for BOOTP and unknown types.
  package var type: DHCPv4MessageType? {
    self[.messageType].flatMap { $0.count == 1 ? DHCPv4MessageType(rawValue: $0[0]) : nil }
  }
}
