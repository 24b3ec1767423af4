// SPDX-License-Identifier: Apache-2.0

/// A JSON value (RFC 8259), with integers kept apart from reals.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

/// The members of a JSON object in the order of the document; of equal keys the last counts.
package struct JSONObject: Equatable, Sendable {
  /// A key with its value.
  package struct Member: Equatable, Sendable {
    /// The key.
    package let key: String

    /// The value; an explicit `null` is kept.
    package var value: JSONValue

    /// Creates a member.
    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The members, in the document's order.
  package private(set) var members: [Member] = []

  /// Creates an object without members.
  package init() {}

  /// Creates an object from members.
  init(_ members: [Member]) {
    self.members = members
  }

  /// The value of exactly this key; assigning nil removes the member, the first of equal ones.
  package subscript(key: String) -> JSONValue? {
    get { members.last { $0.key.utf8.elementsEqual(key.utf8) }?.value }
    set {
      let position = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (position, newValue) {
      case (let position?, let value?): members[position].value = value
      case (let position?, nil): members.remove(at: position)
      case (nil, let value?): members.append(Member(key: key, value: value))
      case (nil, nil): break
      }
    }
  }

  /// Returns the value that Go's encoding/json would give to a struct field of this name.
  ///
  /// Keys match regardless of the case of ASCII letters, and the last matching one wins, whether or
  /// not an earlier one matched exactly: Go decodes them all into the same field. A `null` keeps
  /// the value that an earlier one has set.
  package func value(named name: String) -> JSONValue? {
    let matching = members.filter { $0.key.equalsIgnoringCase(name) }
    return (matching.last { $0.value != .null } ?? matching.last)?.value
  }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// Creates an object from a literal; nil values are left out.
  package init(dictionaryLiteral elements: (String, JSONValue?)...) {
    for (key, value) in elements where value != nil { self[key] = value }
  }
}

extension String {
  /// Returns whether both texts have the same bytes, ASCII letters compared without case.
  func equalsIgnoringCase(_ other: String) -> Bool {
    utf8.count == other.utf8.count
      && zip(utf8, other.utf8).allSatisfy { $0 == $1 || $0.lowercased == $1.lowercased }
  }
}

extension UInt8 {
  /// The lower-case form of an ASCII letter, the byte itself otherwise.
  fileprivate var lowercased: UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
  }
}
