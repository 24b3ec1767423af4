// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// One call of the plugin: its inputs, and its access to the process.
struct Call {
  /// The maximum size of a configuration in bytes: many times what an API server stores, and enough
  /// for the 20,000 attachments that GC may keep.
  static let inputLimit = 4 << 20

  /// The protocol's variables.
  var environment: Environment

  /// Reads standard input to its end, or one byte more than the limit.
  var readInput: () throws(KernelError) -> [UInt8]

  /// Reads what standard input has ready, without waiting for more.
  var readInputIfReady: () -> [UInt8]

  /// Writes bytes to standard output.
  var writeOutput: ([UInt8]) throws(KernelError) -> Void

  /// Returns whether a path leads to the plugin's own namespace.
  var isOwnNamespace: (String) -> Bool

  /// Prevents signals from ending the process between two steps of a change.
  var deferTermination: () -> Void

  /// The call for which this process was started.
  static func ofProcess() -> Call {
    Call(
      environment: .ofProcess,
      readInput: { () throws(KernelError) in
        try StandardStreams.readInput(limit: inputLimit + 1)
      },
      readInputIfReady: { StandardStreams.readInputIfReady(withinMilliseconds: 50) },
      writeOutput: StandardStreams.writeOutput,
      isOwnNamespace: NetworkNamespace.isCurrent(path:),
      deferTermination: ThisProcess.deferTermination
    )
  }
}
