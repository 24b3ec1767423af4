// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// An rtnetlink socket, in the namespace where it was opened.
public struct RouteSocket: ~Copyable {
  let socket: NetlinkSocket

  /// Opens a socket in the calling thread's namespace; it stays in that namespace.
  package init() throws(KernelError) {
    socket = try NetlinkSocket.open(NETLINK_ROUTE, describedAs: "a route netlink socket")
  }

  /// The cookie, unique among the network namespaces of this boot; nil before Linux 5.14.
  ///
  /// The corresponding C function is `getsockopt`, SO_NETNS_COOKIE.
  package var namespaceCookie: UInt64? {
    var cookie: UInt64 = 0
    var size = socklen_t(MemoryLayout<UInt64>.size)
    let result = unsafe getsockopt(socket.descriptor, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size)
    return result == 0 ? cookie : nil
  }
}

extension RouteMessage {
  /// A request for a change, which the kernel acknowledges.
  static func change(
    _ type: Int,
    flags: Int32 = 0,
    _ header: some BitwiseCopyable
  ) -> RouteMessage {
    RouteMessage(type, flags: flags, .acknowledgement, header: header)
  }
}

extension ifinfomsg {
  /// The header that identifies a link by its index; without one, the attributes do.
  init(index: Int32, family: Int32 = AF_UNSPEC) {
    self.init()
    ifi_family = UInt8(truncatingIfNeeded: family)
    ifi_index = index
  }
}

extension RouteSocket {
  /// Returns the ID by which this socket's namespace knows another, given as an open file; nil if
  /// it has none, since no link leads there.
  ///
  /// As `ip netns list-id`: the reply to RTM_GETNSID with NETNSA_FD contains NETNSA_NSID.
  package borrowing func number(ofNamespace file: Int32) throws(KernelError) -> Int32? {
    var request = RouteMessage(RTM_GETNSID, .one, header: rtgenmsg())
    request.put(NETNSA_FD, file)
    let words = { ("look up the number of", "a network namespace") }
    return try socket.ask(request, words) { reply in
      reply.attributes(after: MemoryLayout<rtgenmsg>.size)[NETNSA_NSID]?
        .integer(as: Int32.self).flatMap { $0 < 0 ? nil : $0 }
    }.first
  }
}
