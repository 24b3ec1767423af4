// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Environment {
  /// Validates what the command requires: each value in order, then missing variables.
  ///
  /// - Parameter command: nil for an unknown one, which has no other requirements.
  /// - Throws: `CNIError` with `invalidEnvironment`.
  func judge(for command: Command?) throws(CNIError) {
    // The Go plugin accepts any bytes except in names, and DEL must remove what it has created.
    let judged = command == .delete ? Variable.names : Variable.allCases
    if let variable = judged.first(where: { !isText($0) }) {
      throw CNIError(.invalidEnvironment, "\(variable.rawValue) is not UTF-8")
    }
    var missing: [Variable] = []
    for variable in Variable.allCases where variable.isRequired(by: command) {
      let value = self[variable]
      switch variable {
      case _ where value.isEmpty: missing.append(variable)
      case .containerID: try Self.judge(containerID: value)
      case .interfaceName: _ = try Self.interfaceName(value)
      case .command, .namespace, .arguments, .path, .namespaceOverride: break
      }
    }
    if !missing.isEmpty { throw .missing(missing) }
  }

  private static func judge(containerID: String) throws(CNIError) {
    guard !Identifier.isValid(containerID) else { return }
    let text = "CNI_CONTAINERID: invalid characters in containerID"
    throw CNIError(.invalidEnvironment, text, details: containerID.excerpt)
  }

  static func interfaceName(_ text: String) throws(CNIError) -> InterfaceName {
    guard text.utf8.count <= InterfaceName.maximumLength else {
      throw refusal("is too long", "interface name should be less than 16 characters")
    }
    guard text != ".", text != ".." else { throw refusal("is . or ..") }
    // Only non-ASCII needs character tables.
    guard let name = InterfaceName(text),
      text.utf8.allSatisfy({ $0 < 0x80 }) || !text.contains(where: { $0.isWhitespace })
    else { throw refusal("contains / or : or whitespace characters") }
    return name
  }

  /// Rejects what only ADD must: DEL has nothing to remove for a link that cannot exist.
  static func judge(newInterfaceName name: InterfaceName) throws(CNIError) {
    guard !name.isFree else { return }
    throw refusal("contains % or is all or default", "it is \(name.string.inQuotes)")
  }

  private static func refusal(_ fault: String, _ details: String = "") -> CNIError {
    CNIError(.invalidEnvironment, "CNI_IFNAME: interface name \(fault)", details: details)
  }

  var pluginDirectories: [String] {
    self[.path].split(separator: ":").map(String.init)
  }
}

extension CNIError {
  /// The error for variables that are missing or empty.
  static func missing(_ variables: [Environment.Variable]) -> CNIError {
    let names = variables.map { $0.rawValue }.joined(separator: ",")
    return CNIError(.invalidEnvironment, "required env variables [\(names)] missing")
  }
}
