// SPDX-License-Identifier: Apache-2.0

import CLibnl
import Linux

/// One message received from netlink.
struct RouteReply {
  /// Its type (`RTM_…`, `NLMSG_ERROR`, `NLMSG_DONE`).
  let type: Int
  /// Its flags (`NLM_F_…`).
  let flags: Int
  /// The sequence number of the request it answers.
  let sequence: UInt32
  /// What follows the netlink header.
  let payload: ArraySlice<UInt8>

  /// The size of `struct nlmsghdr`.
  static let headerSize = 16

  /// Splits what one read returned into messages.
  static func split(_ bytes: [UInt8]) -> [RouteReply] {
    var replies: [RouteReply] = []
    var rest = bytes[...]
    while rest.count >= headerSize, let length = rest.integer(as: UInt32.self),
      (headerSize...rest.count).contains(Int(length))
    {
      replies.append(RouteReply(rest.prefix(Int(length))))
      rest = rest.dropFirst((Int(length) + 3) & ~3)
    }
    return replies
  }

  private init(_ message: ArraySlice<UInt8>) {
    type = Int(message.dropFirst(4).integer(as: UInt16.self) ?? 0)
    flags = Int(message.dropFirst(6).integer(as: UInt16.self) ?? 0)
    sequence = message.dropFirst(8).integer(as: UInt32.self) ?? 0
    payload = message.dropFirst(Self.headerSize)
  }

  /// The attributes behind a family's header of the given size.
  func attributes(after headerSize: Int) -> AttributeList {
    AttributeList(payload.dropFirst((headerSize + 3) & ~3))
  }

  /// The error number of an `NLMSG_ERROR`, positive; 0 is an acknowledgement.
  var errorNumber: Int32 { -(payload.integer(as: Int32.self) ?? 0) }

  /// The kernel's explanation in an extended acknowledgement (`NLMSGERR_ATTR_MSG`).
  ///
  /// It lies behind `struct nlmsgerr` and, unless NLM_F_CAPPED is set, the echoed request.
  var errorText: String? {
    guard type == Int(NLMSG_ERROR), flags & Int(NLM_F_ACK_TLVS) != 0,
      let echoed = payload.dropFirst(4).integer(as: UInt32.self)
    else { return nil }
    let isCapped = flags & Int(NLM_F_CAPPED) != 0
    let size = 4 + (isCapped ? Self.headerSize : (Int(echoed) + 3) & ~3)
    return AttributeList(payload.dropFirst(size))[NLMSGERR_ATTR_MSG.rawValue]?.text
  }
}
