// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// An error as the runtime receives it (CNI 1.1.0, "Error").
package struct CNIError: Error, Hashable, Sendable {
  /// The kind of failure.
  package var code: CNIErrorCode

  /// What failed and why, in one line.
  package var message: String

  /// What helps to put it right; empty if there is nothing to add.
  package var details: String

  /// Creates an error.
  package init(_ code: CNIErrorCode, _ message: String, details: String = "") {
    self.code = code
    self.message = message
    self.details = details
  }

  /// Creates the error of an operation that the kernel refused; by default `internalFailure`.
  package init(_ error: KernelError, code: CNIErrorCode? = nil, details: String = "") {
    self.init(code ?? .internalFailure, error.description, details: details)
  }

  /// Returns one error that reports all of them, or nil if there are none.
  ///
  /// The first gives the code; the messages and the details are joined by semicolons.
  package static func combining(_ errors: [CNIError]) -> CNIError? {
    guard let first = errors.first, errors.count > 1 else { return errors.first }
    return CNIError(
      first.code,
      errors.map { $0.message }.joined(separator: "; "),
      details: errors.map { $0.details }.filter { !$0.isEmpty }.joined(separator: "; ")
    )
  }

  /// Returns the error object, with `details` left out if empty.
  package func json(for version: SpecVersion) -> JSONValue {
    .object([
      "cniVersion": .string(version.rawValue),
      "code": .integer(Int64(clamping: code.rawValue)),
      "msg": .string(message),
      "details": details.isEmpty ? nil : .string(details),
    ])
  }
}

extension CNIError: CustomStringConvertible {
  package var description: String { details.isEmpty ? message : "\(message) (\(details))" }
}

extension String {
  /// The text without blanks at its ends, and with each run of control characters as one blank.
  package var onOneLine: String {
    let scalars = unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
    let words = scalars.split(separator: " ")
    return words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
  }

  /// The text in double quotes, escaped as in JSON.
  package var inQuotes: String { JSONText(.string(self), .compact).description }
}
