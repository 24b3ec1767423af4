// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// The identity of a set of ports (`inet_proto . inet_service`, with intervals), in which rules
  /// look up ports in logarithmic time.
  package struct PortSet: Hashable, Sendable {
    /// The table that holds the set.
    package let table: Table.ID
    /// The name, unique in its table.
    package let name: String

    /// Names a set of a table.
    package init(table: Table.ID, name: String) {
      self.table = table
      self.name = name
    }

    /// Ports of one transport protocol from the first to the last.
    package struct Element: Hashable, Sendable {
      /// The protocol's number (`IPPROTO_*`).
      package let transport: UInt8
      /// The lowest port.
      package let first: UInt16
      /// The highest port.
      package let last: UInt16

      /// Describes an element.
      package init(_ transport: UInt8, _ first: UInt16, _ last: UInt16) {
        self.transport = transport
        self.first = first
        self.last = last
      }
    }
  }
}

extension Nftables.PortSet: CustomStringConvertible {
  /// The set's name in messages: `set 'ports' of table 'inet filter'`.
  package var description: String { "set '\(name)' of \(table)" }
}
