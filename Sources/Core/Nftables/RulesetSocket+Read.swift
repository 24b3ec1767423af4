// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnftnl
import Linux
import Netlink
package import NetworkModel

extension RulesetSocket {
  /// Returns a table with the number of chains and sets it holds, or nil where there is none.
  package borrowing func table(
    _ id: NFT.Table.ID
  ) throws(KernelError) -> (table: NFT.Table, uses: UInt32)? {
    let object = TableObject(named: id)
    return try unsafe one(NFT_MSG_GETTABLE, id, "\(id)", { unsafe object.write($0) }) {
      TableObject.read($0)
    }
  }

  /// Returns the tables of a family.
  package borrowing func tables(of family: NFT.Family) throws(KernelError) -> [NFT.Table] {
    try unsafe all(NFT_MSG_GETTABLE, NFT.Table.ID(family, ""), "\(family) tables", { _ in }) {
      TableObject.read($0)?.table
    }
  }

  /// Returns a chain without its rules, or nil where there is none.
  package borrowing func chain(_ id: NFT.Chain.ID) throws(KernelError) -> NFT.Chain? {
    let object = ChainObject(named: id)
    return try unsafe one(NFT_MSG_GETCHAIN, id.table, "\(id)", { unsafe object.write($0) }) {
      ChainObject.read($0)
    }
  }

  /// Returns the chains of a table; none where there is no such table.
  ///
  /// The kernel goes through the chains of every table of the family: for rare use.
  package borrowing func chains(of id: NFT.Table.ID) throws(KernelError) -> [NFT.Chain] {
    let chains = try unsafe all(NFT_MSG_GETCHAIN, id, "chains of \(id)", { _ in }) {
      ChainObject.read($0)
    }
    return chains.filter { $0.id.table == id }
  }

  /// Returns the rules of a chain in order; none where there is no such chain.
  package borrowing func rules(of id: NFT.Chain.ID) throws(KernelError) -> [NFT.PlacedRule] {
    let object = RuleObject(handle: nil, in: id)
    return try unsafe all(NFT_MSG_GETRULE, id.table, "rules of \(id)", { unsafe object.write($0) })
    {
      RuleObject.read($0)
    }
  }

  /// Returns a set without its elements, or nil where there is none or it is of an unknown kind.
  package borrowing func set(_ id: NFT.Set.ID) throws(KernelError) -> NFT.Set? {
    let object = SetObject(named: id)
    return try unsafe one(NFT_MSG_GETSET, id.table, "\(id)", { unsafe object.write($0) }) {
      SetObject.read($0)
    }
  }

  /// Returns the sets of a table, those of a kind that is not known here left out; none where there
  /// is no such table.
  package borrowing func sets(of id: NFT.Table.ID) throws(KernelError) -> [NFT.Set] {
    let object = SetObject(of: id)
    return try unsafe all(NFT_MSG_GETSET, id, "sets of \(id)", { unsafe object.write($0) }) {
      SetObject.read($0)
    }
  }

  /// Returns the elements of a set in ascending order; none where there is no such set.
  package borrowing func elements(of set: NFT.Set) throws(KernelError) -> [NFT.Element] {
    let object = SetObject(named: set.id)
    let name = "elements of \(set.id)"
    let parts = try unsafe all(
      NFT_MSG_GETSETELEM,
      set.id.table,
      name,
      { unsafe object.write($0) }
    ) {
      SetObject.readElements($0)
    }
    return set.elements(of: parts.flatMap { $0 })
  }
}
