// SPDX-License-Identifier: Apache-2.0

/// What the runtime asks of the plugin, judged as far as the protocol goes.
package enum Request: Sendable {
  case add(AttachmentRequest)
  case check(AttachmentRequest)
  case delete(AttachmentRequest)
  case collectGarbage(NetworkRequest)
  case status(NetworkRequest)

  /// Judges the version of a configuration for the command, and makes the request.
  init(
    _ command: Command,
    _ environment: Environment,
    _ configuration: NetworkConfiguration
  ) throws(CNIError) {
    guard configuration.version.allows(command) else {
      throw CNIError(
        .incompatibleVersion,
        "config version does not allow \(command.rawValue)",
        details: "config is \(configuration.version.rawValue.inQuotes)"
      )
    }
    switch command {
    case .add: self = .add(try AttachmentRequest(environment, configuration))
    case .check: self = .check(try AttachmentRequest(environment, configuration))
    case .delete: self = .delete(try AttachmentRequest(environment, configuration))
    case .collectGarbage: self = .collectGarbage(NetworkRequest(environment, configuration))
    case .status: self = .status(NetworkRequest(environment, configuration))
    case .version: preconditionFailure("VERSION has no configuration")
    }
  }
}

extension AttachmentRequest {
  fileprivate init(
    _ environment: Environment,
    _ configuration: NetworkConfiguration
  ) throws(CNIError) {
    let namespace = environment[.namespace]
    self.init(
      containerID: environment[.containerID],
      interfaceName: try Environment.interfaceName(environment[.interfaceName]),
      namespacePath: namespace.isEmpty ? nil : namespace,
      arguments: Arguments(environment[.arguments]),
      configuration: configuration,
      pluginDirectories: environment.pluginDirectories
    )
  }
}

extension NetworkRequest {
  fileprivate init(_ environment: Environment, _ configuration: NetworkConfiguration) {
    self.init(configuration: configuration, pluginDirectories: environment.pluginDirectories)
  }
}
