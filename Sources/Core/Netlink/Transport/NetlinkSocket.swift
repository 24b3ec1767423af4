// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibmnl
import Linux
package import NetworkModel

/// A netlink socket of any family, in the namespace where it was opened.
///
/// The kernel handles a request while it is being sent and has queued the answers when `send`
/// returns; the next part of a listing whenever one is taken. So nothing waits for an answer: a queue
/// that ends too early has lost it.
///
/// Owns libmnl's `struct mnl_socket`.
@safe
public struct NetlinkSocket: ~Copyable {
  /// What completes "cannot …" for a request that fails; only put together then.
  package typealias Words = () -> (verb: String, object: String)

  /// Room for any datagram of the kernel, and for that many bytes of answers in its queue.
  ///
  /// A listing comes in parts of at most 32 KiB, a link with 256 virtual functions in one piece of
  /// some 100 KiB. Pages that nothing is written to cost nothing.
  private static let room = 1 << 20

  private let pointer: OpaquePointer
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens a socket of a family (`NETLINK_…`) in the namespace of the calling thread.
  /// - Throws: `KernelError`, such as EPROTONOSUPPORT from a kernel without the family.
  package init(_ family: Int32, describedAs object: String) throws(KernelError) {
    let opened = unsafe mnl_socket_open2(family, Int32(SOCK_CLOEXEC.rawValue))
    guard let opened = unsafe opened else {
      throw KernelError(errno: errno, operation: "open", object: object)
    }
    guard let memory = unsafe malloc(Self.room), unsafe Self.connect(opened) == 0 else {
      let number = errno
      unsafe mnl_socket_close(opened)
      throw KernelError(errno: number, operation: "open", object: object)
    }
    unsafe pointer = opened
    unsafe buffer = UnsafeMutableRawBufferPointer(start: memory, count: Self.room)
    if !set(SOL_SOCKET, SO_RCVBUFFORCE, Int32(Self.room)) {
      _ = set(SOL_SOCKET, SO_RCVBUF, Int32(Self.room))
    }
    // A kernel without one of these says less.
    for option in [NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK] {
      _ = set(SOL_NETLINK, option, 1)
    }
  }

  deinit {
    unsafe mnl_socket_close(pointer)
    unsafe free(buffer.baseAddress)
  }

  /// Binds the socket to the kernel's port, 0: no other process can write to it from then on.
  ///
  /// Without it, any process with CAP_NET_ADMIN in the namespace could, and fill its queue.
  private static func connect(_ socket: OpaquePointer) -> Int32 {
    var kernel = sockaddr_nl()
    kernel.nl_family = sa_family_t(AF_NETLINK)
    return unsafe withUnsafePointer(to: &kernel) { kernel in
      unsafe kernel.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        return unsafe CLibc.connect(mnl_socket_get_fd(socket), $0, size)
      }
    }
  }

  /// The descriptor, to examine or poll.
  package var descriptor: Int32 { unsafe mnl_socket_get_fd(pointer) }

  /// Sets an option of the socket; returns whether the kernel took it.
  borrowing func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return unsafe setsockopt(descriptor, level, option, &value, socklen_t(4)) == 0
  }

  /// Sends a request as one datagram.
  borrowing func send(_ request: NetlinkRequest, _ words: Words) throws(KernelError) {
    if let refusal = request.refusal { throw KernelError(refusal, words) }
    do {
      try sendOnce(request, words)
    } catch {
      // Larger than the system's default for a datagram (`net.core.wmem_default`).
      let size = Int32(clamping: request.bytes.count + 1024)
      guard error.errno == EMSGSIZE,
        set(SOL_SOCKET, SO_SNDBUFFORCE, size) || set(SOL_SOCKET, SO_SNDBUF, size)
      else { throw error }
      try sendOnce(request, words)
    }
  }

  private borrowing func sendOnce(_ request: NetlinkRequest, _ words: Words) throws(KernelError) {
    try SystemCall.run(words().verb, words().object) {
      unsafe mnl_socket_sendto(pointer, request.bytes, request.bytes.count)
    }
  }

  /// What the queue had.
  enum Received {
    /// Nothing: it is empty.
    case nothing
    /// The news that answers found no room (ENOBUFS); what is still queued follows.
    case loss
    /// A datagram of another process.
    case foreign
    /// A datagram of the kernel, of that many bytes.
    case datagram(Int)
  }

  /// Takes a datagram from the queue.
  ///
  /// Not libmnl's `mnl_socket_recvfrom`, which waits and does not say who sent it.
  borrowing func receive(_ words: Words) throws(KernelError) -> Received {
    var sender = sockaddr_nl()
    let count: Int
    do throws(KernelError) {
      count = try SystemCall.run(words().verb, words().object) {
        unsafe withUnsafeMutablePointer(to: &sender) { sender in
          unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            let flags = Int32(MSG_DONTWAIT | MSG_TRUNC)
            var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
            return unsafe recvfrom(
              descriptor,
              buffer.baseAddress,
              buffer.count,
              flags,
              address,
              &size
            )
          }
        }
      }
    } catch {
      switch error.errno {
      case EAGAIN: return .nothing
      case ENOBUFS: return .loss
      default: throw error
      }
    }
    guard sender.nl_pid == 0 else { return .foreign }
    guard unsafe count <= buffer.count else { throw KernelError(EMSGSIZE, words) }
    return .datagram(count)
  }

  /// Returns the bytes of the datagram taken last.
  borrowing func taken(_ count: Int) -> [UInt8] { unsafe Array(buffer.prefix(count)) }
}

extension KernelError {
  /// Creates the error of a request in its words.
  package init(_ number: Int32, text: String? = nil, _ words: NetlinkSocket.Words) {
    let words = words()
    self.init(errno: number, kernelText: text, operation: words.verb, object: words.object)
  }
}
