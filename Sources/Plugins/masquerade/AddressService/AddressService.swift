// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import NetworkModel

/// Tells one guest its addresses, until it is asked to end or the bridge is gone.
///
/// It serves the one interface only. Nothing that arrives there ends it: a packet is answered or
/// ignored, and what cannot be sent is reported and forgotten.
struct AddressService: ~Copyable {
  private let bridge: Link
  private let termination: TerminationNotice
  private let v4: DHCPv4Service?
  private let v6: DHCPv6Service?
  private let router: RouterService?

  /// Opens the sockets that the facts call for.
  ///
  /// Without CAP_NET_RAW there are no router advertisements, which is reported.
  /// - Throws: `KernelError`: EACCES without CAP_NET_BIND_SERVICE.
  init(_ facts: GuestFacts, on bridge: Link) throws(KernelError) {
    let termination = try TerminationNotice()
    let v4 = try DHCPv4Service.open(facts, on: bridge.name)
    let v6 = try DHCPv6Service.open(facts, on: bridge.name)
    let router: RouterService?
    do {
      router = try RouterService.open(facts, on: bridge.name)
    } catch {
      guard error.isNotPermitted else { throw error }
      Self.say("no router advertisements: \(error)")
      router = nil
    }
    self.bridge = bridge
    self.termination = termination
    self.v4 = v4
    self.v6 = v6
    self.router = router
  }

  /// Serves; returns when it is asked to end, or when the bridge is gone.
  ///
  /// A bridge of the same name that is made later is another one: the index tells.
  /// - Throws: `KernelError`.
  borrowing func run() throws(KernelError) {
    // One packet is one token, answered or not, so that a flood costs a bounded part of a processor.
    var limit = RateLimit(burst: 100, interval: 10, now: Polling.now)
    var times = AdvertisementTimes(now: Polling.now)
    while Link.exists(at: bridge.index) {
      let pause = limit.wait(at: Polling.now)
      let sockets = [v4?.number, v6?.number, router?.number].map { pause > 0 ? -1 : $0 ?? -1 }
      // No socket reports that the bridge is gone: it is looked up every two seconds.
      let wait = min(pause > 0 ? pause : 2000, times.next - Polling.now)
      let ready = try Polling.wait(for: [termination.number] + sockets, milliseconds: wait)
      if ready[0] {
        router?.withdraw()
        return
      }
      for isReady in ready where isReady { limit.take(at: Polling.now) }
      if ready[1] { v4?.serve() }
      if ready[2] { v6?.serve() }
      if ready[3], router?.serve() == true { times.solicited(at: Polling.now, random: Self.random) }
      guard Polling.now >= times.next else { continue }
      router?.advertise()
      times.advertised(at: Polling.now, random: Self.random)
    }
    Self.say("bridge '\(bridge.name)' is gone")
  }

  /// A random number; 0 where the kernel gives none, which only costs the spread of the times.
  private static var random: UInt32 {
    ((try? RandomBytes.make(count: 4)) ?? []).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Writes a line to standard error.
  static func say(_ text: String) {
    StandardStreams.writeError(Array("masquerade dhcp: \(text)\n".utf8))
  }
}
