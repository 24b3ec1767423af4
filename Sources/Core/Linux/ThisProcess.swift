// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

/// What the process was given at its start, and how it ends.
package enum ThisProcess {
  /// Returns the value of an environment variable, or nil.
  package static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Ends the process.
  package static func exit(_ status: Int32) -> Never {
    CLibc.exit(status)
  }

  /// Makes a write to a pipe that nobody reads fail with EPIPE instead of ending the process.
  package static func ignoreBrokenPipes() {
    clinux_ignore_signal(SIGPIPE)
  }

  /// Blocks the signals that ask the process to end, for what is left of its life.
  ///
  /// A process that takes milliseconds finishes sooner than it could be undone. Children start with
  /// nothing blocked, so that a Ctrl-C still ends a delegate that hangs.
  package static func deferTermination() {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe sigprocmask(SIG_BLOCK, &signals, nil)
  }
}
