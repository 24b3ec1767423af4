// SPDX-License-Identifier: Apache-2.0

import NetworkModel

@testable import Netlink

/// A netlink request as text that does not depend on the order of its attributes: a line each, with
/// the types on the way to it.
///
/// Two requests of equal trees are the same to the kernel.
enum AttributeTree {
  /// Returns the lines of a request whose family header has a size, sorted.
  ///
  /// `nested` are the paths that hold attributes; sizes behind them are of a header in front. The
  /// sequence number and the port, which the sender chooses, are left out.
  static func lines(of request: [UInt8], header size: Int, nested: [[Int]: Int]) -> [String] {
    // NLM_F_REQUEST and NLM_F_ACK are the socket's to set.
    let start = "type \(request[4]) flags \(request[6] & 0xFA),\(request[7])"
    let header = "header \(Hexadecimal.text(of: request[16..<(16 + size)]))"
    return [start, header]
      + attributes(request[(16 + size)...], at: [], nested).sorted()
  }

  private static func attributes(
    _ bytes: ArraySlice<UInt8>,
    at path: [Int],
    _ nested: [[Int]: Int]
  ) -> [String] {
    AttributeList(bytes).flatMap { attribute -> [String] in
      let path = path + [attribute.type]
      guard let size = nested[path] else {
        return ["\(path) \(Hexadecimal.text(of: attribute.payload))"]
      }
      let header =
        size == 0 ? [] : ["\(path) \(Hexadecimal.text(of: attribute.payload.prefix(size)))"]
      return header + attributes(attribute.payload.dropFirst(size), at: path, nested)
    }
  }

  /// Returns the bytes of hexadecimal text with line breaks.
  static func bytes(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap { Hexadecimal.value(of: $0) }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

extension RouteMessage {
  /// The bytes as they are sent, but for number and port.
  var bytes: [UInt8] {
    unsafe Array(UnsafeRawBufferPointer(start: header, count: size))
  }
}
