// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// A table: a namespace for chains and sets of one family.
  package struct Table: Hashable, Sendable {
    /// The identity of a table in a network namespace.
    package struct ID: Hashable, Sendable {
      /// The packets that the table's chains see.
      package let family: Family
      /// The name, unique in its family.
      package let name: String

      /// Names a table.
      package init(_ family: Family, _ name: String) {
        self.family = family
        self.name = name
      }

      /// Names a chain of this table.
      package func chain(_ name: String) -> Chain.ID {
        Chain.ID(table: self, name: name)
      }

      /// Names a set of this table.
      package func set(_ name: String) -> PortSet {
        PortSet(table: self, name: name)
      }
    }

    /// The table's name.
    package let id: ID

    /// Shown by `nft list`; kernels before 5.10 drop it.
    package let comment: Comment?

    /// Whether it is dormant, so that its chains are not in force.
    package var isDormant = false

    /// Describes a table.
    package init(_ id: ID, comment: Comment? = nil) {
      self.id = id
      self.comment = comment
    }
  }
}

extension Nftables.Table.ID: CustomStringConvertible {
  /// The table's name in messages: `table 'inet filter'`.
  package var description: String { "table '\(family) \(name)'" }
}
