// SPDX-License-Identifier: Apache-2.0

import Linux

/// The protocol's variables as the plugin was started with them.
package struct Environment: Sendable {
  /// A variable of the protocol, in the order in which they are judged.
  package enum Variable: String, CaseIterable, Sendable {
    case command = "CNI_COMMAND"
    case containerID = "CNI_CONTAINERID"
    case namespace = "CNI_NETNS"
    case interfaceName = "CNI_IFNAME"
    case arguments = "CNI_ARGS"
    case path = "CNI_PATH"
    case namespaceOverride = "CNI_NETNS_OVERRIDE"
  }

  private let values: [(variable: Variable, value: String)]

  /// Creates an environment from values.
  package init(_ values: KeyValuePairs<Variable, String>) {
    self.values = values.map { ($0.key, $0.value) }
  }

  /// Takes over the values that this process was started with.
  package init(ofProcess: Void) {
    values = Variable.allCases.compactMap { variable in
      ThisProcess.variable(variable.rawValue).map { (variable, $0) }
    }
  }

  /// The value of a variable; a missing one is empty, as the protocol has it.
  package subscript(variable: Variable) -> String {
    values.first { $0.variable == variable }?.value ?? ""
  }
}

extension Environment.Variable {
  /// Returns whether the command cannot do without the variable.
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
