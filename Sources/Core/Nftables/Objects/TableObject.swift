// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
import Linux
import Netlink
import NetworkModel

/// Owns a `nftnl_table`.
@safe
struct TableObject: NftablesObject, ~Copyable {
  private let pointer: OpaquePointer

  /// Creates a table with only its name.
  init(named id: Nftables.Table.ID) {
    unsafe pointer = allocated(nftnl_table_alloc())
    set(NFTNL_TABLE_NAME, id.name)
  }

  /// Creates a table with all attributes.
  init(_ table: Nftables.Table) {
    self.init(named: table.id)
    // Without the attribute the kernel keeps the flags of an existing table.
    guard let data = table.comment?.userData else { return }
    let attribute = UInt16(NFTNL_TABLE_USERDATA.rawValue)
    _ = unsafe nftnl_table_set_data(pointer, attribute, data, UInt32(data.count))
  }

  /// Creates a table with its name and no flags.
  init(waking id: Nftables.Table.ID) {
    self.init(named: id)
    unsafe nftnl_table_set_u32(pointer, UInt16(NFTNL_TABLE_FLAGS.rawValue), 0)
  }

  deinit { unsafe nftnl_table_free(pointer) }

  private func set(_ attribute: nftnl_table_attr, _ text: String) {
    _ = unsafe Nftables.lend(text) {
      unsafe nftnl_table_set_str(pointer, UInt16(attribute.rawValue), $0)
    }
  }

  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>) {
    unsafe nftnl_table_nlmsg_build_payload(header, pointer)
  }

  /// Parses a table from a kernel message, with the number of objects in it.
  static func read(_ reply: NetlinkReply) -> (table: Nftables.Table, uses: UInt32)? {
    let object = TableObject(named: Nftables.Table.ID(.inet, ""))
    let result = unsafe reply.withHeader { unsafe nftnl_table_nlmsg_parse($0, object.pointer) }
    return result < 0 ? nil : object.value
  }

  private var value: (table: Nftables.Table, uses: UInt32)? {
    let family = unsafe nftnl_table_get_u32(pointer, UInt16(NFTNL_TABLE_FAMILY.rawValue))
    guard let family = Nftables.Family(number: family),
      let name = unsafe nftnl_table_get_str(pointer, UInt16(NFTNL_TABLE_NAME.rawValue))
    else { return nil }
    let userData = unsafe bytes {
      unsafe nftnl_table_get_data(pointer, UInt16(NFTNL_TABLE_USERDATA.rawValue), $0)
    }
    let flags = unsafe nftnl_table_get_u32(pointer, UInt16(NFTNL_TABLE_FLAGS.rawValue))
    var table = Nftables.Table(
      Nftables.Table.ID(family, unsafe String(cString: name)),
      comment: Nftables.Comment(userData: userData)
    )
    table.isDormant = flags & UInt32(NFT_TABLE_F_DORMANT.rawValue) != 0
    return (table, unsafe nftnl_table_get_u32(pointer, UInt16(NFTNL_TABLE_USE.rawValue)))
  }
}

extension Nftables.Family {
  init?(number: UInt32) {
    self.init(rawValue: UInt8(truncatingIfNeeded: number))
  }
}

/// Copies bytes owned by a C object, from a function that returns them with their number.
func bytes(_ get: (UnsafeMutablePointer<UInt32>) -> UnsafeRawPointer?) -> [UInt8] {
  var length: UInt32 = 0
  let start = unsafe get(&length)
  return unsafe Array(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(length)))
}
