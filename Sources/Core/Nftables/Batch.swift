// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Glibc
import NetworkModel

/// A growing buffer of netlink messages that are sent together.
///
/// Its memory comes from the kernel, cleared page by page as far as it is written: libmnl before 1.0.5
/// leaves bytes between attributes as they are, and the C library clears the whole of what it gives
/// for a second time.
@safe
struct Batch: ~Copyable {
  /// More than libnftnl writes for one message of this module; it does not look how much fits.
  private static let largestMessage = 1 << 17

  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private var length = 0
  private var lastStart = 0

  /// Creates an empty batch.
  init() {
    capacity = Self.largestMessage * 2
    unsafe base = Self.pages(capacity)
  }

  deinit { unsafe munmap(base, capacity) }

  private static func pages(_ length: Int) -> UnsafeMutableRawPointer {
    let access = PROT_READ | PROT_WRITE
    let start = unsafe mmap(nil, length, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    let isFailure = unsafe start == UnsafeMutableRawPointer(bitPattern: -1)
    return unsafe allocated(isFailure ? nil : start)
  }

  /// What has been written.
  var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base, count: length)
  }

  /// Starts a message, lets the body add its attributes, and closes it.
  mutating func append(
    _ type: nf_tables_msg_types,
    family: NFT.Family,
    flags: Int32,
    sequence: UInt32,
    _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
  ) {
    let header = unsafe nftnl_nlmsg_build_hdr(
      room(),
      UInt16(type.rawValue),
      UInt16(family.rawValue),
      UInt16(flags),
      sequence
    )
    guard let header = unsafe header else { return }
    lastStart = length
    unsafe body(header)
    length += (Int(unsafe header.pointee.nlmsg_len) + 3) & ~3
  }

  /// Asks the kernel to answer the last message appended even when all goes well.
  mutating func acknowledgeLast() {
    let header = unsafe (base + lastStart).assumingMemoryBound(to: nlmsghdr.self)
    unsafe header.pointee.nlmsg_flags |= UInt16(NLM_F_ACK)
  }

  /// `NFNL_MSG_BATCH_BEGIN`: makes all that follows belong together.
  mutating func begin(sequence: UInt32) {
    _ = unsafe nftnl_batch_begin(room(), sequence)
    length += MemoryLayout<nlmsghdr>.size + 4
  }

  /// `NFNL_MSG_BATCH_END`: asks to make it so.
  ///
  /// Without it the kernel only checks.
  mutating func end(sequence: UInt32) {
    _ = unsafe nftnl_batch_end(room(), sequence)
    length += MemoryLayout<nlmsghdr>.size + 4
  }

  /// Returns where the next message starts, with enough room behind it.
  private mutating func room() -> UnsafeMutablePointer<CChar> {
    if capacity - length < Self.largestMessage {
      let larger = unsafe Self.pages(capacity * 2)
      unsafe larger.copyMemory(from: base, byteCount: length)
      unsafe munmap(base, capacity)
      unsafe base = larger
      capacity *= 2
    }
    return unsafe (base + length).assumingMemoryBound(to: CChar.self)
  }
}
