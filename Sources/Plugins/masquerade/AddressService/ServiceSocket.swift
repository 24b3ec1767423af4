// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// A socket on the guest's link; failures on it are reported and otherwise ignored.
final class ServiceSocket {
  private let socket: InterfaceSocket

  /// The descriptor, to poll.
  var number: Int32 { socket.number }

  /// Takes an open socket: embedded Swift does not free an object whose initializer fails.
  init(_ socket: consuming InterfaceSocket) {
    self.socket = socket
  }

  /// Returns the next waiting packet, or nil.
  func receive() -> InterfaceSocket.Packet? {
    do {
      return try socket.receive()
    } catch {
      AddressService.say("\(error)")
      return nil
    }
  }

  /// Sends a packet.
  func send(_ bytes: [UInt8], to destination: IPAddress, port: UInt16 = 0) {
    do {
      try socket.send(bytes, to: destination, port: port)
    } catch {
      AddressService.say("\(error)")
    }
  }
}
