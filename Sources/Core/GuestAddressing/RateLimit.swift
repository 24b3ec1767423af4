// SPDX-License-Identifier: Apache-2.0

/// A token bucket: a burst, then one token per interval.
///
/// Times are milliseconds of one clock.
package struct RateLimit: Hashable, Sendable {
  private let interval: Int
  private let tolerance: Int
  /// When the bucket will be full again.
  private var full: Int

  /// Creates a full bucket.
  package init(burst: Int, interval: Int, now: Int) {
    self.interval = interval
    tolerance = (burst - 1) * interval
    full = now
  }

  /// How long to wait for a token; 0 if there is one.
  package func wait(at now: Int) -> Int { max(0, full - tolerance - now) }

  /// Takes a token.
  package mutating func take(at now: Int) { full = max(full, now) + interval }
}
