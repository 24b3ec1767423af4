// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A guest's router solicitation (RFC 4861 §4.1).
package enum RouterSolicitation {
  /// The ICMPv6 type.
  package static let messageType: UInt8 = 133

  /// Checks an ICMPv6 message whose checksum the kernel has verified.
  ///
  /// Returns false if a router must discard it (RFC 4861 §6.1.1): it comes from beyond the link,
  /// according to its hop limit, is malformed, or has a link-layer address but no source.
  package static func isValid(_ bytes: [UInt8], hopLimit: Int, from source: IPAddress) -> Bool {
    var reader = PacketReader(bytes)
    guard hopLimit == 255, reader.integer(as: UInt8.self) == messageType,
      reader.integer(as: UInt8.self) == 0, reader.bytes(2 + 4) != nil
    else { return false }
    while !reader.rest.isEmpty {
      guard let type = reader.integer(as: UInt8.self), let length = reader.integer(as: UInt8.self),
        length > 0, reader.bytes(Int(length) * 8 - 2) != nil, type != 1 || !source.isUnspecified
      else { return false }
    }
    return true
  }
}
