// SPDX-License-Identifier: Apache-2.0

package import CLibc
import CLibmnl

/// Messages to netfilter under construction: libmnl's, one after another.
///
/// libmnl writes into room that is made first, so a batch grows with what it holds.
package struct NetfilterBatch: NetlinkRequest {
  /// The messages.
  private var bytes: [UInt8] = []

  /// The number of messages.
  package private(set) var count: UInt32 = 0

  /// The first message's number; microseconds, so that no earlier request of the process has it and an
  /// answer left of one is not taken for an answer to this.
  private let first: UInt32

  package private(set) var answers: NetlinkAnswers = .none
  package private(set) var refusal: Int32?
  package var size: Int { bytes.count }
  package var sequence: ClosedRange<UInt32> { first...first + max(1, count) - 1 }

  private var start = 0

  /// Creates a batch without messages.
  package init() {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    first = 1 + UInt32((time.tv_sec * 1_000_000 + time.tv_nsec / 1000) & 0x3FFF_FFFF)
  }

  /// Begins the next message, with its family's header.
  package mutating func begin(
    _ type: Int,
    flags: Int32 = 0,
    _ answers: NetlinkAnswers,
    header: some BitwiseCopyable
  ) {
    start = bytes.count
    count += 1
    self.answers = answers
    let number = sequence.upperBound
    unsafe write(room: MemoryLayout<nlmsghdr>.size) {
      unsafe mnl_nlmsg_put_header($0)
      unsafe $0.pointee.nlmsg_type = UInt16(truncatingIfNeeded: type)
      unsafe $0.pointee.nlmsg_flags = UInt16(truncatingIfNeeded: answers.flags | flags)
      unsafe $0.pointee.nlmsg_seq = number
    }
    unsafe withUnsafeBytes(of: header) { source in
      unsafe write(room: (source.count + 3) & ~3) {
        guard let target = unsafe mnl_nlmsg_put_extra_header($0, source.count) else { return }
        unsafe UnsafeMutableRawBufferPointer(start: target, count: source.count)
          .copyMemory(from: source)
      }
    }
  }

  /// Asks for an acknowledgement of the last message.
  package mutating func acknowledgeLast() {
    answers = .acknowledgement
    unsafe write(room: 0) { unsafe $0.pointee.nlmsg_flags |= UInt16(NLM_F_ACK) }
  }

  /// Appends an attribute to the last message.
  package mutating func put(_ type: some BinaryInteger, bytes payload: some Collection<UInt8>) {
    guard payload.count <= NetlinkLimit.payload else { return refusal = EMSGSIZE }
    unsafe Array(payload).withUnsafeBytes { payload in
      unsafe write(room: 4 + (payload.count + 3) & ~3) {
        unsafe mnl_attr_put(
          $0,
          UInt16(truncatingIfNeeded: type),
          payload.count,
          payload.baseAddress
        )
      }
    }
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

  package func send(through channel: NetlinkChannel) -> Int {
    guard case .netfilter(let socket) = channel else {
      preconditionFailure("libmnl's messages go through its own socket")
    }
    return unsafe mnl_socket_sendto(socket, bytes, bytes.count)
  }
}
