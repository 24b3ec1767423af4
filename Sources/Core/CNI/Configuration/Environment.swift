// SPDX-License-Identifier: Apache-2.0

import Linux

/// The protocol's variables in the plugin's environment.
package struct Environment: Sendable {
  /// A variable of the protocol, in the order in which they are checked.
  package enum Variable: String, CaseIterable, Sendable {
    case command = "CNI_COMMAND"
    case containerID = "CNI_CONTAINERID"
    case namespace = "CNI_NETNS"
    case interfaceName = "CNI_IFNAME"
    case arguments = "CNI_ARGS"
    case path = "CNI_PATH"
    case namespaceOverride = "CNI_NETNS_OVERRIDE"
  }

  private let value: @Sendable (Variable) -> String?

  /// Whether a variable is UTF-8: other bytes would be read as another name or path.
  let isText: @Sendable (Variable) -> Bool

  /// The variables of this process, each read when needed.
  package static var ofProcess: Environment {
    Environment(isText: { ThisProcess.isText($0.rawValue) }) { ThisProcess.variable($0.rawValue) }
  }

  /// Creates an environment from a function that returns a variable's value, nil if it is missing.
  package init(
    isText: @escaping @Sendable (Variable) -> Bool = { _ in true },
    _ value: @escaping @Sendable (Variable) -> String?
  ) {
    self.isText = isText
    self.value = value
  }

  /// The value of a variable; a missing one is empty, as in the protocol.
  package subscript(variable: Variable) -> String {
    value(variable) ?? ""
  }
}

extension Environment.Variable {
  /// The variables after which an attachment's objects are named, and the command itself.
  static let names: [Self] = [.command, .containerID, .interfaceName]

  /// Returns whether the command requires the variable.
  func isRequired(by command: Command?) -> Bool {
    switch (self, command) {
    case (.command, _): true
    case (.containerID, .add), (.containerID, .check), (.containerID, .delete): true
    case (.interfaceName, .add), (.interfaceName, .check), (.interfaceName, .delete): true
    case (.namespace, .add), (.namespace, .check): true
    case (.path, let command): command != nil && command != .version
    default: false
    }
  }
}
