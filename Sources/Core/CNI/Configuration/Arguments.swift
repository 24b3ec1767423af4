// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The pairs of CNI_ARGS: `IgnoreUnknown=true;K8S_POD_NAME=vm;MAC=02:00:00:00:00:01`.
///
/// Parsing never fails, so that DEL can continue; `judge(knowing:)` throws what ADD must reject.
package struct Arguments: Sendable {
  /// The text of the variable.
  package let text: String

  /// Anything other than `key=value` becomes a key without a value.
  private let pairs: [(key: String, value: String?)]

  /// Splits a text at semicolons and equals signs.
  package init(_ text: String) {
    self.text = text
    pairs = (text.isEmpty ? [] : Self.split(text, at: ";")).map { pair in
      let parts = Self.split(pair, at: "=")
      return parts.count == 2 ? (key: parts[0], value: parts[1]) : (key: pair, value: nil)
    }
  }

  private static func split(_ text: String, at separator: Unicode.Scalar) -> [String] {
    let parts = text.utf8.split(
      separator: UInt8(ascii: separator),
      omittingEmptySubsequences: false
    )
    return parts.map { String(Substring($0)) }
  }

  /// The value of a key, case-sensitive; of several the last.
  package subscript(key: String) -> String? {
    pairs.last { $0.value != nil && $0.key.hasSameBytes(as: key) }?.value
  }

  /// Throws if a pair is malformed, or its key is unknown and `IgnoreUnknown` is not set.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  package func judge(knowing known: [String]) throws(CNIError) {
    if let pair = pairs.first(where: { $0.value == nil }) {
      throw Self.fault("invalid pair \(pair.key.inQuotes)")
    }
    if try ignoresUnknown() { return }
    let accepted = known + ["IgnoreUnknown"]
    let unknown = pairs.filter { pair in !accepted.contains { pair.key.hasSameBytes(as: $0) } }
    if !unknown.isEmpty {
      let list = unknown.map { "\($0.key)=\($0.value ?? "")".inQuotes }.joined(separator: " ")
      throw Self.fault("unknown args [\(list)]")
    }
  }

  private func ignoresUnknown() throws(CNIError) -> Bool {
    guard let text = self["IgnoreUnknown"] else { return false }
    switch text.lowercased() {
    case "1", "true": return true
    case "0", "false": return false
    default:
      throw Self.fault(
        "error parsing value of pair \("IgnoreUnknown=\(text)".inQuotes): "
          + "boolean unmarshal error: invalid input \(text.excerpt)"
      )
    }
  }

  /// Reads the key `MAC`; an empty value counts as absent.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  package func macAddress() throws(CNIError) -> MACAddress? {
    do {
      return try ConfigurationValue(self["MAC"].map(JSONValue.string), at: "MAC").macAddress()
    } catch {
      throw Self.fault(error.message)
    }
  }

  private static func fault(_ text: String) -> CNIError {
    CNIError(.invalidEnvironment, "CNI_ARGS: \(text)")
  }
}
