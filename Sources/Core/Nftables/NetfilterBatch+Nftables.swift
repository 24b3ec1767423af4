// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Netlink
import NetworkModel

/// How many bytes libnftnl may write; it does not look how much fits.
///
/// Texts are cut to `NFT.longestName` and one byte before it sees them, values have at most 64 bytes
/// (`NFT_DATA_VALUE_MAXLEN`), user data 256 (`NFT_USERDATA_MAXLEN`).
enum Room {
  /// What names or describes an object, but for the lists it holds.
  static let names = 2048
  /// An expression of a rule.
  static let expression = 768
  /// An element of a set.
  static let element = 1024
}

/// An object of libnftnl that stands for one of the kernel's.
protocol NftablesObject: ~Copyable {
  /// Adds the attributes to a message.
  borrowing func write(_ header: UnsafeMutablePointer<nlmsghdr>)
}

extension NetfilterBatch {
  /// Begins a message about `nf_tables`.
  mutating func begin(
    _ type: nf_tables_msg_types,
    _ family: NFT.Family,
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

  /// `NFNL_MSG_BATCH_BEGIN`: makes all that follows belong together.
  mutating func beginBatch() { beginBatchPart(NFNL_MSG_BATCH_BEGIN) }

  /// `NFNL_MSG_BATCH_END`: asks to make it so.
  ///
  /// Without it the kernel only checks.
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

extension NFT {
  /// The longest name of a table, chain or set in bytes (`NFT_NAME_MAXLEN` without its NUL).
  static let longestName = 255

  /// Lends a name to libnftnl.
  ///
  /// One that the kernel does not take is cut to a byte too many: it is refused as well (ERANGE), and
  /// fits the room that there is.
  static func lend<Result>(_ name: String, _ body: (UnsafePointer<CChar>) -> Result) -> Result {
    guard name.utf8.count > longestName else { return unsafe name.withCString(body) }
    return unsafe String(decoding: name.utf8.prefix(longestName + 1), as: UTF8.self)
      .withCString(body)
  }
}
