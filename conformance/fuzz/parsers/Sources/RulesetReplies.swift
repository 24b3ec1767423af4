// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// Replies of nf_tables: a table, a chain, a rule, a set and its elements
/// (`linux/netfilter/nf_tables.h`).
enum RulesetReplies {
  static let all = texts.map { text in
    let digits = text.utf8.compactMap { Hexadecimal.value(of: $0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }

  /// Returns a reply with other values in its attributes, as long as there are any.
  static func filled(_ reply: [UInt8], with values: ArraySlice<UInt8>) -> [UInt8] {
    var reply = reply
    var values = values
    fill(20..<reply.count, of: &reply, with: &values)
    return reply
  }

  /// Two bytes of length, two of type, of which the highest bit says that attributes follow.
  private static func fill(
    _ range: Range<Int>,
    of reply: inout [UInt8],
    with values: inout ArraySlice<UInt8>
  ) {
    var position = range.lowerBound
    while position + 4 <= range.upperBound {
      let length = Int(reply[position]) | Int(reply[position + 1]) << 8
      let payload = position + 4..<position + length
      if reply[position + 3] & 0x80 != 0 {
        fill(payload, of: &reply, with: &values)
      } else if !isName(reply[payload]) {
        let isText = payload.count > 2 && reply[payload].first ?? 0 >= 0x61
        for place in payload.dropLast(isText ? 1 : 0) {
          guard let value = values.popFirst() else { return }
          reply[place] = value
        }
      }
      position += (length + 3) & ~3
    }
  }

  /// Whether bytes name an expression, whose attributes are as they are for that one alone.
  private static func isName(_ bytes: ArraySlice<UInt8>) -> Bool {
    let names = [
      "meta", "payload", "cmp", "bitwise", "counter", "lookup", "nat", "ct", "masq", "immediate",
    ]
    return names.contains { Array($0.utf8) + [0] == Array(bytes) }
  }

  private static let texts = [
    """
    38000000000a00000100000000000000050000000f000100636e765f62726964676500000800030000000002
    0b00060000056e6f74650000
    """,
    """
    64000000030a00000100000000000000050000000f000100636e765f62726964676500000a00030076657468
    3000000020000480080001000000000008000200000000000a00030076657468300000000800050000000000
    0b00070066696c7465720000
    """,
    """
    14020000060a00000100000000000000050000000f000100636e765f62726964676500000a00020076657468
    300000000c0003000000000000000007cc01048024000180090001006d657461000000001400028008000100
    000000010800020000000006340001800c0001007061796c6f61640024000280080001000000000108000200
    00000000080003000000000608000400000000063000018008000100636d7000240002800800010000000001
    0800020000000000100003800a00010002000000000100004c0001800c00010062697477697365003c000280
    08000100000000010800020000000001080003000000000408000600000000000c00048008000100f0000000
    0c00058008000100000000002c0001800c000100636f756e746572001c0002800c0001000000000000000009
    0c0002000000000000000001300001800b0001006c6f6f6b75700000200002800a000100706f727473000000
    0800020000000001080004000000000028000180080001006e6174001c000280080001000000000108000200
    0000000208000300000000012000018007000100637400001400028008000100000000010800020000000000
    14000180090001006d61737100000000040002803c0001800e000100696d6d65646961746500000028000280
    08000100000000001c0002801800028008000100fffffffd0a0002006f746865720000000b00070000056e6f
    74650000
    """,
    """
    48000000090a00000100000000000000050000000f000100636e765f62726964676500000a000200706f7274
    730000000800030000000084080004000000030d0800050000000008
    """,
    """
    500000000c0a00000100000000000000050000000f000100636e765f62726964676500000a000200706f7274
    73000000200003801c000180100001800c00010000000006005000000800030000000000
    """,
  ]
}
