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
/// Any process of the namespace may take it, without privilege, and keep it. The wait is therefore
/// bounded: a holder that keeps it for five seconds is not doing such work, which takes milliseconds.
package struct NamespaceLock: ~Copyable {
  /// Whether others may hold the lock at the same time.
  package enum Mode: Sendable {
    /// Any number of holders; excludes `exclusive`.
    case shared
    /// One holder.
    case exclusive
  }

  /// Whether the lock was to be had in time; without it others may work at the same moment.
  package let isHeld: Bool

  private let file: FileDescriptor

  /// Waits for the lock on the namespace that the calling thread is in, at most the time given, and
  /// then continues without it.
  /// - Throws: `KernelError` where the namespace's file cannot be opened.
  package init(_ mode: Mode, milliseconds patience: Int = 5000) throws(KernelError) {
    let file = try FileDescriptor(opening: "/proc/thread-self/ns/net", O_RDONLY)
    isHeld = try file.lock(
      mode == .shared ? LOCK_SH : LOCK_EX,
      milliseconds: patience,
      describedAs: "the network namespace"
    )
    self.file = file
  }
}
