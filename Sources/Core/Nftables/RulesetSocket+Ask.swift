// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import Netlink
import NetworkModel

extension RulesetSocket {
  /// Asks for one object by its name; nil where it, its table or its chain is not there.
  func one<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    _ object: borrowing some NftablesObject & ~Copyable,
    _ name: String,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> Value? {
    try ask(type, table, object, .one, name, read)?.first
  }

  /// Asks for a listing, until one is of a single moment.
  ///
  /// The kernel marks a listing during which the ruleset changed (`NLM_F_DUMP_INTR`), but not one
  /// that began while a change was being finished: parts of that can be missing (seen on 6.18 with
  /// 2000 rules). So any change under way is waited for first, and the ruleset's number must be the
  /// same before and after.
  func all<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    _ object: borrowing some NftablesObject & ~Copyable,
    _ name: String,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value] {
    try NetlinkSocket.untilWhole({ ("read", name) }) { () throws(KernelError) in
      try finishChanges()
      let before = try generation()
      let values = try ask(type, table, object, .many, name, read)
      return try generation() == before ? values : nil
    }
  }

  /// Waits for the end of a change that another process is making, by changing nothing oneself.
  private func finishChanges() throws(KernelError) {
    var request = NetfilterBatch()
    request.beginBatch()
    request.endBatch()
    try socket.post(request) { ("read", "the ruleset") }
  }

  /// Returns the number that every change of the ruleset raises (`NFTA_GEN_ID`).
  private func generation() throws(KernelError) -> UInt32? {
    let any = NFT.Table.ID(.inet, "")
    return try one(NFT_MSG_GETGEN, any, NoObject(), "the ruleset's number") { reply in
      reply.attributes(after: MemoryLayout<nfgenmsg>.size)[NFTA_GEN_ID.rawValue]?
        .integer(as: UInt32.self)
    }
  }

  /// Returns what was read, none of what is not there, or nil for a listing that a change tore.
  private func ask<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    _ object: borrowing some NftablesObject & ~Copyable,
    _ answers: NetlinkAnswers,
    _ name: String,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> [Value]? {
    var request = NetfilterBatch()
    request.begin(type, table.family, answers)
    unsafe request.write(room: Room.names) { unsafe object.write($0) }
    do {
      return try socket.askOnce(request, { ("read", name) }, read)
    } catch {
      // The kernel takes no such name (ERANGE): nothing can have it.
      guard error.errno == ENOENT || error.errno == ERANGE else { throw error }
      return []
    }
  }
}

/// What a question is about that names nothing.
struct NoObject: NftablesObject {
  func write(_ header: UnsafeMutablePointer<nlmsghdr>) {}
}
