// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

extension NetworkNamespace {
  /// Returns whether the path leads to the very namespace that the calling thread is in.
  ///
  /// False where the path leads nowhere. Two calls of `stat`; nothing is opened.
  package static func isCurrent(path: String) -> Bool {
    var other = stat()
    var own = stat()
    guard unsafe stat(path, &other) == 0, unsafe stat("/proc/thread-self/ns/net", &own) == 0 else {
      return false
    }
    return other.st_dev == own.st_dev && other.st_ino == own.st_ino
  }
}
