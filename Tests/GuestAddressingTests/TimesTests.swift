// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GuestAddressing

/// RFC 4861 §6.2.1 (defaults) and §10 (constants), in milliseconds.
struct TimesTests {
  @Test func `the first advertisement is sent at once, the next two 16 seconds apart`() {
    var times = AdvertisementTimes(now: 50)
    var moments = [times.next]
    for _ in 0..<2 {
      times.advertised(at: times.next, random: 0)
      moments.append(times.next)
    }

    #expect(moments == [50, 16_050, 32_050])
  }

  @Test(arguments: [(0, 198_000), (402_000, 600_000), (402_001, 198_000), (.max, 588_612)])
  func `later ones are sent after a random 198 to 600 seconds`(random: UInt32, interval: Int) {
    var times = AdvertisementTimes(now: 0)
    for _ in 0..<3 { times.advertised(at: 0, random: random) }

    #expect(times.next == interval)
  }

  @Test(arguments: [(0, 100_000), (250, 100_250), (500, 100_500), (501, 100_000)])
  func `a solicitation is answered within half a second`(random: UInt32, moment: Int) {
    var times = AdvertisementTimes(now: 0)
    for _ in 0..<3 { times.advertised(at: 0, random: 0) }

    times.solicited(at: 100_000, random: random)

    #expect(times.next == moment)
  }

  @Test func `advertisements are at least three seconds apart`() {
    var times = AdvertisementTimes(now: 0)
    times.advertised(at: 1000, random: 0)

    times.solicited(at: 1001, random: 500)

    #expect(times.next == 4500)
  }

  @Test func `the first of several solicitations decides`() {
    var times = AdvertisementTimes(now: 0)
    times.advertised(at: 0, random: 0)

    times.solicited(at: 10_000, random: 100)
    times.solicited(at: 10_050, random: 400)

    #expect(times.next == 10_100)
  }

  @Test func `a solicitation does not delay an advertisement that is due`() {
    var times = AdvertisementTimes(now: 0)
    times.advertised(at: 0, random: 0)

    times.solicited(at: 15_900, random: 500)

    #expect(times.next == 16_000)
  }

  @Test func `a burst is allowed at once and then one per interval`() {
    var limit = RateLimit(burst: 3, interval: 10, now: 1000)
    var waits: [Int] = []
    for _ in 0..<5 {
      waits.append(limit.wait(at: 1000))
      limit.take(at: 1000)
    }

    #expect(waits == [0, 0, 0, 10, 20])
    #expect(limit.wait(at: 1030) == 0)
  }

  @Test func `idle time refills the bucket up to its burst and no further`() {
    var limit = RateLimit(burst: 2, interval: 10, now: 0)

    limit.take(at: 100_000)
    limit.take(at: 100_000)

    #expect(limit.wait(at: 100_000) == 10)
  }
}
