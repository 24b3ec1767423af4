// SPDX-License-Identifier: Apache-2.0

import CNI

extension ConfigurationValue {
  /// Returns the error that something is wrong with this value, its path first.
  func fault(_ text: String) -> CNIError {
    CNIError(.invalidConfiguration, "\(path): \(text)")
  }

  /// Returns what a reading of this value returns; its error names the path first.
  func pathFirst<Value>(
    _ reading: @autoclosure () throws(CNIError) -> Value?
  ) throws(CNIError) -> Value? {
    do {
      return try reading()
    } catch {
      let word = error.message.hasPrefix("missing") ? "missing" : "invalid"
      let prefix = "\(word) \(path.inQuotes) "
      guard error.message.hasPrefix(prefix) else { throw error }
      let rest = String(error.message.dropFirst(prefix.count))
      throw fault(word == "missing" ? "missing \(rest)" : rest)
    }
  }

  /// The value as JSON on one line.
  var text: String { value.map { JSONText($0, .compact).description } ?? "nothing" }
}

extension Faults {
  /// Reads a value by one of its methods: `faults.read(keys["tap"], ConfigurationValue.bool)`.
  mutating func read<Value>(
    _ value: ConfigurationValue,
    _ reading: (ConfigurationValue) -> () throws(CNIError) -> Value?
  ) -> Value? {
    gather(try value.pathFirst(try reading(value)()))
  }

  /// Reads an integer of a range.
  mutating func integer(_ value: ConfigurationValue, in range: ClosedRange<Int>) -> Int? {
    gather(try value.pathFirst(try value.integer(in: range)))
  }
}
