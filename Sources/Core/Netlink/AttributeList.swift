// SPDX-License-Identifier: Apache-2.0

/// The attributes of a netlink message, one after another (`linux/netlink.h`, `struct nlattr`).
struct AttributeList: Sequence {
  /// One attribute: its type without flags, and its payload.
  struct Attribute {
    let type: Int
    let payload: ArraySlice<UInt8>
  }

  private let bytes: ArraySlice<UInt8>

  /// Reads attributes from bytes; a malformed rest is left out, as in the kernel's `nla_for_each`.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
  }

  /// Goes from attribute to attribute.
  struct Iterator: IteratorProtocol {
    fileprivate var rest: ArraySlice<UInt8>

    mutating func next() -> Attribute? {
      guard rest.count >= 4, let length = rest.integer(as: UInt16.self).map(Int.init),
        (4...rest.count).contains(length)
      else { return nil }
      let type = rest.dropFirst(2).integer(as: UInt16.self) ?? 0
      // The two high bits are NLA_F_NESTED and NLA_F_NET_BYTEORDER.
      let attribute = Attribute(type: Int(type & 0x3FFF), payload: rest.prefix(length).dropFirst(4))
      rest = rest.dropFirst((length + 3) & ~3)
      return attribute
    }
  }

  func makeIterator() -> Iterator {
    Iterator(rest: bytes)
  }

  /// Returns the payload of the last attribute of a type.
  subscript(_ type: some BinaryInteger) -> ArraySlice<UInt8>? {
    var found: ArraySlice<UInt8>?
    for attribute in self where attribute.type == Int(type) { found = attribute.payload }
    return found
  }

  /// Returns the attributes inside the last attribute of a type.
  func nested(_ type: some BinaryInteger) -> AttributeList? {
    self[type].map(AttributeList.init)
  }
}

extension ArraySlice<UInt8> {
  /// The integer at the start, in the host's byte order; nil where the bytes do not suffice.
  func integer<Value: FixedWidthInteger & BitwiseCopyable>(as type: Value.Type) -> Value? {
    guard count >= Value.bitWidth / 8 else { return nil }
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(as: type) }
  }

  /// The text up to the first NUL.
  var text: String {
    String(decoding: prefix { $0 != 0 }, as: UTF8.self)
  }
}
