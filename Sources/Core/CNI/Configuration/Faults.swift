// SPDX-License-Identifier: Apache-2.0

/// The errors of one configuration, or of a removal that continues after failures, collected in
/// order to report them together.
///
///     var faults = Faults()
///     let port = faults.gather(try configuration["port"].integer(in: 1...65535))
///     try faults.throwIfAny()
package struct Faults: Sendable {
  /// The errors found so far.
  package private(set) var errors: [CNIError] = []

  private var others = 0

  /// Creates an empty collection.
  package init() {}

  /// Returns what the reading returns, or records its error and returns nil.
  @discardableResult
  package mutating func gather<Value>(
    _ reading: @autoclosure () throws(CNIError) -> Value?
  ) -> Value? {
    do {
      return try reading()
    } catch {
      append(error)
      return nil
    }
  }

  /// Adds an error; if there are too many to report, only counts it.
  package mutating func append(_ error: CNIError) {
    if errors.count < CNIError.reportLimit { errors.append(error) } else { others += 1 }
  }

  /// Throws one error that reports everything collected, if there is anything.
  package func throwIfAny() throws(CNIError) {
    if let error = CNIError.combining(errors, leavingOut: others) { throw error }
  }
}
