// SPDX-License-Identifier: Apache-2.0

/// The bytes of integers.
package enum HostOrder {
  /// Returns the bytes as this machine keeps them.
  package static func bytes(_ value: some FixedWidthInteger & BitwiseCopyable) -> [UInt8] {
    unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
  }
}
