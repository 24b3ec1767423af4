// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// An exclusive lock on a file among the processes that use it, released with its owner.
///
/// The corresponding C function is `flock`: the kernel releases the lock when its process dies.
package struct FileLock: ~Copyable {
  private let file: FileDescriptor

  /// Waits for the lock for a limited time; returns nil if another process holds it for longer.
  ///
  /// The file is created if it is missing, and never removed: a lock on a file that another process
  /// has replaced would exclude nobody.
  package init?(path: String, milliseconds: Int) throws(KernelError) {
    let file = try FileDescriptor(opening: path, O_RDONLY | O_CREAT)
    guard try file.lock(LOCK_EX, milliseconds: milliseconds, describedAs: "'\(path)'") else {
      return nil
    }
    self.file = file
  }
}

extension FileDescriptor {
  /// Takes a lock on the file, waiting for a limited time; returns whether it succeeded.
  ///
  /// The corresponding C function is `flock`, which wakes the process when the lock is free.
  borrowing func lock(
    _ operation: Int32,
    milliseconds: Int,
    describedAs object: @autoclosure () -> String
  ) throws(KernelError) -> Bool {
    if clinux_timed_flock(number, operation, milliseconds) == 0 { return true }
    let reason = errno
    if reason == EWOULDBLOCK { return false }
    throw KernelError(errno: reason, operation: "lock", object: object())
  }
}
