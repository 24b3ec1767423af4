// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// An error as the runtime receives it (CNI 1.1.0, "Error").
package struct CNIError: Error, Hashable, Sendable {
  /// The kind of failure.
  package var code: CNIErrorCode

  /// What failed and why, in one line.
  package var message: String

  /// How to fix it; empty if there is nothing to add.
  package var details: String

  /// Creates an error.
  package init(_ code: CNIErrorCode, _ message: String, details: String = "") {
    self.code = code
    self.message = message
    self.details = details
  }

  /// Creates the error for an operation that the kernel refused; by default `internalFailure`.
  package init(_ error: KernelError, code: CNIErrorCode? = nil, details: String = "") {
    self.init(code ?? .internalFailure, error.description, details: details)
  }

  /// Runs a body; if the kernel refuses an operation in it, throws an error.
  package static func converting<Value: ~Copyable>(
    to code: CNIErrorCode? = nil,
    details: @autoclosure () -> String = "",
    _ body: @autoclosure () throws(KernelError) -> Value
  ) throws(CNIError) -> Value {
    do {
      return try body()
    } catch {
      throw CNIError(error, code: code, details: details())
    }
  }

  /// Returns one error that reports all of them, or nil if there are none.
  ///
  /// The code is that of the first; the messages and the details of the first sixteen are joined by
  /// semicolons, the rest is only counted, plus those that the caller has left out.
  package static func combining(_ errors: [CNIError], leavingOut count: Int = 0) -> CNIError? {
    guard let first = errors.first, errors.count + count > 1 else { return errors.first }
    let shown = errors.prefix(reportLimit)
    let others = errors.count - shown.count + count
    let messages = shown.map { $0.message } + (others > 0 ? ["and \(others) more"] : [])
    return CNIError(
      first.code,
      messages.joined(separator: "; "),
      details: shown.map { $0.details }.filter { !$0.isEmpty }.joined(separator: "; ")
    )
  }

  /// The maximum number of errors in one error object.
  static let reportLimit = 16

  /// Returns the error object, with `details` left out if empty; no text is longer than 8 KiB.
  package func json(for version: SpecVersion) -> JSONValue {
    .object([
      "cniVersion": .string(version.rawValue),
      "code": .integer(Int64(clamping: code.rawValue)),
      "msg": .string(message.cut(to: 8192)),
      "details": details.isEmpty ? nil : .string(details.cut(to: 8192)),
    ])
  }
}

extension CNIError: CustomStringConvertible {
  package var description: String { details.isEmpty ? message : "\(message) (\(details))" }
}

extension String {
  /// The text, trimmed, with each run of control characters replaced by a space.
  package var onOneLine: String {
    let words = unicodeScalars.split { $0.value <= 0x20 || (0x7F..<0xA0).contains($0.value) }
    return words.map { String($0) }.joined(separator: " ")
  }

  /// The text on one line, shortened for error messages.
  package var excerpt: String { onOneLine.cut(to: 80) }

  /// The text, or as much of its beginning as fits into a number of bytes together with three dots.
  package func cut(to limit: Int) -> String {
    utf8.count > limit ? beginning(bytes: limit - 3) + "..." : self
  }

  /// The text in double quotes, escaped as in JSON.
  package var inQuotes: String { JSONText(.string(self), .compact).description }
}

/// A state of the kernel that keeps a command from carrying out its configuration.
package protocol Conflict: Error {
  /// The kind of failure, by default `invalidConfiguration`.
  var code: CNIErrorCode { get }

  /// The fault, in one line.
  var message: String { get }

  /// How to fix it.
  var remedy: String { get }
}

extension Conflict {
  package var code: CNIErrorCode { .invalidConfiguration }
}

extension CNIError {
  /// The error for a conflict, with its own code or another.
  package init(_ conflict: some Conflict, _ code: CNIErrorCode? = nil) {
    self.init(code ?? conflict.code, conflict.message, details: conflict.remedy)
  }
}
