// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Dispatcher {
  /// Delivers a reply and returns the exit status.
  func deliver(_ reply: Reply) -> Int32 {
    do throws(KernelError) {
      try call.writeOutput(reply.output)
      return reply.exitStatus
    } catch {
      Log.failed("cannot deliver the reply", ["reason": error.reason])
      return 1
    }
  }

  /// Validates a configuration's version for the command, and runs the plugin.
  func serve(
    _ command: Command,
    _ configuration: NetworkConfiguration
  ) throws(CNIError) -> Reply {
    let version = configuration.version
    guard version.allows(command) else {
      throw CNIError(
        .incompatibleVersion,
        "config version does not allow \(command.rawValue)",
        details: "config is \(version.rawValue.inQuotes)"
      )
    }
    let environment = call.environment
    let network = NetworkRequest(
      configuration: configuration,
      pluginDirectories: environment.pluginDirectories
    )
    switch command {
    case .add:
      let request = try AttachmentRequest(environment, configuration)
      try judge(request)
      try Environment.judge(newInterfaceName: request.attachment.containerInterface)
      try request.arguments.judge(knowing: plugin.knownArguments)
      call.deferTermination()
      try plugin.add(request) { result throws(CNIError) in
        // If the result cannot be delivered, the runtime is gone and the attachment unknown.
        let reply = Reply(try result.json(for: version))
        try CNIError.converting(to: .ioFailure, try call.writeOutput(reply.output))
      }
    case .delete:
      let request = try AttachmentRequest(environment, configuration)
      try judge(request)
      call.deferTermination()
      try plugin.delete(request)
    case .check:
      let request = try AttachmentRequest(environment, configuration)
      try request.arguments.judge(knowing: plugin.knownArguments)
      try plugin.check(request)
    case .collectGarbage:
      call.deferTermination()
      try plugin.collectGarbage(network)
    case .status: try plugin.status(network)
    case .version: preconditionFailure("VERSION has no configuration")
    }
    return Reply()
  }

  /// Refuses to work on the plugin's own namespace, before anything is done.
  private func judge(_ attachment: AttachmentRequest) throws(CNIError) {
    switch call.environment[.namespaceOverride].lowercased() {
    case "1", "true": return
    default: break
    }
    guard let path = attachment.namespacePath, call.isOwnNamespace(path) else { return }
    throw CNIError(
      .invalidNamespace,
      "plugin's netns and netns from CNI_NETNS should not be the same",
      details: "CNI_NETNS is \(path.inQuotes)"
    )
  }
}
