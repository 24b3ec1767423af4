// SPDX-License-Identifier: Apache-2.0

import CLibc
package import NetworkModel

/// An address for the kernel's socket calls: IP with a port, or broadcast on a link.
///
/// The bytes of `struct sockaddr_in` (`linux/in.h`), `struct sockaddr_in6` (`linux/in6.h`) or `struct
/// sockaddr_ll` (`linux/if_packet.h`).
struct SocketAddress {
  private var bytes: [UInt8]

  /// Creates an address; the scope, an interface index, only matters for link-local ones.
  init(_ address: IPAddress, port: UInt16, scope: UInt32 = 0) {
    bytes = HostOrder.bytes(UInt16(address.family.number)) + [UInt8(port >> 8), UInt8(port & 0xFF)]
    switch address.family {
    case .v4: bytes += address.bytes + [UInt8](repeating: 0, count: 8)
    case .v6:
      bytes += [0, 0, 0, 0] + address.bytes
      bytes += HostOrder.bytes(address.isLinkLocal || address.isMulticast ? scope : 0)
    }
  }

  /// Creates the Ethernet broadcast address of a link, for ARP.
  init(broadcastOnLinkAt index: Int32) {
    // Hardware type and packet type are ignored here; the length of the address follows them.
    bytes =
      HostOrder.bytes(UInt16(AF_PACKET)) + [0x08, 0x06] + HostOrder.bytes(index) + [0, 0, 0, 6]
    bytes += [UInt8](repeating: 0xFF, count: 6) + [0, 0]
  }

  private var isIPv4: Bool { bytes.count == 16 }

  /// The address.
  var address: IPAddress {
    let part = isIPv4 ? bytes[4..<8] : bytes[8..<24]
    return IPAddress(bytes: Array(part)) ?? IPAddress(unspecified: isIPv4 ? .v4 : .v6)
  }

  /// The port.
  var port: UInt16 { UInt16(bytes[2]) << 8 | UInt16(bytes[3]) }

  /// Lends the address to a system call that reads it.
  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("an address has bytes") }
      return unsafe body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }

  /// Lends the address to a system call that fills it in.
  mutating func withMutablePointer<Result>(
    _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    unsafe bytes.withUnsafeMutableBytes { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("an address has bytes") }
      return unsafe body(start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }
}

extension IPFamily {
  /// The number of the address family (`AF_INET`, `AF_INET6`).
  package var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}
