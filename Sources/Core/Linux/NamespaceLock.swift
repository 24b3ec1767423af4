// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
package import NetworkModel

/// A lock among processes that change the same network namespace, released when its owner ends.
///
/// The corresponding C function is `flock`, taken on the namespace's own file in nsfs: the scope is
/// exactly the namespace, the kernel releases it when the process dies, and no lock file is left on
/// a disk. Locks only bind programs that take them; the kernel's own state is not frozen.
package struct NamespaceLock: ~Copyable {
  /// Whether others may hold the lock at the same time.
  package enum Mode: Sendable {
    /// Any number of holders; excludes `exclusive`.
    case shared
    /// One holder.
    case exclusive
  }

  private let file: FileDescriptor

  /// Waits for the lock on the namespace that the calling thread is in.
  /// - Throws: `KernelError` where the namespace's file cannot be opened.
  package init(_ mode: Mode) throws(KernelError) {
    let file = try FileDescriptor(opening: "/proc/thread-self/ns/net", O_RDONLY)
    try Self.lock(file, mode)
    self.file = file
  }

  /// Waits until the lock is held in another mode; in between others may have held it.
  /// - Throws: `KernelError`.
  package borrowing func change(to mode: Mode) throws(KernelError) {
    try Self.lock(file, mode)
  }

  private static func lock(_ file: borrowing FileDescriptor, _ mode: Mode) throws(KernelError) {
    let number = file.number
    try SystemCall.run("lock", "the network namespace") {
      flock(number, mode == .shared ? LOCK_SH : LOCK_EX)
    }
  }
}
