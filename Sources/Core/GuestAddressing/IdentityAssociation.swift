// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A set of addresses of a client (RFC 8415 §21.4, IA_NA).
package struct IdentityAssociation: Hashable, Sendable {
  /// An address with its lifetimes in seconds (RFC 8415 §21.6); 4294967295 is infinite.
  package struct Address: Hashable, Sendable {
    /// The address.
    package var address: IPAddress
    /// The preferred lifetime.
    package var preferredSeconds: UInt32
    /// The valid lifetime; 0 ends the use of the address.
    package var validSeconds: UInt32

    /// Creates an address.
    package init(_ address: IPAddress, preferredSeconds: UInt32, validSeconds: UInt32) {
      self.address = address
      self.preferredSeconds = preferredSeconds
      self.validSeconds = validSeconds
    }
  }

  /// The ID chosen by the client.
  package var identifier: UInt32
  /// When to contact the server that assigned the addresses, in seconds.
  package var renewalSeconds: UInt32
  /// When to contact any server, in seconds.
  package var rebindingSeconds: UInt32
  /// The addresses.
  package var addresses: [Address]
  /// Why there are none, nil if there is no error.
  package var status: DHCPv6Status?

  /// Creates an association.
  package init(
    identifier: UInt32,
    renewalSeconds: UInt32 = 0,
    rebindingSeconds: UInt32 = 0,
    addresses: [Address] = [],
    status: DHCPv6Status? = nil
  ) {
    self.identifier = identifier
    self.renewalSeconds = renewalSeconds
    self.rebindingSeconds = rebindingSeconds
    self.addresses = addresses
    self.status = status
  }

  /// Parses an option's value; nil if it is malformed.
  package init?(_ value: [UInt8]) {
    var reader = PacketReader(value)
    guard let identifier: UInt32 = reader.integer(), let renewal: UInt32 = reader.integer(),
      let rebinding: UInt32 = reader.integer(), let options = DHCPv6Option.list(from: reader.rest)
    else { return nil }
    self.init(
      identifier: identifier,
      renewalSeconds: renewal,
      rebindingSeconds: rebinding,
      addresses: options.compactMap { $0.code == .address ? Address($0.value) : nil },
      status: options.first { $0.code == .status }.flatMap { DHCPv6Status($0.value) }
    )
  }

  /// The option's value.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = .integer(identifier) + .integer(renewalSeconds)
    bytes.append(integer: rebindingSeconds)
    bytes += addresses.flatMap { DHCPv6Option(.address, $0.encoded).encoded }
    if let status { bytes += DHCPv6Option(.status, status.encoded).encoded }
    return bytes
  }
}

extension IdentityAssociation.Address {
  fileprivate init?(_ value: [UInt8]) {
    var reader = PacketReader(value)
    guard let address = reader.address(.v6), let preferred: UInt32 = reader.integer(),
      let valid: UInt32 = reader.integer()
    else { return nil }
    self.init(address, preferredSeconds: preferred, validSeconds: valid)
  }

  fileprivate var encoded: [UInt8] {
    address.bytes + .integer(preferredSeconds) + .integer(validSeconds)
  }
}

/// The status code of a request (RFC 8415 §21.13), without its text.
package enum DHCPv6Status: UInt16, Hashable, Sendable, CaseIterable {
  case success = 0
  case unspecifiedFailure, noAddressesAvailable, noBinding, notOnLink, useMulticast
  case noPrefixAvailable

  init?(_ value: [UInt8]) {
    var reader = PacketReader(value)
    guard let number: UInt16 = reader.integer() else { return nil }
    self.init(rawValue: number)
  }

  var encoded: [UInt8] { .integer(rawValue) }
}
