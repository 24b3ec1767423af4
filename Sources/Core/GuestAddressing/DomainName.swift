// SPDX-License-Identifier: Apache-2.0

/// The name of a domain or host as used in packets, in lower case and without a trailing dot.
package struct DomainName: Hashable, Sendable {
  /// The name as text.
  package let text: String

  /// Creates a name, or returns nil if a label is not 1 to 63 of `a-z0-9-_` or begins or ends with
  /// a hyphen, or if it has more than 253 bytes (RFC 1035 §2.3; `_` as in services).
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
    "abcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains(byte)
  }

  /// The name as length-prefixed labels, ending with an empty one (RFC 1035 §3.1, uncompressed).
  var encoded: [UInt8] {
    let labels = text.utf8.split(separator: UInt8(ascii: "."))
    return labels.flatMap { [UInt8($0.count)] + Array($0) } + [0]
  }
}

extension DomainName {
  /// The host name of the VM in a pod of this name, or nil if nothing of it is left.
  ///
  /// KubeVirt's pods are called `virt-launcher-NAME-xxxxx`, truncated to 63 bytes including the
  /// five random characters, so the last hyphen may be missing. The host name is the first label.
  package init?(ofVMInPod pod: String) {
    var name = pod.utf8[...]
    let prefix = "virt-launcher-"
    if pod.hasPrefix(prefix) {
      name = name.dropFirst(prefix.utf8.count)
      let hasSuffix = name.dropLast(5).last == UInt8(ascii: "-") || pod.utf8.count == 63
      if hasSuffix, name.suffix(5).allSatisfy(Self.isRandom) { name = name.dropLast(5) }
    }
    var label = name.prefix { $0 != UInt8(ascii: ".") }.prefix(63)
    while label.last == UInt8(ascii: "-") { label.removeLast() }
    self.init(String(decoding: label, as: UTF8.self))
  }

  /// Whether Kubernetes uses a character in random suffixes: no vowels, and no digits like letters.
  private static func isRandom(_ byte: UInt8) -> Bool {
    "bcdfghjklmnpqrstvwxz2456789".utf8.contains(byte)
  }
}

extension DomainName: CustomStringConvertible {
  package var description: String { text }
}
