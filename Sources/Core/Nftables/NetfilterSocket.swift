// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel

/// A netlink socket to the packet filter of the network namespace that it was opened in.
///
/// The kernel works inside `send` and has queued every answer when it returns, so receiving never
/// waits: an empty queue is the end of the answers.
@safe
public struct NetfilterSocket: ~Copyable {
  private let file: FileDescriptor

  /// Large enough for any datagram of the kernel: listings come in parts of at most 32 KiB.
  private let buffer: UnsafeMutableRawBufferPointer

  /// Opens the socket; nothing else is asked of the kernel yet.
  init() throws(KernelError) {
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    let number = try SystemCall.run("open", "a netlink socket for nftables") {
      socket(AF_NETLINK, kind, NETLINK_NETFILTER)
    }
    file = FileDescriptor(owning: number)
    unsafe buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    // Both are there since Linux 4.12; without them errors merely say less.
    enable(NETLINK_EXT_ACK)
    enable(NETLINK_CAP_ACK)
  }

  deinit { unsafe buffer.deallocate() }

  private borrowing func enable(_ option: Int32) {
    var one: Int32 = 1
    _ = unsafe setsockopt(file.number, SOL_NETLINK, option, &one, socklen_t(4))
  }

  /// Sends bytes as one datagram, after which all its answers are queued.
  borrowing func send(_ bytes: UnsafeRawBufferPointer, describedAs object: String)
    throws(KernelError)
  {
    discardUnread()
    try reserve(bytes.count, object)
    let number = file.number
    try SystemCall.run("send", object) {
      unsafe CLibc.send(number, bytes.baseAddress, bytes.count, 0)
    }
  }

  /// Makes room for a datagram larger than the system's default (`net.core.wmem_default`).
  private borrowing func reserve(_ length: Int, _ object: String) throws(KernelError) {
    let number = file.number
    var size: Int32 = 0
    var width = socklen_t(4)
    try SystemCall.run("examine the socket for", object) {
      unsafe getsockopt(number, SOL_SOCKET, SO_SNDBUF, &size, &width)
    }
    guard length > Int(size) - 1024 else { return }
    var wanted = Int32(length + 1024)
    try SystemCall.run("make room for", object) {
      unsafe setsockopt(number, SOL_SOCKET, SO_SNDBUFFORCE, &wanted, width)
    }
  }

  /// Gives the body every queued message until it returns false or the queue is empty.
  ///
  /// Answers that found no room are lost and the kernel says so once (ENOBUFS); the others follow.
  /// - Returns: whether answers were lost.
  borrowing func receive(
    describedAs object: String,
    _ body: (Message) throws(KernelError) -> Bool
  ) throws(KernelError) -> Bool {
    var areLost = false
    while true {
      let received: Int?
      do {
        unsafe received = try SystemCall.receive(
          from: file.number,
          into: buffer,
          flags: Int(MSG_DONTWAIT),
          "receive the answer to",
          object
        )
      } catch {
        if error.errno == EAGAIN { return areLost }
        guard error.errno == ENOBUFS else { throw error }
        areLost = true
        continue
      }
      guard let count = received else { continue }
      let datagram = unsafe UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
      guard try unsafe Message.forEach(in: datagram, body) else { return areLost }
    }
  }

  /// Forgets answers to a request whose reader gave up.
  private borrowing func discardUnread() {
    _ = try? receive(describedAs: "") { _ throws(KernelError) in true }  // what is lost is unwanted
  }
}
