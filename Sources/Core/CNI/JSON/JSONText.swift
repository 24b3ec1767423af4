// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The text of a JSON value: keys sorted by their bytes, slashes and `<>&` plain.
package struct JSONText {
  /// The layout of the text.
  package enum Layout: Sendable {
    /// On one line, without spaces.
    case compact
    /// One member or element per line, indented by 4 spaces per level.
    case indented
  }

  /// The text as UTF-8, without a newline at the end.
  package private(set) var bytes: [UInt8] = []

  private let layout: Layout

  /// Formats a value.
  package init(_ value: JSONValue, _ layout: Layout) {
    self.layout = layout
    write(value, level: 0)
  }

  private mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): bytes += String(value).utf8
    case .real(let value): bytes += value.description.utf8
    case .string(let value): write(quoted: value)
    case .array(let elements):
      write(elements, between: "[", "]", level: level) { $0.write($1, level: level + 1) }
    case .object(let object):
      let members = object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      write(members, between: "{", "}", level: level) {
        $0.write(quoted: $1.key)
        $0.bytes += ($0.layout == .compact ? ":" : ": ").utf8
        $0.write($1.value, level: level + 1)
      }
    }
  }

  private mutating func write<Item>(
    _ items: [Item],
    between opening: Unicode.Scalar,
    _ closing: Unicode.Scalar,
    level: Int,
    _ writeItem: (inout JSONText, Item) -> Void
  ) {
    bytes.append(UInt8(ascii: opening))
    for (position, item) in items.enumerated() {
      if position > 0 { bytes.append(UInt8(ascii: ",")) }
      breakLine(level: level + 1)
      writeItem(&self, item)
    }
    if !items.isEmpty { breakLine(level: level) }
    bytes.append(UInt8(ascii: closing))
  }

  private mutating func breakLine(level: Int) {
    guard layout == .indented else { return }
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 4 * level))
  }

  private mutating func write(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += #"\""#.utf8
      case UInt8(ascii: "\\"): bytes += #"\\"#.utf8
      case UInt8(ascii: "\n"): bytes += #"\n"#.utf8
      case UInt8(ascii: "\r"): bytes += #"\r"#.utf8
      case UInt8(ascii: "\t"): bytes += #"\t"#.utf8
      case 0..<0x20, 0x7F: bytes += (#"\u00"# + Hexadecimal.text(of: [byte])).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONText: CustomStringConvertible {
  package var description: String { String(decoding: bytes, as: UTF8.self) }
}
