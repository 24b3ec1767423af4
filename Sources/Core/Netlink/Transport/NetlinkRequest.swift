// SPDX-License-Identifier: Apache-2.0

import CLibc

/// Messages that go to the kernel as one datagram, written and sent by a library.
package protocol NetlinkRequest: ~Copyable {
  /// What the last message is answered with.
  var answers: NetlinkAnswers { get }

  /// The error number of what makes the request impossible.
  var refusal: Int32? { get }

  /// The number of bytes.
  var size: Int { get }

  /// The numbers that the messages were sent with.
  var sequence: ClosedRange<UInt32> { get }

  /// Sends the messages; returns a negative number for an error, which `errno` then has.
  borrowing func send(through channel: NetlinkChannel) -> Int
}

/// How many answers the kernel gives to a message.
package enum NetlinkAnswers {
  /// Messages of a listing, with an end.
  case many
  /// One message, or an error.
  case one
  /// An acknowledgement or an error (`NLM_F_ACK`).
  case acknowledgement
  /// An error, or nothing.
  case none
}

extension NetlinkAnswers {
  /// The flags that ask for them.
  var flags: Int32 {
    switch self {
    case .many: NLM_F_REQUEST | NLM_F_DUMP
    case .acknowledgement: NLM_F_REQUEST | NLM_F_ACK
    case .one, .none: NLM_F_REQUEST
    }
  }
}

/// What netlink's own fields hold.
enum NetlinkLimit {
  /// The longest payload of an attribute, whose length has 16 bits.
  static let payload = 0xFFFF - 4
}
