// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibmnl
import CLibnl
import Linux
import NetworkModel

/// The socket of a library, which sends the messages of that library; `NetlinkSocket` owns it.
@safe
package enum NetlinkChannel {
  /// libnl's `struct nl_sock`, which also assigns sequence numbers.
  case route(OpaquePointer)
  /// libmnl's `struct mnl_socket`.
  case netfilter(OpaquePointer)

  /// Opens a socket of a family that is connected to the kernel's port, 0: from then on no other
  /// process can write to it.
  ///
  /// Otherwise any process with CAP_NET_ADMIN in the namespace could, and fill its queue. The
  /// libraries' own functions to open one (`nl_connect`, `mnl_socket_bind`) let anyone write.
  init(_ family: Int32, describedAs object: String) throws(KernelError) {
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    let file = FileDescriptor(
      owning: try SystemCall.run("open", object) { socket(AF_NETLINK, kind, family) }
    )
    try SystemCall.run("open", object) { Self.connect(file.number) }
    if family == NETLINK_ROUTE {
      let library = unsafe allocated(nl_socket_alloc())
      unsafe nl_socket_disable_auto_ack(library)
      unsafe self = .route(library)
      do throws(KernelError) {
        try SystemCall.run("open", object) {
          unsafe nl_socket_set_fd(library, family, file.number) < 0 ? -1 : Int32(0)
        }
      } catch {
        unsafe nl_socket_free(library)
        throw error
      }
    } else {
      guard let library = unsafe mnl_socket_fdopen(file.number) else {
        throw KernelError(errno: errno, operation: "open", object: object)
      }
      unsafe self = .netfilter(library)
    }
    _ = file.release()
  }

  private static func connect(_ descriptor: Int32) -> Int32 {
    var kernel = sockaddr_nl()
    kernel.nl_family = sa_family_t(AF_NETLINK)
    return unsafe withUnsafePointer(to: &kernel) { kernel in
      unsafe kernel.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe CLibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
      }
    }
  }

  /// The descriptor, to examine or poll.
  var descriptor: Int32 {
    switch self {
    case .route(let socket): unsafe nl_socket_get_fd(socket)
    case .netfilter(let socket): unsafe mnl_socket_get_fd(socket)
    }
  }

  /// Closes the socket.
  func close() {
    switch self {
    case .route(let socket): unsafe nl_socket_free(socket)
    case .netfilter(let socket): _ = unsafe mnl_socket_close(socket)
    }
  }
}
