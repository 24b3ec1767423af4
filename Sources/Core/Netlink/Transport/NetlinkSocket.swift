// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
package import NetworkModel

/// A netlink socket of any family, in the namespace where it was opened.
///
/// The kernel handles a request during `send` and has queued the replies when that returns; it
/// queues the next part of a dump whenever one is read. Nothing therefore waits for a reply: if the
/// queue runs empty too early, a reply was lost.
///
/// This holds for every family; only the library that writes and sends differs.
@safe
package final class NetlinkSocket {
  /// What completes "cannot …" for a failed request; only formatted if needed.
  package typealias Words = () -> (verb: String, object: String)

  /// The size of the receive buffer, enough for any kernel datagram, and of the socket's queue.
  ///
  /// A dump comes in parts of at most 32 KiB, a link with 256 virtual functions in one piece of
  /// some 100 KiB. Pages that are never written cost nothing.
  private static let room = 1 << 20

  private let channel: NetlinkChannel
  private let buffer: UnsafeMutableRawBufferPointer

  private init(_ channel: NetlinkChannel, _ memory: UnsafeMutableRawPointer) {
    self.channel = channel
    unsafe buffer = UnsafeMutableRawBufferPointer(start: memory, count: Self.room)
    if !set(SOL_SOCKET, SO_RCVBUFFORCE, Int32(Self.room)) {
      _ = set(SOL_SOCKET, SO_RCVBUF, Int32(Self.room))
    }
    // Kernels without one of these report less.
    for option in [NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK] {
      _ = set(SOL_NETLINK, option, 1)
    }
  }

  /// Opens a socket of a family (`NETLINK_…`) in the calling thread's namespace.
  /// - Throws: `KernelError`, such as EPROTONOSUPPORT from a kernel without the family.
  package static func open(
    _ family: Int32,
    describedAs object: String
  ) throws(KernelError) -> NetlinkSocket {
    let channel = try NetlinkChannel(family, describedAs: object)
    guard let memory = unsafe malloc(room) else {
      channel.close()
      throw KernelError(errno: ENOMEM, operation: "open", object: object)
    }
    return unsafe NetlinkSocket(channel, memory)
  }

  deinit {
    channel.close()
    unsafe free(buffer.baseAddress)
  }

  /// The descriptor, to examine or poll.
  package var descriptor: Int32 { channel.descriptor }

  /// Sets an option of the socket; returns whether the kernel accepted it.
  func set(_ level: Int32, _ option: Int32, _ value: Int32) -> Bool {
    var value = value
    return unsafe setsockopt(descriptor, level, option, &value, socklen_t(4)) == 0
  }

  /// Sends a request as one datagram.
  func send(
    _ request: borrowing some NetlinkRequest & ~Copyable,
    _ words: Words
  ) throws(KernelError) {
    if let refusal = request.refusal { throw KernelError(refusal, words) }
    do {
      try SystemCall.run(words().verb, words().object) { request.send(through: channel) }
    } catch {
      // Larger than the system's default for a datagram (`net.core.wmem_default`).
      let size = Int32(clamping: request.size + 1024)
      guard error.errno == EMSGSIZE,
        set(SOL_SOCKET, SO_SNDBUFFORCE, size) || set(SOL_SOCKET, SO_SNDBUF, size)
      else { throw error }
      try SystemCall.run(words().verb, words().object) { request.send(through: channel) }
    }
  }

  /// What was read from the queue.
  enum Received {
    /// Nothing: it is empty.
    case nothing
    /// The error that replies did not fit (ENOBUFS); the queued ones follow.
    case loss
    /// A datagram from another process.
    case foreign
    /// A datagram from the kernel, with its length in bytes.
    case datagram(Int)
  }

  /// Reads a datagram from the queue.
  ///
  /// Replaces libmnl's `mnl_socket_recvfrom`, which blocks and does not report the sender, and
  /// libnl's `nl_recv`, which first asks for each datagram's length and allocates a buffer.
  func receive(_ words: Words) throws(KernelError) -> Received {
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
      // The outcome in the kernel is unknown then, too.
      default: throw KernelError(ENOBUFS, text: error.errnoText, words)
      }
    }
    guard sender.nl_pid == 0 else { return .foreign }
    guard unsafe count <= buffer.count else { throw KernelError(EMSGSIZE, words) }
    return .datagram(count)
  }

  /// Returns the bytes of the last datagram.
  func taken(_ count: Int) -> [UInt8] { unsafe Array(buffer.prefix(count)) }
}

extension KernelError {
  /// Creates the error of a request, with its description.
  package init(_ number: Int32, text: String? = nil, _ words: NetlinkSocket.Words) {
    let words = words()
    self.init(errno: number, kernelText: text, operation: words.verb, object: words.object)
  }
}
