// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// Makes termination signals readable, so that the process can choose when to end.
package struct TerminationNotice: ~Copyable {
  /// The descriptor, to poll: readable after SIGTERM, SIGINT or SIGHUP.
  package var number: Int32 { file.number }

  private let file: FileDescriptor

  /// Starts to hold back the signals, for the rest of the process's life.
  package init() throws(KernelError) {
    var signals = ThisProcess.blockTermination()
    let number = try SystemCall.run("watch", "signals") {
      unsafe signalfd(-1, &signals, Int32(SFD_CLOEXEC | SFD_NONBLOCK))
    }
    file = FileDescriptor(owning: number)
  }
}
