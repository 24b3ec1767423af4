// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// A guest's question for its router (RFC 4861 §4.1).
package struct RouterSolicitation: Hashable, Sendable {
  /// The number of the ICMPv6 message.
  package static let messageType: UInt8 = 133

  /// The asker's Ethernet address, nil where it has no address yet.
  package var sourceMAC: MACAddress?

  /// Creates a question.
  package init(sourceMAC: MACAddress? = nil) {
    self.sourceMAC = sourceMAC
  }

  /// Reads an ICMPv6 message whose checksum the kernel has judged.
  ///
  /// Returns nil for one that a router must discard (RFC 4861 §6.1.1): from beyond the link, which
  /// its hop limit shows, or malformed, or with an address of a sender that has none.
  package init?(_ bytes: [UInt8], hopLimit: Int, from source: IPAddress) {
    var reader = PacketReader(bytes)
    guard hopLimit == 255, reader.integer(as: UInt8.self) == Self.messageType,
      reader.integer(as: UInt8.self) == 0, reader.bytes(2 + 4) != nil
    else { return nil }
    self.init()
    while !reader.rest.isEmpty {
      guard let type = reader.integer(as: UInt8.self), let length = reader.integer(as: UInt8.self),
        length > 0, let value = reader.bytes(Int(length) * 8 - 2)
      else { return nil }
      if type == 1, length == 1 { sourceMAC = MACAddress(bytes: value) }
    }
    guard sourceMAC == nil || !source.isUnspecified else { return nil }
  }

  /// The ICMPv6 message; its checksum is left to the kernel.
  package var encoded: [UInt8] {
    let option: [UInt8] = sourceMAC.map { [1, 1] + $0.bytes } ?? []
    return [Self.messageType, 0, 0, 0, 0, 0, 0, 0] + option
  }
}
