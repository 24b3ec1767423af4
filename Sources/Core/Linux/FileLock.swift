// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// An exclusive lock on a file among the processes that ask for it, released with its owner.
///
/// The corresponding C function is `flock`: the kernel releases the lock when its process dies.
package struct FileLock: ~Copyable {
  private let file: FileDescriptor

  /// Waits for the lock, at most for the time given; returns nil where somebody keeps it longer.
  ///
  /// The file is made where it is missing, and never removed: a lock on a file that another process
  /// has replaced would exclude nobody.
  /// - Throws: `KernelError`.
  package init?(path: String, milliseconds: Int) throws(KernelError) {
    let file = try FileDescriptor(opening: path, O_RDONLY | O_CREAT)
    guard try Self.lock(file, path, milliseconds) else { return nil }
    self.file = file
  }

  private static func lock(
    _ file: borrowing FileDescriptor,
    _ path: String,
    _ milliseconds: Int
  ) throws(KernelError) -> Bool {
    let number = file.number
    if try attempt(number, LOCK_EX | LOCK_NB, path) { return true }
    guard milliseconds > 0 else { return false }
    let alarm = Alarm(everyMilliseconds: 50)
    defer { alarm.stop() }
    // The kernel tells a waiter at once when the lock is free; the alarm only ends the wait.
    for _ in 0..<max(1, milliseconds / 50) {
      if try attempt(number, LOCK_EX, path) { return true }
    }
    return false
  }

  /// Whether the lock is held now; not where it is another's, or where a signal ended the wait.
  private static func attempt(
    _ number: Int32,
    _ operation: Int32,
    _ path: String
  ) throws(KernelError) -> Bool {
    if flock(number, operation) == 0 { return true }
    let reason = errno
    guard reason == EWOULDBLOCK || reason == EINTR else {
      throw KernelError(errno: reason, operation: "lock", object: "'\(path)'")
    }
    return false
  }
}

/// A signal that interrupts blocking calls again and again, so that none is missed between two.
private struct Alarm {
  init(everyMilliseconds period: Int) {
    // Not `signal`: that one has the interrupted call repeated.
    var action = sigaction()
    unsafe action.__sigaction_handler.sa_handler = { _ in }
    unsafe sigaction(SIGALRM, &action, nil)
    Self.set(microseconds: period * 1000)
  }

  func stop() {
    Self.set(microseconds: 0)
  }

  private static func set(microseconds: Int) {
    let time = timeval(tv_sec: 0, tv_usec: microseconds)
    var timer = itimerval(it_interval: time, it_value: time)
    unsafe setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }
}
