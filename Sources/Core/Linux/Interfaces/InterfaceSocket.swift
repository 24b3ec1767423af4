// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

/// A socket for packets of one interface only, in the namespace where it was opened.
///
/// It is bound to the interface (SO_BINDTODEVICE), which since Linux 5.7 needs no capability.
package struct InterfaceSocket: ~Copyable {
  /// A packet and its metadata.
  package struct Packet: Hashable, Sendable {
    /// The payload after the UDP or IPv6 header.
    package let bytes: [UInt8]
    /// The sender.
    package let source: IPAddress
    /// The IPv6 hop limit, nil for IPv4.
    package let hopLimit: Int?
    /// The IPv6 destination address, unspecified for IPv4.
    package let destination: IPAddress
  }

  /// The descriptor, to poll.
  package var number: Int32 { file.number }

  /// The largest packet accepted; no DHCP message or solicitation is longer.
  private static let largestPacket = 4096

  private let file: FileDescriptor
  private let family: IPFamily
  private let interfaceIndex: UInt32
  private let name: String

  /// Opens a UDP port on every address of the interface; broadcasts are allowed.
  /// - Throws: `KernelError`: EACCES without CAP_NET_BIND_SERVICE for ports below 1024, ENODEV.
  package init(
    udp port: UInt16,
    _ family: IPFamily,
    on interface: InterfaceName
  ) throws(KernelError) {
    let name = "UDP port \(port) of interface '\(interface)'"
    let file = try Self.open(family, SOCK_DGRAM, IPPROTO_UDP, on: interface, name)
    try Self.set(file, SOL_SOCKET, SO_REUSEADDR, 1, name)
    if family == .v4 {
      try Self.set(file, SOL_SOCKET, SO_BROADCAST, 1, name)
    } else {
      // Without it the port could not be shared with an IPv4 socket (RFC 3493 §5.3).
      try Self.set(file, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, name)
    }
    let address = SocketAddress(IPAddress(unspecified: family), port: port)
    let number = file.number
    try SystemCall.run("open", name) { unsafe address.withPointer { unsafe bind(number, $0, $1) } }
    self.init(file, family, interface, name)
  }

  /// Opens a socket for ICMPv6 messages of one type.
  /// - Throws: `KernelError`: EPERM without CAP_NET_RAW, ENODEV.
  package init(icmpv6 type: UInt8, on interface: InterfaceName) throws(KernelError) {
    let name = "ICMPv6 on interface '\(interface)'"
    let file = try Self.open(.v6, SOCK_RAW, IPPROTO_ICMPV6, on: interface, name)
    // struct icmp6_filter: one bit per type to block.
    var filter = [UInt32](repeating: .max, count: 8)
    filter[Int(type >> 5)] &= ~(1 << UInt32(type & 31))
    let number = file.number
    try SystemCall.run("open", name) {
      unsafe setsockopt(number, Int32(IPPROTO_ICMPV6), ICMP6_FILTER, &filter, 32)
    }
    // Neighbours recognise packets of their link by the hop limit (RFC 4861 §6.1.2).
    try Self.set(file, Int32(IPPROTO_IPV6), IPV6_MULTICAST_HOPS, 255, name)
    try Self.set(file, Int32(IPPROTO_IPV6), IPV6_UNICAST_HOPS, 255, name)
    self.init(file, .v6, interface, name)
  }

  private init(
    _ file: consuming FileDescriptor,
    _ family: IPFamily,
    _ interface: InterfaceName,
    _ name: String
  ) {
    self.file = file
    self.family = family
    self.name = name
    interfaceIndex = unsafe if_nametoindex(interface.string)
  }

  private static func open(
    _ family: IPFamily,
    _ kind: __socket_type,
    _ protocolNumber: Int,
    on interface: InterfaceName,
    _ name: String
  ) throws(KernelError) -> FileDescriptor {
    let type = Int32(kind.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    let number = try SystemCall.run("open", name) {
      socket(family.number, type, Int32(protocolNumber))
    }
    let file = FileDescriptor(owning: number)
    // A flood can fill this much memory; the kernel drops the rest.
    try set(file, SOL_SOCKET, SO_RCVBUF, 32768, name)
    let bytes = Array(interface.string.utf8)
    try SystemCall.run("open", name) {
      unsafe setsockopt(number, SOL_SOCKET, SO_BINDTODEVICE, bytes, socklen_t(bytes.count))
    }
    if family == .v6 {
      let level = Int32(IPPROTO_IPV6)
      let index = Int32(unsafe if_nametoindex(interface.string))
      try set(file, level, IPV6_RECVHOPLIMIT, 1, name)
      try set(file, level, IPV6_RECVPKTINFO, 1, name)
      try set(file, level, IPV6_MULTICAST_IF, index, name)
      // Our own multicasts are not needed.
      try set(file, level, IPV6_MULTICAST_LOOP, 0, name)
    }
    return file
  }

  private static func set(
    _ file: borrowing FileDescriptor,
    _ level: Int32,
    _ option: Int32,
    _ value: Int32,
    _ name: String
  ) throws(KernelError) {
    var value = value
    let number = file.number
    try SystemCall.run("open", name) {
      unsafe setsockopt(number, level, option, &value, socklen_t(4))
    }
  }

  /// Also receives packets sent to an IPv6 multicast group of the link.
  package borrowing func join(_ group: IPAddress) throws(KernelError) {
    // struct ipv6_mreq: the group and the interface's index.
    var request = group.bytes + HostOrder.bytes(interfaceIndex)
    let number = file.number
    try SystemCall.run("join \(group) on", name) {
      unsafe setsockopt(number, Int32(IPPROTO_IPV6), IPV6_ADD_MEMBERSHIP, &request, 20)
    }
  }

  /// Returns the next packet, or nil if none is waiting.
  /// - Throws: `KernelError`, such as ENETDOWN.
  package borrowing func receive() throws(KernelError) -> Packet? {
    var bytes = [UInt8](repeating: 0, count: Self.largestPacket)
    var control = [UInt8](repeating: 0, count: 256)
    var sender = SocketAddress(IPAddress(unspecified: family), port: 0)
    var hopLimit: Int32 = -1
    // The first field of struct in6_pktinfo.
    var destination = [UInt8](repeating: 0, count: 16)
    let number = file.number
    let count: Int
    do {
      count = try SystemCall.run("receive from", name) {
        unsafe sender.withMutablePointer { address, length in
          unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe control.withUnsafeMutableBytes { control in
              var vector = unsafe iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
              return unsafe withUnsafeMutablePointer(to: &vector) { vector in
                var message = unsafe msghdr()
                unsafe message.msg_name = UnsafeMutableRawPointer(address)
                unsafe message.msg_namelen = length
                unsafe message.msg_iov = vector
                unsafe message.msg_iovlen = 1
                unsafe message.msg_control = control.baseAddress
                unsafe message.msg_controllen = control.count
                let count = unsafe recvmsg(number, &message, 0)
                guard count >= 0 else { return count }
                unsafe clinux_copy_control(&message, IPV6_HOPLIMIT, &hopLimit, 4)
                unsafe clinux_copy_control(&message, IPV6_PKTINFO, &destination, 16)
                return count
              }
            }
          }
        }
      }
    } catch {
      guard error.errno == EAGAIN else { throw error }
      return nil
    }
    return Packet(
      bytes: Array(bytes.prefix(count)),
      source: sender.address,
      hopLimit: hopLimit < 0 ? nil : Int(hopLimit),
      destination: IPAddress(bytes: destination) ?? IPAddress(unspecified: .v6)
    )
  }

  /// Sends a packet out of the interface.
  /// - Throws: `KernelError`, such as ENETUNREACH.
  package borrowing func send(_ bytes: [UInt8], to address: IPAddress, port: UInt16 = 0)
    throws(KernelError)
  {
    let receiver = SocketAddress(address, port: port, scope: interfaceIndex)
    let number = file.number
    try SystemCall.run("send to \(address) from", name) {
      unsafe receiver.withPointer { unsafe sendto(number, bytes, bytes.count, 0, $0, $1) }
    }
  }
}

extension Link {
  /// Returns the name of the link with an index in the calling thread's namespace, or nil.
  package static func name(at index: Int32) -> InterfaceName? {
    var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
    return unsafe if_indextoname(UInt32(bitPattern: index), &name)
      .flatMap { unsafe InterfaceName(String(cString: $0)) }
  }
}
