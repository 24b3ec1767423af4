// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel

/// A received netlink message, lent for the duration of a call.
@safe
struct Message {
  /// The message, for the parsers of libnftnl.
  let header: UnsafePointer<nlmsghdr>

  /// The number of the request that is answered.
  var sequence: UInt32 { unsafe header.pointee.nlmsg_seq }

  /// Whether the dump it belongs to saw the ruleset change (`NLM_F_DUMP_INTR`).
  var isInterrupted: Bool { unsafe header.pointee.nlmsg_flags & UInt16(NLM_F_DUMP_INTR) != 0 }

  /// Whether it is the last message of a dump.
  var isEnd: Bool { unsafe header.pointee.nlmsg_type == UInt16(NLMSG_DONE) }

  /// The kernel's verdict on the request: an error, or with number 0 an acknowledgement.
  var acknowledgement: Acknowledgement? {
    let type = unsafe header.pointee.nlmsg_type
    guard type == UInt16(NLMSG_ERROR) || type == UInt16(NLMSG_DONE) else { return nil }
    let payload = unsafe bytes.dropFirst(MemoryLayout<nlmsghdr>.size)
    guard unsafe payload.count >= 4 else { return nil }
    let number = unsafe -UnsafeRawBufferPointer(rebasing: payload).loadUnaligned(as: Int32.self)
    guard type == UInt16(NLMSG_ERROR), number != 0 else {
      return Acknowledgement(errno: number, text: nil)
    }
    return Acknowledgement(errno: number, text: extendedText)
  }

  private var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len))
  }

  /// `NLMSGERR_ATTR_MSG`, which lies after the request's header or, uncapped, the whole request.
  private var extendedText: String? {
    let flags = unsafe header.pointee.nlmsg_flags
    let fixed = MemoryLayout<nlmsghdr>.size + MemoryLayout<nlmsgerr>.size
    guard flags & UInt16(NLM_F_ACK_TLVS) != 0, unsafe bytes.count >= fixed else { return nil }
    var position = fixed
    if flags & UInt16(NLM_F_CAPPED) == 0 {
      let request = unsafe bytes.loadUnaligned(fromByteOffset: 20, as: UInt32.self)
      position += (Int(request) - MemoryLayout<nlmsghdr>.size + 3) & ~3
    }
    return attribute(UInt16(NLMSGERR_ATTR_MSG.rawValue), from: position)
      .map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }

  /// The number of the ruleset that a `NFT_MSG_NEWGEN` tells (`NFTA_GEN_ID`).
  var generation: UInt32? {
    // The attributes lie behind `nlmsghdr` and `nfgenmsg`.
    attribute(UInt16(NFTA_GEN_ID.rawValue), from: 20)?.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Returns the value of an attribute, the attributes of its message beginning at a position.
  private func attribute(_ wanted: UInt16, from start: Int) -> [UInt8]? {
    var position = start
    while unsafe position + 4 <= bytes.count {
      let length = Int(unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self))
      let type = unsafe bytes.loadUnaligned(fromByteOffset: position + 2, as: UInt16.self)
      guard length >= 4, unsafe position + length <= bytes.count else { return nil }
      // The upper two bits are NLA_F_NESTED and NLA_F_NET_BYTEORDER.
      if type & 0x3FFF == wanted { return unsafe Array(bytes[position + 4..<position + length]) }
      position += (length + 3) & ~3
    }
    return nil
  }

  /// Gives the body each message of a datagram until it returns false.
  static func forEach(
    in datagram: UnsafeRawBufferPointer,
    _ body: (Message) throws(KernelError) -> Bool
  ) throws(KernelError) -> Bool {
    var rest = unsafe datagram
    while rest.count >= MemoryLayout<nlmsghdr>.size, let start = rest.baseAddress {
      let header = unsafe start.assumingMemoryBound(to: nlmsghdr.self)
      let length = Int(unsafe header.pointee.nlmsg_len)
      guard length >= MemoryLayout<nlmsghdr>.size, length <= rest.count else { return true }
      guard try body(unsafe Message(header: header)) else { return false }
      unsafe rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst((length + 3) & ~3))
    }
    return true
  }
}

/// The kernel's verdict on one message.
struct Acknowledgement {
  /// The error number, positive, or 0 for success.
  let errno: Int32
  /// The kernel's own explanation.
  let text: String?
}
