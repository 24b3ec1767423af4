// SPDX-License-Identifier: Apache-2.0

package import CLibc
import CLibmnl

/// A batch of netfilter messages under construction, in libmnl's format.
///
/// libmnl writes into preallocated space, so a batch grows as needed.
package struct NetfilterBatch: NetlinkRequest {
  /// The messages, with cleared room behind them.
  private var bytes: [UInt8] = []

  /// The number of bytes that the messages take.
  package private(set) var size = 0

  /// The number of messages.
  package private(set) var count: UInt32 = 0

  /// The first message's sequence number; from microseconds, so that no earlier request of the
  /// process has it and a leftover reply is not taken for a reply to this one.
  private let first: UInt32

  package private(set) var answers: NetlinkAnswers = .none
  package private(set) var refusal: Int32?
  package var sequence: ClosedRange<UInt32> { first...first + max(1, count) - 1 }

  private var start = 0

  /// Creates a batch without messages.
  package init() {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    first = 1 + UInt32((time.tv_sec * 1_000_000 + time.tv_nsec / 1000) & 0x3FFF_FFFF)
  }

  /// Starts the next message, with its family's header.
  package mutating func begin(
    _ type: Int,
    flags: Int32 = 0,
    _ answers: NetlinkAnswers,
    header: some BitwiseCopyable
  ) {
    start = size
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

  /// Requests an acknowledgement of the last message.
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

  /// Lends the last message to C code that appends to it, followed by zeroed space: libmnl before
  /// 1.0.5 does not clear the padding between attributes.
  package mutating func write(room: Int, _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void) {
    bytes.append(contentsOf: repeatElement(0, count: max(0, size + room - bytes.count)))
    let start = start
    let length = unsafe bytes.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      let header = unsafe (base + start).assumingMemoryBound(to: nlmsghdr.self)
      unsafe body(header)
      return Int(unsafe header.pointee.nlmsg_len)
    }
    size = start + (length + 3) & ~3
  }

  package func send(through channel: NetlinkChannel) -> Int {
    guard case .netfilter(let socket) = channel else {
      preconditionFailure("libmnl's messages go through its own socket")
    }
    return unsafe mnl_socket_sendto(socket, bytes, size)
  }
}
