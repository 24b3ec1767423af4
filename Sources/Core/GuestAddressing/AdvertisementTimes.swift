// SPDX-License-Identifier: Apache-2.0

/// When to send router advertisements, all of them to every node (RFC 4861 §6.2.4, §6.2.6).
///
/// Times are milliseconds of one clock. Random numbers come from the caller.
package struct AdvertisementTimes: Hashable, Sendable {
  /// The time of the next one.
  package private(set) var next: Int

  /// The first time that respects MIN_DELAY_BETWEEN_RAS.
  private var earliest: Int
  /// How many of MAX_INITIAL_RTR_ADVERTISEMENTS are left.
  private var initial = 3

  /// Schedules the first one immediately.
  package init(now: Int) {
    next = now
    earliest = now
  }

  /// Schedules the next one after one was sent: in 198 to 600 seconds (MinRtrAdvInterval,
  /// MaxRtrAdvInterval), or in 16 while the router is new.
  package mutating func advertised(at now: Int, random: UInt32) {
    let interval = 198_000 + Int(random % 402_001)
    initial = max(0, initial - 1)
    next = now + (initial > 0 ? min(interval, 16_000) : interval)
    earliest = now + 3000
  }

  /// Schedules the reply to a solicitation: within half a second (MAX_RA_DELAY_TIME), but three
  /// seconds after the last; one that is due before serves as the reply.
  package mutating func solicited(at now: Int, random: UInt32) {
    next = min(next, max(now, earliest) + Int(random % 501))
  }
}
