// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import NetworkModel

/// DHCPv4 on its socket.
final class DHCPv4Service {
  private let server: DHCPv4Server
  private let socket: InterfaceSocket

  /// The socket's descriptor, to poll.
  var number: Int32 { socket.number }

  private init(_ server: DHCPv4Server, _ socket: consuming InterfaceSocket) {
    self.server = server
    self.socket = socket
  }

  /// Opens the socket; nil where the guest has no IPv4.
  ///
  /// No initializer fails: embedded Swift would not free the object that it has allocated by then.
  static func open(
    _ facts: GuestFacts,
    on interface: InterfaceName
  ) throws(KernelError) -> DHCPv4Service? {
    guard let server = DHCPv4Server(facts) else { return nil }
    return DHCPv4Service(server, try InterfaceSocket(udp: 67, .v4, on: interface))
  }

  /// Answers a packet that has arrived.
  func serve() {
    socket.serve { packet throws(KernelError) in
      guard let answer = server.answer(to: packet.bytes) else { return }
      try socket.send(answer.message.encoded, to: answer.destination, port: 68)
    }
  }
}

/// DHCPv6 on its socket.
final class DHCPv6Service {
  private let server: DHCPv6Server
  private let socket: InterfaceSocket

  /// The socket's descriptor, to poll.
  var number: Int32 { socket.number }

  private init(_ server: DHCPv6Server, _ socket: consuming InterfaceSocket) {
    self.server = server
    self.socket = socket
  }

  /// Opens the socket; nil where the guest has no IPv6.
  static func open(
    _ facts: GuestFacts,
    on interface: InterfaceName
  ) throws(KernelError) -> DHCPv6Service? {
    guard let server = DHCPv6Server(facts) else { return nil }
    let socket = try InterfaceSocket(udp: 547, .v6, on: interface)
    // All_DHCP_Relay_Agents_and_Servers (RFC 8415 §7.1).
    if let group = IPAddress("ff02::1:2") { try socket.join(group) }
    return DHCPv6Service(server, socket)
  }

  /// Answers a packet that has arrived.
  func serve() {
    socket.serve { packet throws(KernelError) in
      guard let answer = server.answer(to: packet.bytes, from: packet.source) else { return }
      try socket.send(answer, to: packet.source, port: 546)
    }
  }
}

/// Router advertisements on their socket.
final class RouterService {
  private let advertisement: RouterAdvertisement
  private let socket: InterfaceSocket

  /// The socket's descriptor, to poll.
  var number: Int32 { socket.number }

  private init(_ advertisement: RouterAdvertisement, _ socket: consuming InterfaceSocket) {
    self.advertisement = advertisement
    self.socket = socket
  }

  /// Opens the socket; nil where the guest has no IPv6.
  static func open(
    _ facts: GuestFacts,
    on interface: InterfaceName
  ) throws(KernelError) -> RouterService? {
    guard let advertisement = RouterAdvertisement(facts) else { return nil }
    let socket = try InterfaceSocket(icmpv6: RouterSolicitation.messageType, on: interface)
    if let routers = IPAddress("ff02::2") { try socket.join(routers) }
    return RouterService(advertisement, socket)
  }

  /// Takes a packet that has arrived and returns whether it is a solicitation.
  func serve() -> Bool {
    var isSolicited = false
    socket.serve { packet in
      isSolicited = RouterSolicitation.isValid(
        packet.bytes,
        hopLimit: packet.hopLimit ?? 0,
        from: packet.source
      )
    }
    return isSolicited
  }

  /// Tells every node.
  func advertise() { send(advertisement) }

  /// Tells every node that there is no router any more (RFC 4861 §6.2.5).
  func withdraw() {
    var last = advertisement
    last.lifetimeSeconds = 0
    send(last)
  }

  private func send(_ advertisement: RouterAdvertisement) {
    guard let nodes = IPAddress("ff02::1") else { return }
    do {
      try socket.send(advertisement.encoded, to: nodes)
    } catch {
      AddressService.say("\(error)")
    }
  }
}

extension InterfaceSocket {
  /// Gives the body the packet that waits; what fails is reported.
  fileprivate borrowing func serve(_ body: (Packet) throws(KernelError) -> Void) {
    do {
      if let packet = try receive() { try body(packet) }
    } catch {
      AddressService.say("\(error)")
    }
  }
}
