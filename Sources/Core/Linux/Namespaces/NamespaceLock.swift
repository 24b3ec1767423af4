// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A lock among processes that change the same network namespace, released when its owner ends.
///
/// The corresponding C function is `flock`, taken on the namespace's own file in nsfs: its scope is
/// exactly the namespace, the kernel releases it when the process dies, and no lock file is left on
/// disk. The lock only binds programs that use it; the kernel's state is not frozen.
///
/// Any process in the namespace may take it, without privileges, and keep it. The wait is therefore
/// limited: a holder that keeps it for five seconds is not doing such work (milliseconds).
package struct NamespaceLock: ~Copyable {
  /// Whether the lock can be shared.
  package enum Mode: Sendable {
    /// Any number of holders; excludes `exclusive`.
    case shared
    /// One holder.
    case exclusive
  }

  /// Whether the lock was acquired in time; if not, others may work at the same moment.
  package let isHeld: Bool

  private let file: FileDescriptor

  /// Waits for the lock on the calling thread's namespace for a limited time, and then continues
  /// without it.
  /// - Throws: `KernelError` if the namespace's file cannot be opened.
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
