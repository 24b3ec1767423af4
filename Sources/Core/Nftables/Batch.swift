// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel

/// A growing buffer of netlink messages that are sent together.
///
/// Its memory starts cleared, for libmnl before 1.0.5 leaves bytes between attributes as they are. That
/// of a transaction comes from the kernel, which clears it page by page as far as it is written; the C
/// library would clear the whole.
@safe
struct Batch: ~Copyable {
  /// How long one message may be; libnftnl does not look how much fits.
  enum Room: Int {
    /// What names objects: four names of at most 255 bytes (`NFT_NAME_MAXLEN`).
    case names = 2048
    /// Any message of this module.
    case anything = 0x20000
  }

  private let room: Room
  private var base: UnsafeMutableRawPointer
  private var capacity: Int
  private var length = 0
  private var lastStart = 0

  /// Creates an empty batch with room for messages of a kind.
  init(_ room: Room) {
    self.room = room
    capacity = room.rawValue * 2
    unsafe base = Self.cleared(capacity, room)
  }

  deinit { unsafe Self.free(base, capacity, room) }

  private static func free(_ start: UnsafeMutableRawPointer, _ length: Int, _ room: Room) {
    switch room {
    case .names: unsafe CLibc.free(start)
    case .anything: unsafe munmap(start, length)
    }
  }

  private static func cleared(_ length: Int, _ room: Room) -> UnsafeMutableRawPointer {
    guard room == .anything else { return unsafe allocated(calloc(1, length)) }
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
      end(),
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
    _ = unsafe nftnl_batch_begin(end(), sequence)
    length += MemoryLayout<nlmsghdr>.size + 4
  }

  /// `NFNL_MSG_BATCH_END`: asks to make it so.
  ///
  /// Without it the kernel only checks.
  mutating func end(sequence: UInt32) {
    _ = unsafe nftnl_batch_end(end(), sequence)
    length += MemoryLayout<nlmsghdr>.size + 4
  }

  /// Returns where the next message starts, with enough room behind it.
  private mutating func end() -> UnsafeMutablePointer<CChar> {
    if capacity - length < room.rawValue {
      let larger = unsafe Self.cleared(capacity * 2, room)
      unsafe larger.copyMemory(from: base, byteCount: length)
      unsafe Self.free(base, capacity, room)
      unsafe base = larger
      capacity *= 2
    }
    return unsafe (base + length).assumingMemoryBound(to: CChar.self)
  }
}
