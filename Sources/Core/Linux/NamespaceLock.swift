// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A lock among processes that change the same network namespace, released when its owner ends.
///
/// The corresponding C function is `flock`, taken on the namespace's own file in nsfs: the scope is
/// exactly the namespace, the kernel releases it when the process dies, and no lock file is left on
/// a disk. Locks only bind programs that take them; the kernel's own state is not frozen.
///
/// Any process of the namespace may take it, without privilege, and keep it. So nobody waits for
/// ever: work under this lock takes milliseconds, and who keeps it for five seconds does no such work.
package struct NamespaceLock: ~Copyable {
  /// Whether others may hold the lock at the same time.
  package enum Mode: Sendable {
    /// Any number of holders; excludes `exclusive`.
    case shared
    /// One holder.
    case exclusive
  }

  private let file: FileDescriptor

  /// Waits for the lock on the namespace that the calling thread is in, at most the time given, and
  /// goes on without it then.
  /// - Throws: `KernelError` where the namespace's file cannot be opened.
  package init(_ mode: Mode, milliseconds patience: Int = 5000) throws(KernelError) {
    let file = try FileDescriptor(opening: "/proc/thread-self/ns/net", O_RDONLY)
    let operation = (mode == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB
    let deadline = Polling.now + patience
    var pause = 1
    while flock(file.number, operation) != 0 {
      let number = errno
      guard number == EWOULDBLOCK || number == EINTR else {
        throw KernelError(errno: number, operation: "lock", object: "the network namespace")
      }
      guard Polling.now < deadline else { break }
      _ = try Polling.wait(for: [], milliseconds: pause)
      pause = min(pause * 2, 8)
    }
    self.file = file
  }
}
