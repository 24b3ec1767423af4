// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// The pairs of CNI_ARGS: `IgnoreUnknown=true;K8S_POD_NAME=vm;MAC=02:00:00:00:00:01`.
///
/// Parsing never fails, so that DEL can go on; `judge(knowing:)` throws what ADD must not accept.
package struct Arguments: Sendable {
  /// The text of the variable.
  package let text: String

  private let pairs: [(key: Substring, value: Substring)]

  /// What is not `key=value`.
  private let malformed: [Substring]

  /// Splits a text at its semicolons and equals signs.
  package init(_ text: String) {
    self.text = text
    var pairs: [(key: Substring, value: Substring)] = []
    var malformed: [Substring] = []
    if !text.isEmpty {
      for pair in text.split(separator: ";", omittingEmptySubsequences: false) {
        let parts = pair.split(separator: "=", omittingEmptySubsequences: false)
        if parts.count == 2 {
          pairs.append((parts[0], parts[1]))
        } else {
          malformed.append(pair)
        }
      }
    }
    self.pairs = pairs
    self.malformed = malformed
  }

  /// The value of a key, in exactly this case; of several the last.
  package subscript(key: String) -> String? {
    pairs.last { $0.key == key }.map { String($0.value) }
  }

  /// Throws where a pair is malformed or its key is unknown and `IgnoreUnknown` is not set.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  package func judge(knowing known: [String]) throws(CNIError) {
    if let pair = malformed.first {
      throw Self.fault("invalid pair \(String(pair).inQuotes)")
    }
    if try ignoresUnknown() { return }
    let unknown = pairs.filter { $0.key != "IgnoreUnknown" && !known.contains(String($0.key)) }
    if !unknown.isEmpty {
      let list = unknown.map { "\($0.key)=\($0.value)".inQuotes }.joined(separator: " ")
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
          + "boolean unmarshal error: invalid input \(text)"
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
    CNIError(.invalidEnvironment, "ARGS: \(text)", details: "from CNI_ARGS")
  }
}
