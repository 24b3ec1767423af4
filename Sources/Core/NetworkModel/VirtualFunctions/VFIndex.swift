// SPDX-License-Identifier: Apache-2.0

/// The index of a virtual function among those of its physical function, from 0.
package struct VFIndex: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The index as in the kernel's requests.
  package let number: UInt32

  /// Creates an index, or returns nil for a negative number.
  package init?(_ number: Int) {
    guard let number = UInt32(exactly: number), number <= UInt32(Int32.max) else { return nil }
    self.number = number
  }

  package static func < (left: VFIndex, right: VFIndex) -> Bool { left.number < right.number }
  package var description: String { String(number) }
}
