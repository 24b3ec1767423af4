// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A socket of netlink's routing family, in the namespace where it was opened.
public struct RouteSocket: ~Copyable {
  let socket: NetlinkSocket

  /// Opens a socket in the namespace of the calling thread; it stays in that namespace.
  package init() throws(KernelError) {
    socket = try NetlinkSocket.open(NETLINK_ROUTE, describedAs: "a route netlink socket")
  }

  /// A number that no other network namespace of this boot has or had; nil before Linux 5.14.
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
  /// A request to change something, which the kernel acknowledges.
  static func change(
    _ type: Int,
    flags: Int32 = 0,
    _ header: some BitwiseCopyable
  ) -> RouteMessage {
    RouteMessage(type, flags: flags, .acknowledgement, header: header)
  }
}

extension ifinfomsg {
  /// The header that names a link by its index; without one, the attributes do.
  init(index: Int32, family: Int32 = AF_UNSPEC) {
    self.init()
    ifi_family = UInt8(truncatingIfNeeded: family)
    ifi_index = index
  }
}
