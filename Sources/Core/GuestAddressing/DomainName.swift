// SPDX-License-Identifier: Apache-2.0

/// The name of a domain or host that can stand in a packet, in lower case and without a last dot.
package struct DomainName: Hashable, Sendable {
  /// The name as text.
  package let text: String

  /// Creates a name, or returns nil for one with a label that is not 1 to 63 of `a-z0-9-_`, that
  /// begins or ends with a hyphen, or for more than 253 bytes (RFC 1035 §2.3; `_` as in services).
  package init?(_ text: String) {
    var text = text.lowercased()
    if text.hasSuffix(".") { text.removeLast() }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard text.utf8.count <= 253, labels.allSatisfy(Self.isLabel) else { return nil }
    self.text = text
  }

  private static func isLabel(_ label: Substring.UTF8View.SubSequence) -> Bool {
    (1...63).contains(label.count) && label.first != UInt8(ascii: "-")
      && label.last != UInt8(ascii: "-") && label.allSatisfy(isPart)
  }

  private static func isPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// The name as labels, each behind its length, up to the empty one (RFC 1035 §3.1, uncompressed).
  var encoded: [UInt8] {
    let labels = text.utf8.split(separator: UInt8(ascii: "."))
    return labels.flatMap { [UInt8($0.count)] + Array($0) } + [0]
  }

  /// Reads uncompressed names up to the end of the bytes; nil where these are not names.
  static func list(from bytes: [UInt8]) -> [DomainName]? {
    var reader = PacketReader(bytes)
    var names: [DomainName] = []
    var labels: [String] = []
    while let length = reader.integer(as: UInt8.self) {
      if length == 0 {
        guard let name = DomainName(labels.joined(separator: ".")) else { return nil }
        names.append(name)
        labels = []
      } else {
        guard let label = reader.bytes(Int(length)), length <= 63 else { return nil }
        labels.append(String(decoding: label, as: UTF8.self))
      }
    }
    return labels.isEmpty ? names : nil
  }
}

extension DomainName: CustomStringConvertible {
  package var description: String { text }
}
