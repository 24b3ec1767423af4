// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Makes the signals that ask the process to end readable, so that it ends at a moment of its choice.
package struct TerminationNotice: ~Copyable {
  /// The descriptor, to poll: readable once SIGTERM, SIGINT or SIGHUP came.
  package var number: Int32 { file.number }

  private let file: FileDescriptor

  /// Begins to hold the signals back, for what is left of the process's life.
  package init() throws(KernelError) {
    var signals = ThisProcess.blockTermination()
    let number = try SystemCall.run("watch", "signals") {
      unsafe signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    }
    file = FileDescriptor(owning: number)
  }
}
