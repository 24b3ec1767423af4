// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A socket of netlink's routing family, in the namespace where it was opened.
///
/// The kernel handles a request while it is being sent, so that its answer is there to be read at
/// once. Owns libnl's `struct nl_sock`.
@safe
public struct RouteSocket: ~Copyable {
  let pointer: OpaquePointer

  /// Room for any datagram of the kernel.
  ///
  /// A listing comes in parts of at most 32 KiB, a link with 256 virtual functions in one piece of
  /// some 100 KiB. Pages that nothing is written to cost nothing.
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens a socket in the namespace of the calling thread; it stays in that namespace.
  /// - Throws: `KernelError`.
  package init() throws(KernelError) {
    unsafe pointer = allocated(nl_socket_alloc())
    guard unsafe nl_connect(pointer, NETLINK_ROUTE) == 0 else {
      let number = errno
      unsafe nl_socket_free(pointer)
      throw KernelError(errno: number, operation: "open", object: "a route netlink socket")
    }
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 8)
    enable(NETLINK_EXT_ACK)
    enable(NETLINK_GET_STRICT_CHK)
  }

  deinit {
    unsafe nl_socket_free(pointer)
    unsafe buffer.deallocate()
  }

  /// The socket's descriptor, to poll.
  var descriptor: Int32 { unsafe nl_socket_get_fd(pointer) }

  /// A number that no other network namespace of this boot has or had; nil before Linux 5.14.
  ///
  /// The corresponding C function is `getsockopt`, SO_NETNS_COOKIE.
  package var namespaceCookie: UInt64? {
    var cookie: UInt64 = 0
    var size = socklen_t(MemoryLayout<UInt64>.size)
    let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size)
    return result == 0 ? cookie : nil
  }

  /// Turns an option of level SOL_NETLINK on; a kernel without it only says less.
  private func enable(_ option: Int32) {
    var on: Int32 = 1
    _ = unsafe setsockopt(
      descriptor,
      SOL_NETLINK,
      option,
      &on,
      socklen_t(MemoryLayout<Int32>.size)
    )
  }

  /// Sends a request and returns what answers it, up to its acknowledgement or last part.
  ///
  /// The words are only put together for an error.
  /// - Throws: `KernelError` with the kernel's own explanation where it gave one.
  borrowing func request(
    _ message: borrowing RouteMessage,
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) -> [RouteReply] {
    while true {
      try send(message, operation(), object())
      let sequence = unsafe message.header.pointee.nlmsg_seq
      if let replies = try collect(sequence, operation(), object()) { return replies }
    }
  }

  private borrowing func send(
    _ message: borrowing RouteMessage,
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) {
    // A repeated request needs a new number.
    unsafe message.header.pointee.nlmsg_seq = UInt32(NL_AUTO_SEQ)
    try SystemCall.run(operation(), object()) {
      unsafe nl_send_auto(pointer, message.pointer) < 0 ? -1 : Int32(0)
    }
  }

  /// Collects the answers to one request; nil where a dump was torn by a change (NLM_F_DUMP_INTR).
  private borrowing func collect(
    _ sequence: UInt32,
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) -> [RouteReply]? {
    var collected: [RouteReply] = []
    var isTorn = false
    while true {
      let bytes = try receive(operation(), object())
      for reply in RouteReply.split(bytes) where reply.sequence == sequence {
        isTorn = isTorn || reply.flags & Int(NLM_F_DUMP_INTR) != 0
        switch reply.type {
        case Int(NLMSG_ERROR), Int(NLMSG_DONE):
          guard reply.errorNumber == 0 else {
            throw KernelError(
              errno: reply.errorNumber,
              kernelText: reply.errorText,
              operation: operation(),
              object: object()
            )
          }
          return isTorn ? nil : collected
        default: collected.append(reply)
        }
      }
    }
  }

  /// Waits for the kernel's next datagram, which may hold several messages, and returns it.
  private borrowing func receive(
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) -> [UInt8] {
    unsafe try receive(operation(), object()) { unsafe Array($0) }
  }

  /// Waits for the kernel's next datagram and forgets it.
  ///
  /// No array is made of it: an optimised build (Swift 6.3) frees one that nobody reads before it
  /// is filled.
  borrowing func discard(_ operation: String, _ object: String) throws(KernelError) {
    unsafe try receive(operation, object) { _ in }
  }

  /// Waits for the kernel's next datagram and lends it to the body.
  ///
  /// Not libnl's `nl_recv`, which asks for the length of each datagram before it reads it.
  private borrowing func receive<Result>(
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String,
    _ body: (UnsafeRawBufferPointer) -> Result
  ) throws(KernelError) -> Result {
    while true {
      let received = unsafe try SystemCall.receive(
        from: descriptor,
        into: buffer,
        flags: Int(MSG_TRUNC),
        operation(),
        object()
      )
      guard let count = received else { continue }
      guard unsafe count <= buffer.count else {
        throw KernelError(errno: EMSGSIZE, operation: operation(), object: object())
      }
      return unsafe body(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
    }
  }
}
