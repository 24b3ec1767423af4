// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLinux
package import NetworkModel

extension SystemCall {
  /// Receives the next datagram of a netlink socket into a buffer.
  ///
  /// Who has CAP_NET_ADMIN in the socket's namespace may write to it too; only port 0 is the kernel.
  ///
  /// The corresponding C function is `recvfrom`.
  /// - Returns: the length, with MSG_TRUNC also of a datagram that does not fit; nil for one that the
  ///   kernel did not send.
  /// - Throws: `KernelError`, such as ENOBUFS where datagrams were lost.
  package static func receive(
    from number: Int32,
    into buffer: UnsafeMutableRawBufferPointer,
    flags: Int,
    _ operation: @autoclosure () -> String,
    _ object: @autoclosure () -> String
  ) throws(KernelError) -> Int? {
    var sender = sockaddr_nl()
    let count = try run(operation(), object()) {
      unsafe withUnsafeMutablePointer(to: &sender) { sender in
        unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
          var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
          return unsafe recvfrom(
            number,
            buffer.baseAddress,
            buffer.count,
            Int32(flags),
            address,
            &length
          )
        }
      }
    }
    return sender.nl_pid == 0 ? count : nil
  }
}
