// SPDX-License-Identifier: Apache-2.0

/// When to send router advertisements, all of them to every node (RFC 4861 §6.2.4, §6.2.6).
///
/// Times are milliseconds of one clock. What is random comes from the caller.
package struct AdvertisementTimes: Hashable, Sendable {
  /// The moment of the next.
  package private(set) var next: Int

  /// The first moment that keeps MIN_DELAY_BETWEEN_RAS.
  private var earliest: Int
  /// How many are left of MAX_INITIAL_RTR_ADVERTISEMENTS.
  private var initial = 3

  /// Plans the first one, at once.
  package init(now: Int) {
    next = now
    earliest = now
  }

  /// Plans the next after one was sent: in 198 to 600 seconds (MinRtrAdvInterval,
  /// MaxRtrAdvInterval), in 16 while the router is new.
  package mutating func advertised(at now: Int, random: UInt32) {
    let interval = 198_000 + Int(random % 402_001)
    initial = max(0, initial - 1)
    next = now + (initial > 0 ? min(interval, 16_000) : interval)
    earliest = now + 3000
  }

  /// Plans the answer to a solicitation: within half a second (MAX_RA_DELAY_TIME), but three seconds
  /// after the last; one that is due before answers it too.
  package mutating func solicited(at now: Int, random: UInt32) {
    next = min(next, max(now, earliest) + Int(random % 501))
  }
}
