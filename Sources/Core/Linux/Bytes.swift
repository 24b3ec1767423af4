// SPDX-License-Identifier: Apache-2.0

import CLibc
package import NetworkModel

/// Unpredictable bytes.
package enum RandomBytes {
  /// Returns at most 256 random bytes from the kernel.
  /// - Throws: `KernelError` if a system call filter forbids it.
  package static func make(count: Int) throws(KernelError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try SystemCall.run("make", "random bytes") { unsafe getentropy(&bytes, count) }
    return bytes
  }
}

/// The bytes of integers.
package enum HostOrder {
  /// Returns the bytes as this machine keeps them.
  package static func bytes(_ value: some FixedWidthInteger & BitwiseCopyable) -> [UInt8] {
    unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
  }
}
