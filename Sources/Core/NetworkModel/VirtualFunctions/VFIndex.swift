// SPDX-License-Identifier: Apache-2.0

/// The number of a virtual function among those of its physical function, from 0.
package struct VFIndex: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number as the kernel's requests carry it.
  package let number: UInt32

  /// Creates an index, or returns nil for a negative number.
  package init?(_ number: Int) {
    guard let number = UInt32(exactly: number), number <= UInt32(Int32.max) else { return nil }
    self.number = number
  }

  package static func < (left: VFIndex, right: VFIndex) -> Bool { left.number < right.number }
  package var description: String { String(number) }
}
