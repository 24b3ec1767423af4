// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

/// The process's initial state, and how it ends.
package enum ThisProcess {
  /// Returns the value of an environment variable, or nil.
  package static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Returns whether an environment variable is UTF-8, or missing: `variable` would change it.
  package static func isText(_ name: String) -> Bool {
    unsafe getenv(name).map { unsafe String(validatingCString: $0) != nil } ?? true
  }

  /// The file name under which the process was started.
  package static var program: String { unsafe String(cString: clinux_program()) }

  /// Ends the process.
  package static func exit(_ status: Int32) -> Never {
    CLibc.exit(status)
  }

  /// Makes a write fail instead of ending the process: with EPIPE on a pipe without a reader, with
  /// EFBIG on a file that may not grow (RLIMIT_FSIZE).
  package static func ignoreWriteSignals() {
    clinux_ignore_signal(SIGPIPE)
    clinux_ignore_signal(SIGXFSZ)
  }

  /// Resets signal settings of the parent process that this one cannot work with.
  ///
  /// They survive `execve`: with SIGCHLD ignored the kernel forgets how a child ended.
  package static func resetSignals() {
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigprocmask(SIG_SETMASK, &none, nil)
    clinux_reset_signal(SIGCHLD)
  }

  /// Makes a trap of this process, including a stack overflow, write the reply to standard output
  /// and end the process with status 1.
  ///
  /// Child programs do not inherit this (`execve`).
  package static func answerTraps(with answer: StaticString) {
    unsafe clinux_answer_traps(
      UnsafeRawPointer(answer.utf8Start).assumingMemoryBound(to: CChar.self),
      answer.utf8CodeUnitCount
    )
  }

  /// Ends the process because it cannot continue; prints the reason on standard error.
  ///
  /// Embedded Swift drops the texts of `fatalError` and `precondition`.
  package static func stop(_ reason: String) -> Never {
    StandardStreams.writeError(Array("\(reason)\n".utf8))
    abort()
  }

  /// Blocks termination signals for the rest of the process's life.
  ///
  /// A process that runs for milliseconds finishes sooner than it could be undone. Children start
  /// with nothing blocked, so that Ctrl-C still ends a delegate that hangs.
  package static func deferTermination() {
    _ = blockTermination()
  }

  static func blockTermination() -> sigset_t {
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&signals, signal) }
    unsafe sigprocmask(SIG_BLOCK, &signals, nil)
    return signals
  }
}
