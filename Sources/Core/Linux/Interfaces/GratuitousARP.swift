// SPDX-License-Identifier: Apache-2.0

import CLibc
package import NetworkModel

/// The announcement of an IPv4 address to all hosts on a link (RFC 5227 §3, "ARP Announcement").
package enum GratuitousARP {
  /// Broadcasts one from the calling thread's namespace.
  /// - Throws: `KernelError`; ENETDOWN if the link is down.
  package static func send(
    _ address: IPAddress,
    mac: MACAddress,
    throughLinkAt index: Int32
  ) throws(KernelError) {
    let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
    let number = try SystemCall.run("open", "a packet socket") { socket(AF_PACKET, kind, 0) }
    let file = FileDescriptor(owning: number)
    defer { extendLifetime(file) }
    // Ethernet, IPv4, lengths of both addresses, request; then sender and target.
    let head: [UInt8] = [0, 1, 0x08, 0, 6, 4, 0, 1]
    let target = [UInt8](repeating: 0, count: 6) + address.bytes
    let packet = head + mac.bytes + address.bytes + target
    let destination = SocketAddress(broadcastOnLinkAt: index)
    try SystemCall.run("announce", "address \(address)") {
      unsafe destination.withPointer { unsafe sendto(number, packet, packet.count, 0, $0, $1) }
    }
  }
}
