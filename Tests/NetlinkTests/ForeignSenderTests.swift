// SPDX-License-Identifier: Apache-2.0

import CLibnl
import Glibc
import NetworkModel
import TestSupport
import Testing

@testable import Netlink

/// Whoever has CAP_NET_ADMIN in a pod's namespace may write to a netlink socket there.
@Suite(.enabled(if: canMakeNetworkNamespaces(), "needs root to make network namespaces"))
struct ForeignSenderTests {
  /// Sends a refusal of a request that `port` may have sent, as only the kernel may.
  private static func refuse(_ sequence: UInt32, to port: UInt32) -> Bool {
    let number = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue), NETLINK_ROUTE)
    defer { close(number) }
    let payload = nlmsgerr(error: -EPERM, msg: nlmsghdr())
    let length = MemoryLayout<nlmsghdr>.size + MemoryLayout<nlmsgerr>.size
    let header = nlmsghdr(
      nlmsg_len: UInt32(length),
      nlmsg_type: UInt16(NLMSG_ERROR),
      nlmsg_flags: 0,
      nlmsg_seq: sequence,
      nlmsg_pid: port
    )
    var bytes = unsafe withUnsafeBytes(of: header) { unsafe Array($0) }
    unsafe withUnsafeBytes(of: payload) { unsafe bytes.append(contentsOf: $0) }
    var receiver = sockaddr_nl()
    receiver.nl_family = sa_family_t(AF_NETLINK)
    receiver.nl_pid = port
    return unsafe withUnsafePointer(to: &receiver) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe sendto(number, bytes, length, 0, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
      }
    } == length
  }

  @Test func `an answer that the kernel did not send is ignored`() throws {
    try inNewNetworkNamespace {
      // libnl numbers the requests of a socket from the time at which it was made.
      let start = UInt32(time(nil))
      let socket = try RouteSocket()
      let port = unsafe nl_socket_get_local_port(socket.pointer)
      for sequence in start...start + 2 {
        #expect(Self.refuse(sequence, to: port))
      }

      let link = try socket.link(named: try #require(InterfaceName("lo")))

      #expect(link?.index == 1)
    }
  }
}
