// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import NetworkModel

/// A socket on the guest's link; failures on it are reported and otherwise ignored.
///
/// The guest can provoke them, so five are reported at once and one per minute after that.
final class ServiceSocket {
  private let socket: InterfaceSocket
  private var reports = RateLimit(burst: 5, interval: 60_000, now: Polling.now)

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
      report(error)
      return nil
    }
  }

  /// Sends a packet.
  func send(_ bytes: [UInt8], to destination: IPAddress, port: UInt16 = 0) {
    do {
      try socket.send(bytes, to: destination, port: port)
    } catch {
      report(error)
    }
  }

  private func report(_ error: KernelError) {
    guard reports.wait(at: Polling.now) == 0 else { return }
    reports.take(at: Polling.now)
    AddressService.say("\(error)")
  }
}
