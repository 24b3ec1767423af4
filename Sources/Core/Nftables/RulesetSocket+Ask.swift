// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import NetworkModel

extension RulesetSocket {
  /// How often a listing is begun again because the ruleset changed under it.
  private static let attempts = 50

  /// Asks for one object by its name; ENOENT means that it, its table or its chain is not there.
  borrowing func one<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    _ name: String,
    _ write: (UnsafeMutablePointer<nlmsghdr>) -> Void,
    _ read: (Message) -> Value?
  ) throws(KernelError) -> Value? {
    try unsafe ask(type, table, flags: 0, name, write, read)?.first
  }

  /// Asks for a listing, until one is of a single moment.
  ///
  /// The kernel marks a listing during which the ruleset changed (`NLM_F_DUMP_INTR`), but not one
  /// that began while a change was being finished: parts of that can be missing (seen on 6.18 with
  /// 2000 rules). So any change under way is waited for first, and the ruleset's number must be the
  /// same before and after.
  borrowing func all<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    _ name: String,
    _ write: (UnsafeMutablePointer<nlmsghdr>) -> Void,
    _ read: (Message) -> Value?
  ) throws(KernelError) -> [Value] {
    for _ in 1...Self.attempts {
      try finishChanges()
      let before = try generation()
      let values = try unsafe ask(type, table, flags: NLM_F_DUMP, name, write, read)
      if let values, try generation() == before { return values }
    }
    throw KernelError(
      errno: EINTR,
      kernelText: "the ruleset keeps changing",
      operation: "read",
      object: name
    )
  }

  /// Waits for the end of a change that another process is making, by changing nothing oneself.
  private borrowing func finishChanges() throws(KernelError) {
    var batch = Batch(.names)
    batch.begin(sequence: 0)
    batch.end(sequence: 1)
    try unsafe socket.send(batch.bytes, describedAs: "the ruleset")
  }

  /// Returns the number that every change of the ruleset raises.
  private borrowing func generation() throws(KernelError) -> UInt32? {
    let any = NFT.Table.ID(.inet, "")
    return try unsafe ask(NFT_MSG_GETGEN, any, flags: 0, "the ruleset's number", { _ in }) {
      $0.generation
    }?.first
  }

  /// Returns what was read, or nil for a listing that the kernel calls inconsistent.
  private borrowing func ask<Value>(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    flags: Int32,
    _ name: String,
    _ write: (UnsafeMutablePointer<nlmsghdr>) -> Void,
    _ read: (Message) -> Value?
  ) throws(KernelError) -> [Value]? {
    var request = Batch(.names)
    unsafe request.append(
      type,
      family: table.family,
      flags: NLM_F_REQUEST | flags,
      sequence: 1,
      write
    )
    try unsafe socket.send(request.bytes, describedAs: name)
    extendLifetime(request)

    var values: [Value] = []
    var isConsistent = true
    let areLost = try socket.receive(describedAs: name) { message throws(KernelError) in
      isConsistent = isConsistent && !message.isInterrupted
      if let answer = message.acknowledgement {
        guard answer.errno != 0, answer.errno != ENOENT else { return false }
        throw KernelError(
          errno: answer.errno,
          kernelText: answer.text,
          operation: "read",
          object: name
        )
      }
      if let value = read(message) { values.append(value) }
      return true
    }
    return isConsistent && !areLost ? values : nil
  }
}
