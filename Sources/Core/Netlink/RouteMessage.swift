// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux

/// A request to the routing family of netlink under construction: a header and nested attributes.
///
/// Owns libnl's `struct nl_msg` until it is sent.
@safe
struct RouteMessage: ~Copyable {
  /// libnl's message; lent to the socket that sends it.
  let pointer: OpaquePointer

  /// Starts a message of a type (`RTM_…`) with flags (`NLM_F_…`) and its family's header.
  init<Header: BitwiseCopyable>(_ type: Int, flags: Int32 = 0, header: Header) {
    unsafe pointer = allocated(nlmsg_alloc_simple(Int32(type), NLM_F_REQUEST | flags))
    append(header: header)
  }

  /// Takes over a message that libnl-route built.
  init(owning pointer: OpaquePointer) {
    unsafe self.pointer = unsafe pointer
  }

  deinit {
    unsafe nlmsg_free(pointer)
  }

  /// The bytes as they will be sent; sequence number and port are still zero.
  var bytes: [UInt8] {
    let header = unsafe self.header
    return unsafe Array(
      UnsafeRawBufferPointer(start: header, count: Int(header.pointee.nlmsg_len))
    )
  }

  /// The netlink header in front of the message.
  var header: UnsafeMutablePointer<nlmsghdr> { unsafe allocated(nlmsg_hdr(pointer)) }
}

extension RouteMessage {
  /// Appends a structure that no attribute wraps.
  mutating func append<Header: BitwiseCopyable>(header: Header) {
    var header = header
    let result = unsafe withUnsafeMutableBytes(of: &header) { bytes in
      unsafe nlmsg_append(pointer, bytes.baseAddress, bytes.count, Int32(NLMSG_ALIGNTO))
    }
    precondition(result == 0, "no room for a netlink header")
  }

  /// Appends an attribute with the bytes of an integer in the host's order.
  mutating func put(_ type: some BinaryInteger, _ value: some FixedWidthInteger & BitwiseCopyable) {
    var value = value
    unsafe withUnsafeBytes(of: &value) { unsafe append(Int32(type), $0) }
  }

  /// Appends an attribute with bytes as they are.
  mutating func put(_ type: some BinaryInteger, bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe append(Int32(type), $0) }
  }

  /// Appends an attribute with the bytes of a C structure.
  mutating func put<Value: BitwiseCopyable>(_ type: some BinaryInteger, structure: Value) {
    var structure = structure
    unsafe withUnsafeBytes(of: &structure) { unsafe append(Int32(type), $0) }
  }

  /// Appends an attribute with a NUL-terminated string.
  mutating func put(_ type: some BinaryInteger, _ text: String) {
    put(type, bytes: Array(text.utf8) + [0])
  }

  /// Appends an attribute that holds the attributes the body appends.
  mutating func nest(_ type: some BinaryInteger, _ body: (inout RouteMessage) -> Void) {
    let start = unsafe allocated(nla_nest_start(pointer, Int32(type)))
    body(&self)
    unsafe nla_nest_end(pointer, start)
  }

  private func append(_ type: Int32, _ bytes: UnsafeRawBufferPointer) {
    let result = unsafe nla_put(pointer, type, Int32(bytes.count), bytes.baseAddress)
    // libnl grows nothing: a message is one page, far more than any request here.
    precondition(result == 0, "no room for attribute \(type) of \(bytes.count) bytes")
  }
}
