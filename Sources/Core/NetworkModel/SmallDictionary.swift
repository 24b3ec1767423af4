// SPDX-License-Identifier: Apache-2.0

/// A dictionary for a dozen entries at most.
///
/// It searches linearly, which is faster for so few than hashing, whose seed costs a system call.
package struct SmallDictionary<Key: Equatable, Value> {
  private var row: [(key: Key, value: Value)] = []

  /// Creates an empty dictionary.
  package init() {}

  /// The value of a key, or nil.
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
  /// Whether both have the same values for the same keys, in any order.
  package static func == (left: SmallDictionary, right: SmallDictionary) -> Bool {
    left.row.count == right.row.count && left.row.allSatisfy { right[$0.key] == $0.value }
  }
}

extension SmallDictionary: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral elements: (Key, Value)...) {
    for (key, value) in elements { self[key] = value }
  }
}
