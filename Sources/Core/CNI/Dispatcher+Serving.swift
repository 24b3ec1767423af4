// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension Dispatcher {
  /// Hands a reply over and returns the exit status.
  ///
  /// A result that nobody takes (the runtime is gone) is undone: no one knows of the attachment.
  func deliver(_ reply: Reply, by write: ([UInt8]) throws(KernelError) -> Void) -> Int32 {
    do throws(KernelError) {
      try write(reply.output)
      return reply.exitStatus
    } catch {
      Log.failed("cannot deliver the reply", ["reason": error.reason])
      if let attachment = reply.attachment { _ = try? plugin.delete(attachment) }  // best effort
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
      let result = try plugin.add(attachment)
      return try reply(with: result, of: attachment, version)
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

  /// Writes the result in the configuration's version; one that cannot be written is undone.
  private func reply(
    with result: AddResult,
    of attachment: AttachmentRequest,
    _ version: SpecVersion
  ) throws(CNIError) -> Reply {
    do {
      return Reply(try result.json(for: version), of: attachment)
    } catch {
      _ = try? plugin.delete(attachment)  // the first error says more
      throw error
    }
  }
}
