// SPDX-License-Identifier: Apache-2.0

import CLibc

/// Bytes nobody can predict.
package enum RandomBytes {
  /// Returns random bytes from the kernel.
  ///
  /// The corresponding C function is `getentropy`, which fails for no number up to 256.
  package static func make(count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = unsafe getentropy(&bytes, count)
    precondition(result == 0, "the kernel gave no random bytes")
    return bytes
  }
}
