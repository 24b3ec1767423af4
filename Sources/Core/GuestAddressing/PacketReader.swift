// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// Reads a packet's fields one after another, in network order; nil after the end of the packet.
struct PacketReader {
  /// The unread bytes.
  private(set) var rest: ArraySlice<UInt8>

  /// Starts at the first byte.
  init(_ bytes: some Collection<UInt8>) {
    rest = Array(bytes)[...]
  }

  mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
    as type: Value.Type = Value.self
  ) -> Value? {
    bytes(Value.bitWidth / 8)?.reduce(0) { Value(truncatingIfNeeded: UInt64($0) << 8) | Value($1) }
  }

  mutating func bytes(_ count: Int) -> [UInt8]? {
    guard rest.count >= count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func address(_ family: IPFamily) -> IPAddress? {
    bytes(family.addressBits / 8).flatMap { IPAddress(bytes: $0) }
  }
}

extension [UInt8] {
  /// Appends an integer in network order.
  mutating func append(integer value: some FixedWidthInteger) {
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// The bytes of an integer in network order.
  static func integer(_ value: some FixedWidthInteger) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(integer: value)
    return bytes
  }
}

extension [[UInt8]] {
  /// As many items as fit, concatenated, from the first on.
  func joined(upTo room: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for item in self {
      guard bytes.count + item.count <= room else { break }
      bytes += item
    }
    return bytes
  }
}
