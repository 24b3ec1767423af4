// SPDX-License-Identifier: Apache-2.0

package import CLibc

/// One message received from the kernel.
package struct NetlinkReply {
  /// The message, starting with its header.
  private let bytes: ArraySlice<UInt8>

  /// Splits a datagram into messages; a malformed rest is ignored.
  package static func split(_ datagram: [UInt8]) -> [NetlinkReply] {
    var replies: [NetlinkReply] = []
    var rest = datagram[...]
    let headerSize = MemoryLayout<nlmsghdr>.size
    while let length = rest.integer(as: UInt32.self), (headerSize...).contains(Int(length)),
      length <= rest.count
    {
      replies.append(NetlinkReply(bytes: rest.prefix(Int(length))))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return replies
  }

  /// The type (`RTM_…`, `NLMSG_ERROR`, `NLMSG_DONE`).
  package var type: Int { Int(field(at: 4) as UInt16) }

  /// The sequence number of the request.
  package var sequence: UInt32 { field(at: 8) }

  /// Whether the dump was interrupted by a change (`NLM_F_DUMP_INTR`).
  var isTorn: Bool { flags & NLM_F_DUMP_INTR != 0 }

  /// The payload after the netlink header.
  package var payload: ArraySlice<UInt8> { bytes.dropFirst(MemoryLayout<nlmsghdr>.size) }

  /// The attributes after a family header of the given size.
  package func attributes(after headerSize: Int) -> AttributeList {
    AttributeList(payload.dropFirst((headerSize + 3) & ~3))
  }

  /// Lends the message to C code.
  package func withHeader<Result>(_ body: (UnsafePointer<nlmsghdr>) -> Result) -> Result {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { preconditionFailure("a message has a header") }
      return unsafe body(start.assumingMemoryBound(to: nlmsghdr.self))
    }
  }

  private var flags: Int32 { Int32(field(at: 6) as UInt16) }

  private func field<Value: FixedWidthInteger & BitwiseCopyable>(at offset: Int) -> Value {
    bytes.integer(at: bytes.startIndex + offset, as: Value.self) ?? 0
  }
}

extension NetlinkReply {
  /// The kernel's verdict on a request: a positive error number, or 0 for success, and an optional
  /// explanation.
  package struct Verdict {
    /// The error number.
    package let errno: Int32
    /// The explanation (`NLMSGERR_ATTR_MSG`).
    package let text: String?
  }

  /// The verdict of an `NLMSG_ERROR`, which is also an acknowledgement, or an `NLMSG_DONE`.
  package var verdict: Verdict? {
    guard type == Int(NLMSG_ERROR) || type == Int(NLMSG_DONE) else { return nil }
    return Verdict(errno: 0 &- (payload.integer(as: Int32.self) ?? 0), text: explanation)
  }

  /// It follows `struct nlmsgerr` and, unless NLM_F_CAPPED is set, the request's payload.
  private var explanation: String? {
    guard type == Int(NLMSG_ERROR), flags & NLM_F_ACK_TLVS != 0,
      let echoed = payload.dropFirst(4).integer(as: UInt32.self)
    else { return nil }
    let isCapped = flags & NLM_F_CAPPED != 0
    let size = isCapped ? MemoryLayout<nlmsghdr>.size : Int(echoed)
    return attributes(after: 4 + size)[NLMSGERR_ATTR_MSG.rawValue]?.text
  }
}
