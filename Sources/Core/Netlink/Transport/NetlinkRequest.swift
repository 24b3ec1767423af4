// SPDX-License-Identifier: Apache-2.0

import CLibc

/// Messages sent to the kernel as one datagram, written and sent by a library.
package protocol NetlinkRequest: ~Copyable {
  /// The kind of reply to the last message.
  var answers: NetlinkAnswers { get }

  /// The error number if the request is impossible.
  var refusal: Int32? { get }

  /// The number of bytes.
  var size: Int { get }

  /// The sequence numbers of the messages.
  var sequence: ClosedRange<UInt32> { get }

  /// Sends the messages; returns a negative number on error, with `errno` set.
  borrowing func send(through channel: NetlinkChannel) -> Int
}

/// How many replies the kernel sends to a message.
package enum NetlinkAnswers {
  /// The messages of a dump, with an end.
  case many
  /// One message, or an error.
  case one
  /// An acknowledgement or an error (`NLM_F_ACK`).
  case acknowledgement
  /// An error, or nothing.
  case none
}

extension NetlinkAnswers {
  /// The flags that request them.
  var flags: Int32 {
    switch self {
    case .many: NLM_F_REQUEST | NLM_F_DUMP
    case .acknowledgement: NLM_F_REQUEST | NLM_F_ACK
    case .one, .none: NLM_F_REQUEST
    }
  }
}

/// The limits of netlink's own fields.
enum NetlinkLimit {
  /// The longest payload of an attribute, whose length field has 16 bits.
  static let payload = 0xFFFF - 4
}
