// SPDX-License-Identifier: Apache-2.0

/// The transmit rates of a virtual function.
package struct VFRate: Hashable, Sendable {
  /// The guaranteed rate, 0 for none.
  package var minimumMegabitsPerSecond: Int
  /// The maximum rate, 0 for no limit.
  package var maximumMegabitsPerSecond: Int

  /// Creates rates, by default neither guaranteed nor limited.
  package init(minimumMegabitsPerSecond: Int = 0, maximumMegabitsPerSecond: Int = 0) {
    self.minimumMegabitsPerSecond = minimumMegabitsPerSecond
    self.maximumMegabitsPerSecond = maximumMegabitsPerSecond
  }
}

extension VFRate: CustomStringConvertible {
  package var description: String { "\(minimumMegabitsPerSecond)-\(maximumMegabitsPerSecond)" }
}
