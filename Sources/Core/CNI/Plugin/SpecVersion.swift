// SPDX-License-Identifier: Apache-2.0

/// A released version of the CNI specification supported by the plugins.
package enum SpecVersion: String, CaseIterable, Sendable {
  case v0_1_0 = "0.1.0"
  case v0_2_0 = "0.2.0"
  case v0_3_0 = "0.3.0"
  case v0_3_1 = "0.3.1"
  case v0_4_0 = "0.4.0"
  case v1_0_0 = "1.0.0"
  case v1_1_0 = "1.1.0"

  /// The version of replies if the configuration's is unknown.
  package static var latest: SpecVersion { .v1_1_0 }

  /// Rejects a result without addresses before 0.3.0, when a result consisted only of these; a
  /// plugin that assigns none asks before it acts.
  package func judge(hasAddresses: Bool) throws(CNIError) {
    guard !hasAddresses, self < .v0_3_0 else { return }
    throw CNIError(
      .incompatibleVersion,
      "cannot express a result without addresses in CNI \(rawValue)",
      details: #"set "cniVersion" to "0.3.0" or newer, or configure "ipam""#
    )
  }

  /// Whether a command accepts a configuration of this version.
  package func allows(_ command: Command) -> Bool {
    switch command {
    case .add, .delete, .version: true
    case .check: self >= .v0_4_0
    case .collectGarbage, .status: self >= .v1_1_0
    }
  }
}

extension SpecVersion: Comparable {
  package static func < (left: SpecVersion, right: SpecVersion) -> Bool {
    left.rawValue < right.rawValue
  }
}

extension CNIError {
  /// The error for a configuration whose version is not supported.
  static func unsupportedVersion(_ text: String) -> CNIError {
    let supported = SpecVersion.allCases.map { $0.rawValue.inQuotes }.joined(separator: " ")
    return CNIError(
      .incompatibleVersion,
      "incompatible CNI versions",
      details: "config is \(text.excerpt.inQuotes), plugin supports [\(supported)]"
    )
  }
}
