// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import NetworkModel

/// Tells one guest its addresses, until it is asked to end or the bridge is gone.
///
/// It serves the one interface only. Nothing that arrives there ends it: a packet is answered or
/// ignored, and what cannot be sent is said and forgotten.
struct AddressService: ~Copyable {
  private let interface: InterfaceName
  private let termination: TerminationNotice
  private let v4: DHCPv4Service?
  private let v6: DHCPv6Service?
  private let router: RouterService?

  /// Opens the sockets that the facts call for.
  ///
  /// Without CAP_NET_RAW there are no router advertisements, which is said.
  /// - Throws: `KernelError`: EACCES without CAP_NET_BIND_SERVICE.
  init(_ facts: GuestFacts, on interface: InterfaceName) throws(KernelError) {
    let termination = try TerminationNotice()
    let v4 = try DHCPv4Service.open(facts, interface)
    let v6 = try DHCPv6Service.open(facts, interface)
    let router = try Self.router(facts, interface)
    self.interface = interface
    self.termination = termination
    self.v4 = v4
    self.v6 = v6
    self.router = router
  }

  private static func router(
    _ facts: GuestFacts,
    _ interface: InterfaceName
  ) throws(KernelError) -> RouterService? {
    do {
      return try RouterService.open(facts, interface)
    } catch {
      guard error.isNotPermitted else { throw error }
      say("no router advertisements: \(error)")
      return nil
    }
  }

  /// Serves; returns when it is asked to end, or when the interface is gone.
  /// - Throws: `KernelError`.
  borrowing func run() throws(KernelError) {
    let numbers = [termination.number] + [v4?.number, v6?.number, router?.number].map { $0 ?? -1 }
    var advertisements = AdvertisementTimes(now: Polling.now)
    while interface.exists {
      let wait = advertisements.next - Polling.now
      let ready = try Polling.wait(for: numbers, milliseconds: wait)
      if ready[0] { return }
      if ready[1] { v4?.serve() }
      if ready[2] { v6?.serve() }
      if ready[3] { router?.serve() }
      guard Polling.now >= advertisements.next else { continue }
      router?.advertise()
      advertisements.advance(now: Polling.now)
    }
    Self.say("interface '\(interface)' is gone")
  }

  /// Writes a line to standard error.
  static func say(_ text: String) {
    StandardStreams.writeError(Array("masquerade dhcp: \(text)\n".utf8))
  }
}

/// When to advertise without being asked (RFC 4861 §6.2.4).
private struct AdvertisementTimes {
  /// The moment of the next, in milliseconds.
  private(set) var next: Int
  private var isInitial = 3

  init(now: Int) {
    next = now
  }

  /// The first three come quickly, as the guest may have missed one.
  mutating func advance(now: Int) {
    isInitial -= 1
    next = now + (isInitial > 0 ? 4000 : 200_000)
  }
}
