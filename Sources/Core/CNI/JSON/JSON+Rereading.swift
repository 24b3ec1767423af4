// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension JSON {
  /// The number of bytes that `withDistinctKeys` prepends to each key.
  static let keyPrefixLength = 8

  /// Returns a lower bound for the number of values in a document, by counting brackets and commas.
  static func valueCount(_ bytes: [UInt8]) -> Int {
    var count = 1
    var position = 0
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""): position = end(ofStringAt: position, bytes)
      case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","):
        count += 1
        position += 1
      default: position += 1
      }
    }
    return count
  }

  /// Returns the document with a number prepended to each key, so that all differ, and with an
  /// exponent appended to each integer beyond 64 bits, so that it is a real.
  static func withDistinctKeys(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    var position = 0
    var keyNumber: UInt32 = 0
    var lastString = 0
    while position < bytes.count {
      let start = position
      switch bytes[start] {
      case UInt8(ascii: "\""):
        position = end(ofStringAt: start, bytes)
        lastString = output.count + 1
      case UInt8(ascii: ":"):
        position += 1
        let number = (0..<4).map { UInt8(truncatingIfNeeded: keyNumber >> ($0 * 8)) }
        output.insert(contentsOf: Hexadecimal.text(of: number).utf8, at: lastString)
        keyNumber += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        position = bytes[start...].firstIndex { !isOfNumber($0) } ?? bytes.count
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        let isHuge = Int64(text) == nil && !text.utf8.contains { $0 | 0x20 == 0x65 || $0 == 0x2E }
        if isHuge {
          output += bytes[start..<position]
          output += "e0".utf8
          continue
        }
      default: position += 1
      }
      output += bytes[start..<position]
    }
    return output
  }

  /// The position after the string that begins at one, or the end of a truncated document.
  private static func end(ofStringAt start: Int, _ bytes: [UInt8]) -> Int {
    var position = start + 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    return min(position + 1, bytes.count)
  }

  private static func isOfNumber(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}
