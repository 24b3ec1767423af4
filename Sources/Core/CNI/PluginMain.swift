// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The whole life of a plugin's process.
package enum PluginMain {
  /// Serves the call that this process was started for, and ends the process.
  ///
  /// Standard output carries one JSON document or nothing, written at once at the very end. A result
  /// that nobody takes (the runtime is gone) is undone: no one knows of the attachment.
  package static func run(_ plugin: some Plugin) -> Never {
    ThisProcess.answerTraps(with: trapAnswer)
    ThisProcess.resetSignals()
    StandardStreams.ensureOpen()
    ThisProcess.ignoreBrokenPipes()
    ThisProcess.exit(serve(plugin))
  }

  /// The error object of a process that cannot write one any more.
  private static let trapAnswer: StaticString = """
    {"cniVersion":"1.1.0","code":999,"details":"DEL removes what may be left; please report \
    this with the configuration, the CNI_ variables and what is on standard error",\
    "msg":"the plugin was ended by a fault of its own"}

    """

  private static func serve(_ plugin: some Plugin) -> Int32 {
    let reply = Dispatcher(plugin: plugin, call: .ofProcess()).reply()
    if !reply.message.isEmpty { StandardStreams.writeError(Array(reply.message.utf8)) }
    do throws(KernelError) {
      try StandardStreams.writeOutput(reply.output)
    } catch {
      Log.failed("cannot deliver the reply", ["reason": error.reason])
      if let attachment = reply.attachment { _ = try? plugin.delete(attachment) }  // best effort
      return 1
    }
    return reply.exitStatus
  }
}
