// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// A set of values that rules look up in constant or logarithmic time.
  package struct Set: Hashable, Sendable {
    /// What names a set in a network namespace.
    package struct ID: Hashable, Sendable {
      /// The table that holds the set.
      package let table: Table.ID
      /// The name, unique in its table.
      package let name: String

      /// Names a set of a table.
      package init(table: Table.ID, name: String) {
        self.table = table
        self.name = name
      }
    }

    /// The set's name.
    package let id: ID

    /// The parts of an element's value; more than one makes it a concatenation.
    package let fields: [Field]

    /// Whether an element may stand for all values between two.
    package let hasIntervals: Bool

    /// Whether an element carries a verdict.
    package let isVerdictMap: Bool

    /// Shown by `nft list`.
    package let comment: Comment?

    /// Describes a set.
    package init(
      _ id: ID,
      of fields: [Field],
      hasIntervals: Bool = false,
      isVerdictMap: Bool = false,
      comment: Comment? = nil
    ) {
      self.id = id
      self.fields = fields
      self.hasIntervals = hasIntervals
      self.isVerdictMap = isVerdictMap
      self.comment = comment
    }
  }

  /// One member of a set.
  package struct Element: Hashable, Sendable {
    /// The value, one array of bytes for each field of the set, as a register holds it.
    package let value: [[UInt8]]

    /// The last value that is meant, for an interval of more than one.
    package let last: [[UInt8]]?

    /// What the map says, in a verdict map.
    package let verdict: Verdict?

    /// Shown by `nft list`.
    package let comment: Comment?

    /// Describes an element.
    package init(
      _ value: [[UInt8]],
      through last: [[UInt8]]? = nil,
      verdict: Verdict? = nil,
      comment: Comment? = nil
    ) {
      self.value = value
      self.last = last == value ? nil : last
      self.verdict = verdict
      self.comment = comment
    }
  }
}

extension NFT.Set {
  /// What a part of an element's value is; the number is the one `nft` writes into `NFTA_SET_KEY_TYPE`.
  package enum Field: UInt32, Hashable, Sendable {
    case ipv4Address = 7
    case ipv6Address = 8
    case etherAddress = 9
    case inetProtocol = 12
    case inetService = 13
    case mark = 19
    case interfaceName = 41

    /// The length in bytes.
    package var length: Int {
      switch self {
      case .ipv4Address, .mark: 4
      case .ipv6Address, .interfaceName: 16
      case .etherAddress: 6
      case .inetProtocol: 1
      case .inetService: 2
      }
    }

    /// The length in the registers: whole words.
    package var paddedLength: Int { (length + 3) / 4 * 4 }
  }
}

extension NFT.Set.ID: CustomStringConvertible {
  /// The words that name the set in messages: `set 'ports' of table 'inet filter'`.
  package var description: String { "set '\(name)' of \(table)" }
}
