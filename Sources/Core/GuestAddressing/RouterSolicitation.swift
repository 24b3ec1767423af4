// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A guest's question for its router (RFC 4861 §4.1).
package enum RouterSolicitation {
  /// The number of the ICMPv6 message.
  package static let messageType: UInt8 = 133

  /// Judges an ICMPv6 message whose checksum the kernel has verified.
  ///
  /// Returns false for one that a router must discard (RFC 4861 §6.1.1): from beyond the link, which
  /// its hop limit shows, or malformed, or with a link-layer address from the unspecified address.
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
