// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Netlink
import NetworkModel

/// How many bytes libnftnl may write; it does not check the available space.
///
/// Names are limited to `Nftables.longestName` plus one byte before it sees them, values to 64
/// bytes (`NFT_DATA_VALUE_MAXLEN`), user data to 256 (`NFT_USERDATA_MAXLEN`).
enum Room {
  /// The attributes of an object, except the lists it contains.
  static let names = 2048
  /// An expression of a rule.
  static let expression = 768
  /// An element of a set.
  static let element = 1024
}

/// A libnftnl object that represents one of the kernel's.
protocol NftablesObject: ~Copyable {
  /// Appends the attributes to a message.
  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>)
}

extension NetfilterBatch {
  /// Starts a message about `nf_tables`.
  mutating func begin(
    _ type: nf_tables_msg_types,
    _ family: Nftables.Family,
    flags: Int32 = 0,
    _ answers: NetlinkAnswers
  ) {
    begin(
      Int(NFNL_SUBSYS_NFTABLES) << 8 | Int(type.rawValue),
      flags: flags,
      answers,
      header: nfgenmsg(nfgen_family: family.rawValue, version: UInt8(NFNETLINK_V0), res_id: 0)
    )
  }

  /// `NFNL_MSG_BATCH_BEGIN`: starts a transaction.
  mutating func beginBatch() { beginBatchPart(NFNL_MSG_BATCH_BEGIN) }

  /// `NFNL_MSG_BATCH_END`: commits it.
  ///
  /// Without it the kernel only validates.
  mutating func endBatch() { beginBatchPart(NFNL_MSG_BATCH_END) }

  private mutating func beginBatchPart(_ type: some BinaryInteger) {
    let subsystem = UInt16(NFNL_SUBSYS_NFTABLES).bigEndian
    begin(
      Int(type),
      .none,
      header: nfgenmsg(
        nfgen_family: UInt8(AF_UNSPEC),
        version: UInt8(NFNETLINK_V0),
        res_id: subsystem
      )
    )
  }
}

extension Nftables {
  /// The maximum length of a table, chain or set name in bytes (`NFT_NAME_MAXLEN` without its NUL).
  static let longestName = 255

  /// Lends a name to libnftnl.
  ///
  /// A longer name is cut to one byte more than the maximum: the kernel still rejects it (ERANGE),
  /// and it fits the available space.
  static func lend<Result>(_ name: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard name.utf8.count > longestName else { return unsafe name.withCString(body) }
    return unsafe String(decoding: name.utf8.prefix(longestName + 1), as: UTF8.self)
      .withCString(body)
  }
}
