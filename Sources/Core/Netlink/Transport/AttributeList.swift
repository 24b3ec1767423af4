// SPDX-License-Identifier: Apache-2.0

/// The attributes of a netlink message (`linux/netlink.h`, `struct nlattr`).
package struct AttributeList: Sequence {
  /// One attribute: its type without flags, and its payload.
  package struct Attribute {
    /// The type (`IFLA_…`, `CTA_…`).
    package let type: Int
    /// The payload.
    package let payload: ArraySlice<UInt8>
  }

  private let bytes: ArraySlice<UInt8>

  /// Parses attributes from bytes; a malformed rest is ignored, as in the kernel's `nla_for_each`.
  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
  }

  /// Iterates over attributes.
  package struct Iterator: IteratorProtocol {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    fileprivate init(_ bytes: ArraySlice<UInt8>) {
      self.bytes = bytes
      position = bytes.startIndex
    }

    /// Returns the next attribute.
    package mutating func next() -> Attribute? {
      nextPlace().map { Attribute(type: $0.type, payload: bytes[$0.payload]) }
    }

    /// Returns the next attribute's type and the position of its payload.
    fileprivate mutating func nextPlace() -> (type: Int, payload: Range<Int>)? {
      guard let length = bytes.integer(at: position, as: UInt16.self).map(Int.init),
        let type = bytes.integer(at: position + 2, as: UInt16.self),
        length >= 4, length <= bytes.endIndex - position
      else { return nil }
      defer { position += (length + 3) & ~3 }
      // The two high bits are NLA_F_NESTED and NLA_F_NET_BYTEORDER.
      return (Int(type & 0x3FFF), position + 4..<position + length)
    }
  }

  /// Starts at the first attribute.
  package func makeIterator() -> Iterator {
    Iterator(bytes)
  }

  /// Returns the payload of the last attribute of a type.
  package subscript(_ type: some BinaryInteger) -> ArraySlice<UInt8>? {
    var found: Range<Int>?
    var iterator = makeIterator()
    while let place = iterator.nextPlace() {
      if place.type == Int(type) { found = place.payload }
    }
    return found.map { bytes[$0] }
  }

  /// Returns the attributes inside the last attribute of a type.
  package func nested(_ type: some BinaryInteger) -> AttributeList? {
    self[type].map(AttributeList.init)
  }
}

extension ArraySlice<UInt8> {
  /// The integer at the start, in host byte order; nil if there are too few bytes.
  package func integer<Value: FixedWidthInteger & BitwiseCopyable>(as type: Value.Type) -> Value? {
    integer(at: startIndex, as: type)
  }

  /// The integer at an index, in host byte order; nil if there are too few bytes.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    at position: Int,
    as type: Value.Type
  ) -> Value? {
    guard position >= startIndex, endIndex - position >= Value.bitWidth / 8 else { return nil }
    return unsafe withUnsafeBytes {
      unsafe $0.loadUnaligned(fromByteOffset: position - startIndex, as: type)
    }
  }

  /// The text up to the first NUL.
  package var text: String {
    String(decoding: prefix { $0 != 0 }, as: UTF8.self)
  }
}
