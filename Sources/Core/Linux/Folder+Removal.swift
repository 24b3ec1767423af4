// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux

extension Folder {
  /// Removes a folder that is empty; any other stays.
  ///
  /// The corresponding C function is `rmdir`.
  package static func removeIfEmpty(_ path: String) {
    _ = unsafe rmdir(path)
  }
}
