// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import Linux
package import NetworkModel

/// Sends and receives whole Ethernet frames through an interface of the namespace it was opened in.
package struct FrameSocket: ~Copyable {
  private static let anyProtocol: UInt16 = 0x0003  // ETH_P_ALL

  private let file: FileDescriptor

  /// Opens a packet socket on an interface that is up.
  package init(_ interface: InterfaceName) throws(KernelError) {
    let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue)
    let number = try SystemCall.run("open", "a packet socket") { socket(AF_PACKET, kind, 0) }
    let file = FileDescriptor(owning: number)
    let index = unsafe if_nametoindex(interface.string)
    // struct sockaddr_ll, which the Glibc module lacks: family, protocol, index, and 12 bytes more.
    var address = [UInt8](repeating: 0, count: 20)
    unsafe address.withUnsafeMutableBytes {
      unsafe $0.storeBytes(of: UInt16(AF_PACKET), as: UInt16.self)
      unsafe $0.storeBytes(of: Self.anyProtocol.bigEndian, toByteOffset: 2, as: UInt16.self)
      unsafe $0.storeBytes(of: index, toByteOffset: 4, as: UInt32.self)
    }
    try SystemCall.run("bind a packet socket to", "'\(interface)'") {
      unsafe address.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return -1 }
        return unsafe bind(number, start.assumingMemoryBound(to: sockaddr.self), 20)
      }
    }
    self.file = file
  }

  /// Sends a frame as it is, from its destination address on.
  package borrowing func send(_ frame: [UInt8]) throws(KernelError) {
    let number = file.number
    try SystemCall.run("send", "a frame") { unsafe Glibc.send(number, frame, frame.count, 0) }
  }

  /// Returns the frames from others that are there, waiting for the first at most so long.
  package borrowing func receive(withinMilliseconds limit: Int32) throws(KernelError) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var poll = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
    while unsafe Glibc.poll(&poll, 1, frames.isEmpty ? limit : 0) > 0 {
      var buffer = [UInt8](repeating: 0, count: 2048)
      let number = file.number
      let length = try SystemCall.run("receive", "a frame") {
        unsafe recv(number, &buffer, buffer.count, 0)
      }
      frames.append(Array(buffer.prefix(length)))
    }
    return frames
  }
}

/// Builds Ethernet frames.
package enum Frame {
  /// Returns a frame with a type of its own, so that a receiver can tell it from other traffic.
  ///
  /// `tags` are 802.1Q or 802.1ad headers, four bytes each, in front of the type.
  package static func make(
    from source: MACAddress,
    to destination: MACAddress,
    tags: [[UInt8]] = [],
    payload: String
  ) -> [UInt8] {
    let head = destination.bytes + source.bytes + tags.flatMap { $0 }
    let body = Array(payload.utf8)
    // 0x88B5 is the IEEE's local experimental type 1.
    return head + [0x88, 0xB5] + body + [UInt8](repeating: 0, count: max(0, 46 - body.count))
  }
}
