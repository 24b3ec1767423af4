// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Netlink
import NetworkModel

/// An encoded transaction, which maps messages to changes.
struct Request {
  /// The maximum number of elements whose attributes certainly fit a 16-bit length.
  private static let elementsPerMessage = 64

  /// The messages.
  private(set) var messages = NetfilterBatch()

  /// The change of each message; the first message begins the batch.
  private var changes: [Int?] = [nil]

  private var lastSetNumber: UInt32 = 0

  /// The sequence number of the last change's last message, which the kernel acknowledges.
  private(set) var lastSequence: UInt32 = 0

  /// Encodes a transaction; with `isFinal` false, it will only be validated.
  init(_ transaction: Nftables.Transaction, isFinal: Bool) {
    messages.beginBatch()
    for (index, change) in transaction.enumerated() {
      append(change)
      while changes.count < messages.count { changes.append(index) }
    }
    messages.acknowledgeLast()
    lastSequence = messages.sequence.upperBound
    if isFinal { messages.endBatch() }
  }

  /// Returns the index of the change to which a message belongs.
  func change(sequence: UInt32) -> Int? {
    let index = Int(sequence) - Int(messages.sequence.lowerBound)
    return changes.indices.contains(index) ? changes[index] : nil
  }

  private mutating func append(_ change: Nftables.Change) {
    switch change {
    case .addTable(let table):
      append(NFT_MSG_NEWTABLE, table.id, TableObject(table), flags: NLM_F_CREATE)
    case .wakeTable(let id):
      append(NFT_MSG_NEWTABLE, id, TableObject(waking: id), flags: NLM_F_CREATE)
    case .deleteTable(let id): append(NFT_MSG_DELTABLE, id, TableObject(named: id))
    case .deleteEmptyTable(let id):
      append(NFT_MSG_DELTABLE, id, TableObject(named: id), flags: NLM_F_NONREC)
    case .addChain(let chain):
      append(NFT_MSG_NEWCHAIN, chain.id.table, ChainObject(chain), flags: NLM_F_CREATE)
    case .deleteChain(let id): append(NFT_MSG_DELCHAIN, id.table, ChainObject(named: id))
    case .deleteEmptyChain(let id):
      append(NFT_MSG_DELCHAIN, id.table, ChainObject(named: id), flags: NLM_F_NONREC)
    case .flushChain(let id):
      append(NFT_MSG_DELRULE, id.table, RuleObject(handle: nil, in: id))
    case .addRule(let rule, let id):
      let room = Room.expression * rule.expressions.count
      let flags = NLM_F_CREATE | NLM_F_APPEND
      append(NFT_MSG_NEWRULE, id.table, RuleObject(rule, in: id), flags: flags, moreRoom: room)
    case .deleteRule(let handle, let id):
      append(NFT_MSG_DELRULE, id.table, RuleObject(handle: handle, in: id))
    case .addSet(let set):
      lastSetNumber += 1
      let object = SetObject(set, number: lastSetNumber)
      append(NFT_MSG_NEWSET, set.table, object, flags: NLM_F_CREATE)
    case .addElements(let elements, let set):
      for start in stride(from: 0, to: elements.count, by: Self.elementsPerMessage) {
        let part = elements[start...].prefix(Self.elementsPerMessage)
        let object = SetObject(holding: part, of: set)
        let room = Room.element * part.count
        append(NFT_MSG_NEWSETELEM, set.table, object, flags: NLM_F_CREATE, moreRoom: room)
      }
    }
  }

  private mutating func append(
    _ type: nf_tables_msg_types,
    _ table: Nftables.Table.ID,
    _ object: borrowing some NftablesObject & ~Copyable,
    flags: Int32 = 0,
    moreRoom: Int = 0
  ) {
    messages.begin(type, table.family, flags: flags, .none)
    unsafe messages.write(room: Room.names + moreRoom) { unsafe object.write($0) }
  }
}
