// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import Netlink
import NetworkModel

extension RulesetSocket {
  /// Requests one object by name; nil if it, its table or its chain does not exist.
  func one<Value>(
    _ type: nf_tables_msg_types,
    _ table: Nftables.Table.ID,
    _ object: borrowing some NftablesObject & ~Copyable,
    _ name: String,
    _ read: (NetlinkReply) -> Value?
  ) throws(KernelError) -> Value? {
    try ask(type, table, object, .one, name, read)?.first
  }

  /// Requests a dump until one is consistent.
  ///
  /// The kernel marks a dump during which the ruleset changed (`NLM_F_DUMP_INTR`), but not one that
  /// started while a change was being completed, of which parts can be missing (seen on 6.18 with
  /// 2000 rules). Any change in progress is therefore waited for first, and the ruleset's
  /// generation must be the same before and after.
  func all<Value>(
    _ type: nf_tables_msg_types,
    _ table: Nftables.Table.ID,
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

  /// Waits for another process's change in progress, by making an empty change.
  private func finishChanges() throws(KernelError) {
    var request = NetfilterBatch()
    request.beginBatch()
    request.endBatch()
    try socket.post(request) { ("read", "the ruleset") }
  }

  /// Returns the ruleset's generation, which every change increments (`NFTA_GEN_ID`).
  private func generation() throws(KernelError) -> UInt32? {
    let any = Nftables.Table.ID(.inet, "")
    return try one(NFT_MSG_GETGEN, any, NoObject(), "the ruleset's number") { reply in
      reply.attributes(after: MemoryLayout<nfgenmsg>.size)[NFTA_GEN_ID.rawValue]?
        .integer(as: UInt32.self)
    }
  }

  /// Returns what was read, nothing for a missing object, or nil if a change interrupted the dump.
  private func ask<Value>(
    _ type: nf_tables_msg_types,
    _ table: Nftables.Table.ID,
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
      // The kernel rejects such a name (ERANGE): nothing can have it.
      guard error.errno == ENOENT || error.errno == ERANGE else { throw error }
      return []
    }
  }
}

/// The object of a request without a name.
struct NoObject: NftablesObject {
  func write(_ header: UnsafeMutablePointer<nlmsghdr>) {}
}
