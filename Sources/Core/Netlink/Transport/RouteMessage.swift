// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux

/// An rtnetlink message under construction: a header and attributes.
///
/// Owns libnl's `struct nl_msg`. If something does not fit netlink (an attribute over 64 KiB, a
/// number too large for its field), sending the message fails.
@safe
struct RouteMessage: ~Copyable, NetlinkRequest {
  let pointer: OpaquePointer
  let answers: NetlinkAnswers
  private(set) var refusal: Int32?

  /// Creates a message of a type (`RTM_…`) with flags (`NLM_F_…`) and its family's header.
  init(_ type: Int, flags: Int32 = 0, _ answers: NetlinkAnswers, header: some BitwiseCopyable) {
    self.answers = answers
    unsafe pointer = allocated(nlmsg_alloc_size(512))
    let (port, number) = (UInt32(NL_AUTO_PORT), UInt32(NL_AUTO_SEQ))
    unsafe nlmsg_put(pointer, port, number, Int32(type), 0, answers.flags | flags)
    append(header: header)
  }

  /// Takes over a message for a change that libnl-route wrote.
  init(owning pointer: OpaquePointer) {
    unsafe self.pointer = unsafe pointer
    answers = .acknowledgement
    unsafe header.pointee.nlmsg_flags |= UInt16(truncatingIfNeeded: answers.flags)
  }

  deinit { unsafe nlmsg_free(pointer) }

  /// The netlink header of the message.
  var header: UnsafeMutablePointer<nlmsghdr> { unsafe allocated(nlmsg_hdr(pointer)) }

  var size: Int { Int(unsafe header.pointee.nlmsg_len) }

  var sequence: ClosedRange<UInt32> {
    let number = unsafe header.pointee.nlmsg_seq
    return number...number
  }

  borrowing func send(through channel: NetlinkChannel) -> Int {
    guard case .route(let socket) = channel else {
      preconditionFailure("libnl's messages go through its own socket")
    }
    // It gets a new sequence number whenever it is sent.
    unsafe header.pointee.nlmsg_seq = UInt32(NL_AUTO_SEQ)
    return unsafe nl_send_auto(socket, pointer) < 0 ? -1 : 0
  }

  /// Marks the message as impossible: sending it fails with an error number.
  mutating func refuse(_ number: Int32) {
    refusal = refusal ?? number
  }
}

extension RouteMessage {
  /// Appends a structure without an attribute header.
  mutating func append(header: some BitwiseCopyable) {
    var header = header
    unsafe withUnsafeMutableBytes(of: &header) { bytes in
      _ = unsafe write { unsafe nlmsg_append($0, bytes.baseAddress, bytes.count, 4) }
    }
  }

  /// Appends an attribute with the bytes of an integer or a C structure, in host byte order.
  mutating func put(_ type: some BinaryInteger, _ value: some BitwiseCopyable) {
    unsafe withUnsafeBytes(of: value) { unsafe put(Int32(type), $0) }
  }

  /// Appends a 32-bit attribute; a larger number makes the message impossible.
  mutating func put(_ type: some BinaryInteger, number: Int) {
    if let number = UInt32(exactly: number) { put(type, number) } else { refuse(ERANGE) }
  }

  /// Appends an attribute with the given bytes.
  mutating func put(_ type: some BinaryInteger, bytes: some Collection<UInt8>) {
    unsafe Array(bytes).withUnsafeBytes { unsafe put(Int32(type), $0) }
  }

  /// Appends an attribute with a NUL-terminated string.
  mutating func put(_ type: some BinaryInteger, text: String) {
    put(type, bytes: Array(text.utf8) + [0])
  }

  private mutating func put(_ type: Int32, _ payload: UnsafeRawBufferPointer) {
    guard payload.count <= NetlinkLimit.payload else { return refuse(EMSGSIZE) }
    _ = unsafe write { unsafe nla_put($0, type, Int32(payload.count), payload.baseAddress) }
  }

  /// Appends an attribute with nested attributes that the body appends; omitted if there are none.
  mutating func nest(_ type: some BinaryInteger, _ body: (inout RouteMessage) -> Void) {
    let place = size
    let isBegun = unsafe write {
      unsafe nla_nest_start($0, Int32(type)) == nil ? -NLE_NOMEM : 0
    }
    guard isBegun else { return }
    body(&self)
    // Found again: it moves when the message grows.
    let start = unsafe (UnsafeMutableRawPointer(header) + place)
      .assumingMemoryBound(to: nlattr.self)
    if unsafe nla_nest_end(pointer, start) < 0 { refuse(EMSGSIZE) }
  }

  /// Lets libnl write; if something does not fit, the message grows to twice its size.
  private mutating func write(_ body: (OpaquePointer) -> Int32) -> Bool {
    while unsafe body(pointer) == -NLE_NOMEM {
      guard unsafe nlmsg_expand(pointer, 2 * nlmsg_get_max_size(pointer)) == 0 else {
        refuse(ENOMEM)
        return false
      }
    }
    return true
  }
}
