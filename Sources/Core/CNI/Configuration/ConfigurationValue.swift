// SPDX-License-Identifier: Apache-2.0

/// A value of a configuration with its path, to be read as a required type.
///
/// Types are strict, as in Go: `"100"`, `100.0` and `1e2` are not integers, `"true"` is not a
/// boolean. Readings return nil if the value is absent; `null` counts as absent except in arrays.
package struct ConfigurationValue: Sendable {
  /// The value's path: `vlanTrunk[0].minID`.
  package let path: String

  /// The value, or nil if there is none.
  package let value: JSONValue?

  /// Creates a value at a path.
  package init(_ value: JSONValue?, at path: String) {
    self.value = value
    self.path = path
  }

  /// Reads a string.
  /// - Throws: `CNIError` with `invalidConfiguration`, as every reading does.
  package func string() throws(CNIError) -> String? {
    guard let value else { return nil }
    guard case .string(let text) = value else { throw invalid("must be a string") }
    return text
  }

  /// Reads `true` or `false`.
  package func bool() throws(CNIError) -> Bool? {
    guard let value else { return nil }
    guard case .bool(let flag) = value else {
      throw invalid("must be true or false without quotes")
    }
    return flag
  }

  /// Reads an integer, optionally within a range.
  package func integer(in range: ClosedRange<Int>? = nil) throws(CNIError) -> Int? {
    guard let value else { return nil }
    guard case .integer(let wide) = value, let number = Int(exactly: wide),
      range?.contains(number) ?? true
    else {
      let bounds = range.map { " between \($0.lowerBound) and \($0.upperBound)" }
      throw invalid("must be an integer" + (bounds ?? ""))
    }
    return number
  }

  /// Reads one of the raw values of an enumeration.
  package func choice<Choice>(
    of type: Choice.Type
  ) throws(CNIError) -> Choice? where Choice: RawRepresentable<String> & CaseIterable {
    guard let value else { return nil }
    guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
      let allowed = Choice.allCases.map { $0.rawValue.inQuotes }
      let last = allowed.suffix(2).joined(separator: " or ")
      throw invalid("must be " + (allowed.dropLast(2) + [last]).joined(separator: ", "))
    }
    return choice
  }

  /// Reads an object.
  package func object() throws(CNIError) -> ConfigurationObject? {
    guard let value else { return nil }
    guard case .object(let object) = value else { throw invalid("must be an object") }
    return ConfigurationObject(object, at: path)
  }

  /// Reads an array; its elements are never absent: a `null` among them is an invalid value.
  package func elements() throws(CNIError) -> [ConfigurationValue]? {
    guard let value else { return nil }
    guard case .array(let elements) = value else { throw invalid("must be an array") }
    return elements.enumerated().map { ConfigurationValue($1, at: "\(path)[\($0)]") }
  }

  /// Reads an array whose elements are all read the same way.
  /// - Throws: `CNIError`, for the first invalid element.
  package func list<Element>(
    _ read: (ConfigurationValue) throws(CNIError) -> Element?
  ) throws(CNIError) -> [Element]? {
    guard let elements = try elements() else { return nil }
    var list: [Element] = []
    for element in elements {
      if let element = try read(element) { list.append(element) }
    }
    return list
  }

  /// Returns the error for an invalid value.
  ///
  /// The requirement completes the sentence, as in `must be an integer between 0 and 4094`.
  package func invalid(_ expectation: String) -> CNIError {
    let key = path.isEmpty ? "value" : path.cut(to: 160).inQuotes
    guard let value else {
      return CNIError(.invalidConfiguration, "missing \(key) (\(expectation))")
    }
    return CNIError(.invalidConfiguration, "invalid \(key) \(value.excerpt) (\(expectation))")
  }
}

extension JSONValue {
  /// The text of the value on one line, shortened for error messages.
  fileprivate var excerpt: String { JSONText(self, .compact).description.excerpt }
}

/// An object of a configuration, whose members are read as required types.
///
///     let vlan = try configuration["vlan"].integer(in: 0...4094) ?? 0
///     let type = try configuration["ipam"].object()?["type"].string()
package struct ConfigurationObject: Sendable {
  /// The object's path; empty for the whole configuration.
  package let path: String

  /// The members.
  package let object: JSONObject

  /// Creates an object at a path.
  package init(_ object: JSONObject, at path: String = "") {
    self.object = object
    self.path = path
  }

  /// The member of this name, looked up like Go's encoding/json; `null` counts as absent.
  package subscript(name: String) -> ConfigurationValue {
    let value = object.value(named: name)
    let path = path.isEmpty ? name : "\(path).\(name)"
    return ConfigurationValue(value == .null ? nil : value, at: path)
  }

  /// Returns the keys, sorted, that match none of the names, ignoring case.
  package func keys(besides known: [String]) -> [String] {
    let keys = object.members.map { $0.key }
    return keys.filter { key in !known.contains { key.equalsIgnoringCase($0) } }.sorted()
  }
}
