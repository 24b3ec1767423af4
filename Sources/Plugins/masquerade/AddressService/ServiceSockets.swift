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
  static func open(
    _ facts: GuestFacts,
    _ interface: InterfaceName
  ) throws(KernelError) -> DHCPv4Service? {
    guard let server = DHCPv4Server(facts) else { return nil }
    return DHCPv4Service(server, try InterfaceSocket(udp: 67, .v4, on: interface))
  }

  /// Answers what has arrived.
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
    _ interface: InterfaceName
  ) throws(KernelError) -> DHCPv6Service? {
    guard let server = DHCPv6Server(facts) else { return nil }
    let socket = try InterfaceSocket(udp: 547, .v6, on: interface)
    // All_DHCP_Relay_Agents_and_Servers (RFC 8415 §7.1).
    if let group = IPAddress("ff02::1:2") { try socket.join(group) }
    return DHCPv6Service(server, socket)
  }

  /// Answers what has arrived.
  func serve() {
    socket.serve { packet throws(KernelError) in
      // Clients speak from their link-local address (RFC 8415 §13).
      guard packet.source.isLinkLocal, let answer = server.answer(to: packet.bytes) else { return }
      try socket.send(answer, to: packet.source, port: 546)
    }
  }
}

/// Router advertisements on their socket.
final class RouterService {
  private let advertisement: [UInt8]
  private let socket: InterfaceSocket

  /// The socket's descriptor, to poll.
  var number: Int32 { socket.number }

  private init(_ advertisement: [UInt8], _ socket: consuming InterfaceSocket) {
    self.advertisement = advertisement
    self.socket = socket
  }

  /// Opens the socket; nil where the guest has no IPv6.
  static func open(
    _ facts: GuestFacts,
    _ interface: InterfaceName
  ) throws(KernelError) -> RouterService? {
    guard let advertisement = RouterAdvertisement(facts) else { return nil }
    let socket = try InterfaceSocket(icmpv6: RouterSolicitation.messageType, on: interface)
    if let routers = IPAddress("ff02::2") { try socket.join(routers) }
    return RouterService(advertisement.encoded, socket)
  }

  /// Answers what has arrived.
  func serve() {
    socket.serve { packet throws(KernelError) in
      let hopLimit = packet.hopLimit ?? 0
      guard RouterSolicitation(packet.bytes, hopLimit: hopLimit, from: packet.source) != nil else {
        return
      }
      guard packet.source.isLinkLocal else { return advertise() }
      try socket.send(advertisement, to: packet.source)
    }
  }

  /// Tells every guest.
  func advertise() {
    guard let everybody = IPAddress("ff02::1") else { return }
    do {
      try socket.send(advertisement, to: everybody)
    } catch {
      AddressService.say("\(error)")
    }
  }
}

extension InterfaceSocket {
  /// How many packets are taken at a time, so that a flood on one socket starves no other.
  private static let turn = 64

  /// Gives the body the packets that wait; what fails is said.
  fileprivate borrowing func serve(_ body: (Packet) throws(KernelError) -> Void) {
    do {
      for _ in 0..<Self.turn {
        guard let packet = try receive() else { return }
        try body(packet)
      }
    } catch {
      AddressService.say("\(error)")
    }
  }
}
