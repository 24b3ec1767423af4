// SPDX-License-Identifier: Apache-2.0

/// Values by their keys, for a dozen of them at most.
///
/// A row to look through: so few are found quicker than by hashing, whose seed costs a system call.
package struct SmallDictionary<Key: Equatable, Value> {
  private var row: [(key: Key, value: Value)] = []

  /// Creates an empty dictionary.
  package init() {}

  /// The value of a key, nil where there is none.
  package subscript(key: Key) -> Value? {
    get { row.first { $0.key == key }?.value }
    set {
      row.removeAll { $0.key == key }
      if let newValue { row.append((key: key, value: newValue)) }
    }
  }
}

extension SmallDictionary: Sendable where Key: Sendable, Value: Sendable {}

extension SmallDictionary: Equatable where Value: Equatable {
  /// Whether both have the same values for the same keys, in whatever order they came.
  package static func == (left: SmallDictionary, right: SmallDictionary) -> Bool {
    left.row.count == right.row.count && left.row.allSatisfy { right[$0.key] == $0.value }
  }
}

extension SmallDictionary: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (Key, Value)...) {
    for (key, value) in elements { self[key] = value }
  }
}
