// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Dispatcher {
  /// Hands a reply over and returns the exit status.
  func deliver(_ reply: Reply) -> Int32 {
    do throws(KernelError) {
      try call.writeOutput(reply.output)
      return reply.exitStatus
    } catch {
      Log.failed("cannot deliver the reply", ["reason": error.reason])
      return 1
    }
  }

  /// Has the plugin do what is asked.
  func serve(_ request: Request, _ version: SpecVersion) throws(CNIError) -> Reply {
    switch request {
    case .add(let attachment):
      try judge(attachment)
      try Environment.judge(newInterfaceName: attachment.interfaceName)
      try attachment.arguments.judge(knowing: plugin.knownArguments)
      call.deferTermination()
      try plugin.add(attachment) { result throws(CNIError) in
        // Nobody knows of an attachment whose result is not taken, as the runtime is gone.
        let reply = Reply(try result.json(for: version))
        try CNIError.converting(to: .ioFailure, try call.writeOutput(reply.output))
      }
    case .delete(let attachment):
      try judge(attachment)
      call.deferTermination()
      try plugin.delete(attachment)
    case .check(let attachment):
      try attachment.arguments.judge(knowing: plugin.knownArguments)
      try plugin.check(attachment)
    case .collectGarbage(let network):
      call.deferTermination()
      try plugin.collectGarbage(network)
    case .status(let network):
      try plugin.status(network)
    }
    return .done
  }

  /// Refuses to work on the namespace that the plugin itself is in, before anything is done.
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
