// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// The whole life of a plugin's process.
package enum PluginMain {
  /// Serves the call for which this process was started, and ends the process.
  ///
  /// Standard output carries one JSON document or nothing, written at once at the very end.
  package static func run(_ plugin: some Plugin) -> Never {
    ThisProcess.answerTraps(with: trapAnswer)
    ThisProcess.resetSignals()
    StandardStreams.ensureOpen()
    ThisProcess.ignoreWriteSignals()
    ThisProcess.exit(serve(plugin))
  }

  /// The error object of a process that can no longer write one.
  private static let trapAnswer: StaticString = """
    {"cniVersion":"1.1.0","code":999,"details":"DEL removes what may be left; please report \
    this with the configuration, the CNI_ variables and what is on standard error",\
    "msg":"the plugin crashed"}

    """

  private static func serve(_ plugin: some Plugin) -> Int32 {
    let dispatcher = Dispatcher(plugin: plugin, call: .ofProcess())
    let reply = dispatcher.reply()
    if !reply.message.isEmpty { StandardStreams.writeError(Array(reply.message.utf8)) }
    return dispatcher.deliver(reply)
  }
}
