// SPDX-License-Identifier: Apache-2.0

import CLibnftnl
package import NetworkModel

extension RulesetSocket {
  /// Returns a table with the number of its chains and sets, or nil.
  package func table(
    _ id: Nftables.Table.ID
  ) throws(KernelError) -> (table: Nftables.Table, uses: UInt32)? {
    try one(NFT_MSG_GETTABLE, id, TableObject(named: id), "\(id)", TableObject.read)
  }

  /// Returns the tables of a family.
  package func tables(of family: Nftables.Family) throws(KernelError) -> [Nftables.Table] {
    let any = Nftables.Table.ID(family, "")
    return try all(NFT_MSG_GETTABLE, any, NoObject(), "\(family) tables") {
      TableObject.read($0)?.table
    }
  }

  /// Returns a chain without its rules, or nil.
  package func chain(_ id: Nftables.Chain.ID) throws(KernelError) -> Nftables.Chain? {
    try one(NFT_MSG_GETCHAIN, id.table, ChainObject(named: id), "\(id)", ChainObject.read)
  }

  /// Returns the chains of a table; none if the table does not exist.
  ///
  /// The kernel searches the chains of all tables of the family: expensive, use rarely.
  package func chains(of id: Nftables.Table.ID) throws(KernelError) -> [Nftables.Chain] {
    try all(NFT_MSG_GETCHAIN, id, NoObject(), "chains of \(id)", ChainObject.read)
      .filter { $0.id.table == id }
  }

  /// Returns the rules of a chain in order; none if the chain does not exist.
  package func rules(of id: Nftables.Chain.ID) throws(KernelError) -> [Nftables.PlacedRule] {
    let object = RuleObject(handle: nil, in: id)
    return try all(NFT_MSG_GETRULE, id.table, object, "rules of \(id)", RuleObject.read)
  }

  /// Returns whether a set of ports with a name exists.
  package func contains(_ set: Nftables.PortSet) throws(KernelError) -> Bool {
    let object = SetObject(named: set)
    return try one(NFT_MSG_GETSET, set.table, object, "\(set)", SetObject.isOfPorts) ?? false
  }

  /// Returns the elements of a set in ascending order; none if the set does not exist.
  package func elements(of set: Nftables.PortSet) throws(KernelError) -> [Nftables.PortSet.Element]
  {
    let object = SetObject(named: set)
    return try all(
      NFT_MSG_GETSETELEM,
      set.table,
      object,
      "elements of \(set)",
      SetObject.readElements
    )
    .flatMap { $0 }.sorted { ($0.transport, $0.first) < ($1.transport, $1.first) }
  }
}
