// SPDX-License-Identifier: Apache-2.0

/// Hexadecimal digits and bytes.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef".utf8)

  /// Returns the value of an ASCII hexadecimal digit of either case, nil for any other byte.
  package static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Returns two lower-case digits per byte, with a separator between the bytes if one is given.
  package static func text(of bytes: some Sequence<UInt8>, separator: UInt8? = nil) -> String {
    var text: [UInt8] = []
    for byte in bytes {
      if let separator, !text.isEmpty { text.append(separator) }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Returns two lower-case digits per byte, with colons between the bytes.
  package static func textWithColons(of bytes: some Sequence<UInt8>) -> String {
    text(of: bytes, separator: UInt8(ascii: ":"))
  }

  /// Returns the bytes of a text of two digits each, or nil.
  package static func bytes(of text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { value(of: $0) }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
