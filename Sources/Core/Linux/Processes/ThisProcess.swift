// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

/// What the process was given at its start, and how it ends.
package enum ThisProcess {
  /// Returns the value of an environment variable, or nil.
  package static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// Returns whether an environment variable is UTF-8, or missing: `variable` would change it.
  package static func isText(_ name: String) -> Bool {
    unsafe getenv(name).map { unsafe String(validatingCString: $0) != nil } ?? true
  }

  /// The file name that the process was started by.
  package static var program: String { unsafe String(cString: clinux_program()) }

  /// Ends the process.
  package static func exit(_ status: Int32) -> Never {
    CLibc.exit(status)
  }

  /// Makes a write fail instead of ending the process: with EPIPE to a pipe that nobody reads, with
  /// EFBIG to a file that may not grow (RLIMIT_FSIZE).
  package static func ignoreWriteSignals() {
    clinux_ignore_signal(SIGPIPE)
    clinux_ignore_signal(SIGXFSZ)
  }

  /// Undoes what the parent process ignored or blocked and this one relies on.
  ///
  /// Both survive `execve`: with SIGCHLD ignored the kernel forgets how a child ended.
  package static func resetSignals() {
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigprocmask(SIG_SETMASK, &none, nil)
    clinux_reset_signal(SIGCHLD)
  }

  /// Has a trap of this process, a stack overflow included, write the answer to standard output and
  /// end the process with status 1.
  ///
  /// Programs that it starts do not inherit this (`execve`).
  package static func answerTraps(with answer: StaticString) {
    unsafe clinux_answer_traps(
      UnsafeRawPointer(answer.utf8Start).assumingMemoryBound(to: CChar.self),
      answer.utf8CodeUnitCount
    )
  }

  /// Ends the process because of a state that it cannot go on in; the reason is on standard error.
  ///
  /// Embedded Swift drops the texts of `fatalError` and `precondition`.
  package static func stop(_ reason: String) -> Never {
    StandardStreams.writeError(Array("\(reason)\n".utf8))
    abort()
  }

  /// Blocks the signals that ask the process to end, for what is left of its life.
  ///
  /// A process that takes milliseconds finishes sooner than it could be undone. Children start with
  /// nothing blocked, so that a Ctrl-C still ends a delegate that hangs.
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
