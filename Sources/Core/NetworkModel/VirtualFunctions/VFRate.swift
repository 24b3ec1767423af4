// SPDX-License-Identifier: Apache-2.0

/// The bandwidth of a virtual function.
package struct VFRate: Hashable, Sendable {
  /// What it is guaranteed, 0 for nothing.
  package var minimumMegabitsPerSecond: Int
  /// What it may not exceed, 0 for no limit.
  package var maximumMegabitsPerSecond: Int

  /// Creates a bandwidth; by default without guarantee and limit.
  package init(minimumMegabitsPerSecond: Int = 0, maximumMegabitsPerSecond: Int = 0) {
    self.minimumMegabitsPerSecond = minimumMegabitsPerSecond
    self.maximumMegabitsPerSecond = maximumMegabitsPerSecond
  }
}

extension VFRate: CustomStringConvertible {
  package var description: String { "\(minimumMegabitsPerSecond)-\(maximumMegabitsPerSecond)" }
}
