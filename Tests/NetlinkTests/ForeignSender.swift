// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel
import TestSupport

@testable import Netlink

/// A netlink socket of another process, as the kernel sees it: it may write to ports and groups.
struct ForeignSender: ~Copyable {
  private let file: FileDescriptor

  init(_ family: Int32) throws {
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    file = FileDescriptor(
      owning: try SystemCall.run("open", "a socket") { socket(AF_NETLINK, kind, family) }
    )
  }

  /// Sends the refusal of a message with a number, as only the kernel may, to a port or group.
  ///
  /// Returns the error number, 0 where it is sent.
  borrowing func refuse(_ sequence: UInt32, at port: UInt32 = 0, inGroup group: UInt32 = 0) -> Int32
  {
    let refusal = HostOrder.bytes(-EPERM)
    let message =
      HostOrder.bytes(UInt32(20)) + HostOrder.bytes(UInt16(NLMSG_ERROR)) + [0, 0]
      + HostOrder.bytes(sequence) + [0, 0, 0, 0] + refusal
    var receiver = sockaddr_nl()
    receiver.nl_family = sa_family_t(AF_NETLINK)
    receiver.nl_pid = port
    receiver.nl_groups = group == 0 ? 0 : 1 << (group - 1)
    let sent = unsafe withUnsafePointer(to: &receiver) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        let size = socklen_t(MemoryLayout<sockaddr_nl>.size)
        return unsafe sendto(file.number, message, message.count, 0, $0, size)
      }
    }
    return sent == message.count ? 0 : Linux.errno
  }
}

extension NetlinkSocket {
  /// The port that other processes see.
  var port: UInt32 {
    var address = sockaddr_nl()
    var size = socklen_t(MemoryLayout<sockaddr_nl>.size)
    unsafe withUnsafeMutablePointer(to: &address) {
      unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = unsafe getsockname(descriptor, $0, &size)
      }
    }
    return address.nl_pid
  }
}

/// A process of the calling thread's namespace that disturbs others until it is let go.
struct Disturber: ~Copyable {
  private let process: pid_t

  /// Writes to a port and a group of the routing family as fast as it can.
  init(flooding port: UInt32, andGroup group: UInt32) throws(KernelError) {
    try self.init(
      running: """
        import socket
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        refusal = bytes([20, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]) + bytes(4) + b"\\xff" * 4
        while True:
          for address in ((\(port), 0), (0, 1 << \(group - 1))):
            try: s.sendto(refusal, address)
            except OSError: pass
        """
    )
  }

  /// Starts Python with a script in the calling thread's namespace.
  init(running script: String) throws(KernelError) {
    let texts: [String] = ["python3", "-c", script]
    var words: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) }
    unsafe words.append(nil)
    var identifier: pid_t = 0
    let number = unsafe posix_spawn(&identifier, "/usr/bin/python3", nil, nil, words, nil)
    unsafe words.forEach { unsafe free($0) }
    guard number == 0 else { throw KernelError(errno: number, operation: "start", object: "it") }
    process = identifier
  }

  deinit {
    kill(process, SIGKILL)
    var status: Int32 = 0
    unsafe waitpid(process, &status, 0)
  }
}
