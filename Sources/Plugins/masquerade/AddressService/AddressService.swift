// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import NetworkModel

/// Serves addresses to one guest, until it is told to stop or the bridge is gone.
///
/// It serves only that interface. No packet received there can end it: it is answered or ignored,
/// and failures to send are reported and otherwise ignored.
struct AddressService: ~Copyable {
  private let bridge: Link
  private var name: InterfaceName
  private var setting: FileDescriptor
  private let termination: TerminationNotice
  private let v4: (server: DHCPv4Server, socket: ServiceSocket)?
  private let v6: (server: DHCPv6Server, socket: ServiceSocket)?
  private let router: (advertisement: RouterAdvertisement, socket: ServiceSocket)?

  /// Opens the sockets that the facts require.
  ///
  /// Without CAP_NET_RAW there are no router advertisements, which is reported.
  /// - Throws: `KernelError`: EACCES without CAP_NET_BIND_SERVICE.
  init(_ facts: GuestFacts, on bridge: Link) throws(KernelError) {
    let termination = try TerminationNotice()
    let setting = try Self.setting(of: bridge.name)
    let v4 = try DHCPv4Server(facts).map { server throws(KernelError) in
      (server, ServiceSocket(try InterfaceSocket(udp: 67, .v4, on: bridge.name)))
    }
    let v6 = try DHCPv6Server(facts).map { server throws(KernelError) in
      let socket = try InterfaceSocket(udp: 547, .v6, on: bridge.name)
      // All_DHCP_Relay_Agents_and_Servers (RFC 8415 §7.1).
      try socket.join(certain(IPAddress("ff02::1:2")))
      return (server, ServiceSocket(socket))
    }
    let router: (advertisement: RouterAdvertisement, socket: ServiceSocket)?
    do {
      router = try RouterAdvertisement(facts).map { advertisement throws(KernelError) in
        let type = RouterSolicitation.messageType
        let socket = try InterfaceSocket(icmpv6: type, on: bridge.name)
        try socket.join(certain(IPAddress("ff02::2")))
        return (advertisement, ServiceSocket(socket))
      }
    } catch {
      guard error.isNotPermitted else { throw error }
      Self.say("no router advertisements: \(error)")
      router = nil
    }
    self.bridge = bridge
    name = bridge.name
    self.setting = setting
    self.termination = termination
    self.v4 = v4
    self.v6 = v6
    self.router = router
  }

  /// Serves; returns when it is told to stop, or when the bridge is gone.
  ///
  /// A bridge created later is a different one, even if it has the same name and index.
  mutating func run() throws(KernelError) {
    // A packet costs a token, answered or not, so that floods use a bounded share of a CPU.
    var limit = RateLimit(burst: 100, interval: 10, now: Polling.now)
    var times = AdvertisementTimes(now: Polling.now)
    while isBridgeThere() {
      let pause = limit.wait(at: Polling.now)
      let sockets = [v4?.socket, v6?.socket, router?.socket]
        .map { pause > 0 ? -1 : $0?.number ?? -1 }
      // No socket reports that the bridge is gone, so it is looked up every two seconds.
      let wait = min(pause > 0 ? pause : 2000, times.next - Polling.now)
      let ready = try Polling.wait(for: [termination.number] + sockets, milliseconds: wait)
      if ready[0] {
        advertise(isLast: true)
        return
      }
      for isReady in ready where isReady { limit.take(at: Polling.now) }
      if ready[1] { answerV4() }
      if ready[2] { answerV6() }
      if ready[3], isSolicited { times.solicited(at: Polling.now, random: Self.random) }
      guard Polling.now >= times.next else { continue }
      advertise()
      times.advertised(at: Polling.now, random: Self.random)
    }
    Self.say("bridge '\(bridge.name)' is gone")
  }

  private static func setting(of bridge: InterfaceName) throws(KernelError) -> FileDescriptor {
    try Sysctl("net/ipv4/conf/\(bridge)/forwarding").opened()
  }

  /// Whether the bridge exists, possibly under another name.
  private mutating func isBridgeThere() -> Bool {
    if (try? setting.readAtStart(limit: 8, describedAs: "")) != nil { return true }
    guard let other = Link.name(at: bridge.index), other != name,
      let opened = try? Self.setting(of: other)
    else { return false }
    name = other
    setting = opened
    return true
  }

  private borrowing func answerV4() {
    guard let (server, socket) = v4, let packet = socket.receive(),
      let answer = server.answer(to: packet.bytes)
    else { return }
    socket.send(answer.message.encoded, to: answer.destination, port: 68)
  }

  private borrowing func answerV6() {
    guard let (server, socket) = v6, let packet = socket.receive(),
      let answer = server.answer(to: packet.bytes, from: packet.source, at: packet.destination)
    else { return }
    socket.send(answer, to: packet.source, port: 546)
  }

  /// Processes an incoming packet and returns whether it solicits a router.
  private var isSolicited: Bool {
    guard let packet = router?.socket.receive() else { return false }
    let limit = packet.hopLimit ?? 0
    return RouterSolicitation.isValid(packet.bytes, hopLimit: limit, from: packet.source)
  }

  /// Announces the router to all nodes, or that it is gone (RFC 4861 §6.2.5).
  private borrowing func advertise(isLast: Bool = false) {
    guard let router else { return }
    var advertisement = router.advertisement
    if isLast { advertisement.lifetimeSeconds = 0 }
    router.socket.send(advertisement.encoded, to: certain(IPAddress("ff02::1")))
  }

  /// A random number; 0 if the kernel supplies none, which only costs the spread of the times.
  private static var random: UInt32 {
    ((try? RandomBytes.make(count: 4)) ?? []).reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Writes a line to standard error.
  static func say(_ text: String) {
    StandardStreams.writeError(Array("masquerade dhcp: \(text)\n".utf8))
  }
}
