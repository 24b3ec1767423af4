// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Netlink
import NetworkModel

/// A transaction in the form that is sent, which knows what message stands for which change.
struct Request {
  /// The most elements whose attributes surely fit a 16-bit length.
  private static let elementsPerMessage = 64

  /// The messages.
  private(set) var messages = NetfilterBatch()

  /// The change that each message belongs to; the first begins the batch.
  private var changes: [Int?] = [nil]

  private var lastSetNumber: UInt32 = 0

  /// The number of the last change's last message, which the kernel acknowledges.
  private(set) var lastSequence: UInt32 = 0

  /// Encodes a transaction; with `isFinal` false, one that is only to be validated.
  init(_ transaction: NFT.Transaction, isFinal: Bool) {
    messages.beginBatch()
    for (index, change) in transaction.enumerated() { append(change, index) }
    messages.acknowledgeLast()
    lastSequence = messages.count
    if isFinal { messages.endBatch() }
  }

  /// Returns the position of the change that a message belongs to.
  func change(sequence: UInt32) -> Int? {
    let index = Int(sequence) - 1
    return changes.indices.contains(index) ? changes[index] : nil
  }

  private mutating func append(_ change: NFT.Change, _ index: Int) {
    switch change {
    case .addTable(let table): append(table, index)
    case .deleteTable(let id): append(deleting: id, flags: 0, index)
    case .deleteEmptyTable(let id): append(deleting: id, flags: NLM_F_NONREC, index)
    case .addChain(let chain): append(chain, index)
    case .deleteChain(let id): append(deleting: id, flags: 0, index)
    case .deleteEmptyChain(let id): append(deleting: id, flags: NLM_F_NONREC, index)
    case .flushChain(let id): append(deletingRule: nil, id, index)
    case .deleteRule(let handle, let id): append(deletingRule: handle, id, index)
    case .addRule(let rule, let id): append(rule, id, index)
    case .addSet(let set): append(set, index)
    case .deleteSet(let id): append(deleting: id, index)
    case .addElements(let elements, let set): append(NFT_MSG_NEWSETELEM, elements, set, index)
    case .deleteElements(let elements, let set): append(NFT_MSG_DELSETELEM, elements, set, index)
    case .flushSet(let id): append(flushing: id, index)
    }
  }

  private mutating func append(
    _ type: nf_tables_msg_types,
    _ table: NFT.Table.ID,
    flags: Int32,
    _ index: Int,
    room: Int = Room.names,
    _ body: (UnsafeMutablePointer<nlmsghdr>) -> Void
  ) {
    changes.append(index)
    messages.begin(type, table.family, flags: flags, .none)
    unsafe messages.write(room: room, body)
  }
}

extension Request {
  private mutating func append(_ table: NFT.Table, _ index: Int) {
    let object = TableObject(table)
    unsafe append(NFT_MSG_NEWTABLE, table.id, flags: NLM_F_CREATE, index) {
      unsafe object.write($0)
    }
  }

  private mutating func append(deleting id: NFT.Table.ID, flags: Int32, _ index: Int) {
    let object = TableObject(named: id)
    unsafe append(NFT_MSG_DELTABLE, id, flags: flags, index) { unsafe object.write($0) }
  }

  private mutating func append(_ chain: NFT.Chain, _ index: Int) {
    let object = ChainObject(chain)
    let room = Room.names + Room.device * (chain.base?.devices.count ?? 0)
    unsafe append(NFT_MSG_NEWCHAIN, chain.id.table, flags: NLM_F_CREATE, index, room: room) {
      unsafe object.write($0)
    }
  }

  private mutating func append(deleting id: NFT.Chain.ID, flags: Int32, _ index: Int) {
    let object = ChainObject(named: id)
    unsafe append(NFT_MSG_DELCHAIN, id.table, flags: flags, index) { unsafe object.write($0) }
  }

  private mutating func append(_ rule: NFT.Rule, _ chain: NFT.Chain.ID, _ index: Int) {
    let object = RuleObject(rule, in: chain)
    let room = Room.names + Room.expression * rule.expressions.count
    let flags = NLM_F_CREATE | NLM_F_APPEND
    unsafe append(NFT_MSG_NEWRULE, chain.table, flags: flags, index, room: room) {
      unsafe object.write($0)
    }
  }

  /// Without a handle every rule of the chain is meant.
  private mutating func append(
    deletingRule handle: UInt64?,
    _ chain: NFT.Chain.ID,
    _ index: Int
  ) {
    let object = RuleObject(handle: handle, in: chain)
    unsafe append(NFT_MSG_DELRULE, chain.table, flags: 0, index) { unsafe object.write($0) }
  }

  private mutating func append(_ set: NFT.Set, _ index: Int) {
    lastSetNumber += 1
    let object = SetObject(set, number: lastSetNumber)
    unsafe append(NFT_MSG_NEWSET, set.id.table, flags: NLM_F_CREATE, index) {
      unsafe object.write($0)
    }
  }

  private mutating func append(deleting id: NFT.Set.ID, _ index: Int) {
    let object = SetObject(named: id)
    unsafe append(NFT_MSG_DELSET, id.table, flags: 0, index) { unsafe object.write($0) }
  }

  private mutating func append(flushing id: NFT.Set.ID, _ index: Int) {
    let object = SetObject(named: id)
    unsafe append(NFT_MSG_DELSETELEM, id.table, flags: 0, index) {
      unsafe object.writeElements($0)
    }
  }

  private mutating func append(
    _ type: nf_tables_msg_types,
    _ elements: [NFT.Element],
    _ set: NFT.Set,
    _ index: Int
  ) {
    let flags = type == NFT_MSG_NEWSETELEM ? NLM_F_CREATE : 0
    for start in stride(from: 0, to: elements.count, by: Self.elementsPerMessage) {
      let end = min(elements.count, start + Self.elementsPerMessage)
      let object = SetObject(holding: elements[start..<end], of: set)
      let room = Room.names + Room.element * (end - start)
      unsafe append(type, set.id.table, flags: flags, index, room: room) {
        unsafe object.writeElements($0)
      }
    }
  }
}
