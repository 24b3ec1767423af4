// SPDX-License-Identifier: Apache-2.0

/// The faults of one configuration, gathered in order to report them all at once.
///
///     var faults = Faults()
///     let port = faults.gather(try configuration["port"].integer(in: 1...65535))
///     try faults.throwIfAny()
package struct Faults: Sendable {
  /// What was found so far.
  package private(set) var errors: [CNIError] = []

  private var others = 0

  /// Creates an empty collection.
  package init() {}

  /// Returns what the reading returns, or keeps its error and returns nil.
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

  /// Adds an error; of too many to report only their number.
  package mutating func append(_ error: CNIError) {
    if errors.count < CNIError.reportLimit { errors.append(error) } else { others += 1 }
  }

  /// Throws one error that reports everything gathered, if there is anything.
  package func throwIfAny() throws(CNIError) {
    if let error = CNIError.combining(errors, leavingOut: others) { throw error }
  }
}
