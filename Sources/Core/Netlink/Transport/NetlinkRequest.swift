// SPDX-License-Identifier: Apache-2.0

package import CLibc
import CLibmnl

/// Netlink messages under construction, sent as one datagram; each is a header and attributes.
///
/// libmnl writes into room that is made first, so a request grows with what it holds. What does not
/// fit netlink (an attribute over 64 KiB, a number too large for its field) makes the request one
/// that is refused when it is sent.
package struct NetlinkRequest {
  /// How many answers the kernel gives to a message.
  package enum Answers {
    /// Messages of a listing, with an end.
    case many
    /// One message, or an error.
    case one
    /// An acknowledgement or an error (`NLM_F_ACK`).
    case acknowledgement
    /// An error, or nothing.
    case none
  }

  /// The longest payload of an attribute, whose length has 16 bits.
  private static let longestPayload = 0xFFFF - 4

  /// The messages.
  package private(set) var bytes: [UInt8] = []

  /// The number of messages; they are numbered from 1.
  package private(set) var count: UInt32 = 0

  /// What the last message is answered with.
  private(set) var answers: Answers = .none

  /// The error number of what makes the request impossible.
  private(set) var refusal: Int32?

  private var start = 0

  /// Creates a request without messages.
  package init() {}

  /// Creates a request of one message with its family's header.
  package init<Header: BitwiseCopyable>(
    _ type: Int,
    flags: Int32 = 0,
    _ answers: Answers,
    header: Header
  ) {
    begin(type, flags: flags, answers, header: header)
  }

  /// Begins the next message.
  package mutating func begin<Header: BitwiseCopyable>(
    _ type: Int,
    flags: Int32 = 0,
    _ answers: Answers,
    header: Header
  ) {
    start = bytes.count
    count += 1
    self.answers = answers
    let number = count
    let wanted =
      switch answers {
      case .many: NLM_F_REQUEST | NLM_F_DUMP
      case .acknowledgement: NLM_F_REQUEST | NLM_F_ACK
      case .one, .none: NLM_F_REQUEST
      }
    unsafe write(room: MemoryLayout<nlmsghdr>.size) {
      unsafe mnl_nlmsg_put_header($0)
      unsafe $0.pointee.nlmsg_type = UInt16(truncatingIfNeeded: type)
      unsafe $0.pointee.nlmsg_flags = UInt16(truncatingIfNeeded: wanted | flags)
      unsafe $0.pointee.nlmsg_seq = number
    }
    append(header: header)
  }

  /// Asks for an acknowledgement of the last message.
  package mutating func acknowledgeLast() {
    answers = .acknowledgement
    unsafe write(room: 0) { unsafe $0.pointee.nlmsg_flags |= UInt16(NLM_F_ACK) }
  }

  /// Makes the request one that is not sent but refused with an error number.
  package mutating func refuse(_ number: Int32) {
    refusal = refusal ?? number
  }

  /// Lends the last message to C code that adds to it, with cleared room behind it: libmnl before
  /// 1.0.5 leaves the bytes between attributes as they are.
  package mutating func write(room: Int, _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void) {
    bytes.append(contentsOf: repeatElement(0, count: room))
    let start = start
    let length = unsafe bytes.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      let header = unsafe (base + start).assumingMemoryBound(to: nlmsghdr.self)
      unsafe body(header)
      return Int(unsafe header.pointee.nlmsg_len)
    }
    bytes.removeLast(bytes.count - start - (length + 3) & ~3)
  }
}

extension NetlinkRequest {
  /// Appends a structure that no attribute wraps.
  package mutating func append<Header: BitwiseCopyable>(header: Header) {
    unsafe withUnsafeBytes(of: header) { source in
      unsafe write(room: (source.count + 3) & ~3) {
        guard let target = unsafe mnl_nlmsg_put_extra_header($0, source.count) else { return }
        unsafe UnsafeMutableRawBufferPointer(start: target, count: source.count)
          .copyMemory(from: source)
      }
    }
  }

  /// Appends an attribute with the bytes of an integer or a C structure, in the host's order.
  package mutating func put<Value: BitwiseCopyable>(_ type: some BinaryInteger, _ value: Value) {
    unsafe withUnsafeBytes(of: value) { unsafe put(UInt16(truncatingIfNeeded: type), $0) }
  }

  /// Appends an attribute of 32 bits; a number that needs more makes the request impossible.
  package mutating func put(_ type: some BinaryInteger, number: Int) {
    if let number = UInt32(exactly: number) { put(type, number) } else { refuse(ERANGE) }
  }

  /// Appends an attribute with bytes as they are.
  package mutating func put(_ type: some BinaryInteger, bytes: some Collection<UInt8>) {
    unsafe Array(bytes).withUnsafeBytes { unsafe put(UInt16(truncatingIfNeeded: type), $0) }
  }

  /// Appends an attribute with a NUL-terminated string.
  package mutating func put(_ type: some BinaryInteger, text: String) {
    put(type, bytes: Array(text.utf8) + [0])
  }

  private mutating func put(_ type: UInt16, _ payload: UnsafeRawBufferPointer) {
    guard payload.count <= Self.longestPayload else { return refuse(EMSGSIZE) }
    unsafe write(room: 4 + (payload.count + 3) & ~3) {
      unsafe mnl_attr_put($0, type, payload.count, payload.baseAddress)
    }
  }

  /// Appends an attribute that holds the attributes the body appends.
  package mutating func nest(
    _ type: some BinaryInteger,
    _ body: (inout NetlinkRequest) -> Void
  ) {
    let place = bytes.count - start
    unsafe write(room: 4) { unsafe _ = mnl_attr_nest_start($0, UInt16(truncatingIfNeeded: type)) }
    body(&self)
    guard bytes.count - start - place - 4 <= Self.longestPayload else { return refuse(EMSGSIZE) }
    unsafe write(room: 0) { header in
      let attribute = unsafe UnsafeMutableRawPointer(header) + place
      unsafe mnl_attr_nest_end(header, attribute.assumingMemoryBound(to: nlattr.self))
    }
  }
}
