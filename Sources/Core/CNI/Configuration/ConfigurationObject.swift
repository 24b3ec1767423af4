// SPDX-License-Identifier: Apache-2.0

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
