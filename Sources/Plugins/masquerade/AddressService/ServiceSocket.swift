// SPDX-License-Identifier: Apache-2.0

import Linux
import NetworkModel

/// A socket of the guest's link; what fails on it is reported and forgotten.
final class ServiceSocket {
  private let socket: InterfaceSocket

  /// The descriptor, to poll.
  var number: Int32 { socket.number }

  /// Takes a socket that is open: embedded Swift does not free an object whose initializer fails.
  init(_ socket: consuming InterfaceSocket) {
    self.socket = socket
  }

  /// Returns the packet that waits; nil where there is none.
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
