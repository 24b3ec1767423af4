// SPDX-License-Identifier: Apache-2.0

/// Hexadecimal digits and bytes.
package enum Hexadecimal {
  private static let digits = Array("0123456789abcdef")

  /// Returns the value of an ASCII hexadecimal digit of either case, nil for any other byte.
  package static func value(of digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// Returns two lower-case digits.
  package static func text(of byte: UInt8) -> String {
    String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }

  /// Returns two lower-case digits a byte, without separators.
  package static func text(of bytes: some Sequence<UInt8>) -> String {
    bytes.map { text(of: $0) }.joined()
  }
}
