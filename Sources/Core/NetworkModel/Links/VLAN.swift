// SPDX-License-Identifier: Apache-2.0

/// An IEEE 802.1Q VLAN identifier: 1 to 4094 (0 and 4095 are reserved).
package struct VLANID: Hashable, Sendable {
  /// The identifier as a number, 1 to 4094.
  package let number: UInt16

  /// Creates an identifier, or returns nil outside 1 to 4094.
  package init?(_ number: Int) {
    guard (1...4094).contains(number) else { return nil }
    self.number = UInt16(number)
  }
}

extension VLANID: Comparable, CustomStringConvertible {
  package static func < (left: VLANID, right: VLANID) -> Bool { left.number < right.number }

  package var description: String { String(number) }
}

/// VLAN identifiers from the first to the last, both included.
package struct VLANRange: Hashable, Sendable {
  /// The lowest identifier.
  package let first: VLANID

  /// The highest identifier.
  package let last: VLANID

  /// Creates a range, or returns nil if the last is lower than the first.
  package init?(_ first: VLANID, _ last: VLANID) {
    guard first <= last else { return nil }
    self.first = first
    self.last = last
  }

  /// Creates the range of one identifier.
  package init(_ only: VLANID) {
    first = only
    last = only
  }

  /// Returns the fewest ranges that contain exactly the same identifiers, in ascending order.
  package static func covering(_ given: [VLANRange]) -> [VLANRange] {
    var ranges: [VLANRange] = []
    for range in given.sorted(by: { $0.first < $1.first }) {
      if let previous = ranges.last, range.first.number <= previous.last.number + 1,
        let extended = VLANRange(previous.first, max(previous.last, range.last))
      {
        ranges[ranges.count - 1] = extended
      } else {
        ranges.append(range)
      }
    }
    return ranges
  }

  /// Returns whether the range contains an identifier.
  package func contains(_ identifier: VLANID) -> Bool { first <= identifier && identifier <= last }

  /// Every identifier of the range.
  package var identifiers: [VLANID] {
    (Int(first.number)...Int(last.number)).compactMap { VLANID($0) }
  }
}

extension VLANRange: CustomStringConvertible {
  package var description: String { first == last ? "\(first)" : "\(first)-\(last)" }
}

/// VLANs of which a bridge port is a member, with their common flags.
///
/// `linux/if_bridge.h`, `struct bridge_vlan_info`.
package struct PortVLAN: Hashable, Sendable {
  /// The identifiers.
  package let range: VLANRange

  /// Whether untagged frames entering the port belong to it (PVID); at most one per port.
  package let isPVID: Bool

  /// Whether frames leave the port untagged.
  package let isUntagged: Bool

  /// Creates a membership; by default frames leave tagged.
  package init(_ range: VLANRange, isPVID: Bool = false, isUntagged: Bool = false) {
    self.range = range
    self.isPVID = isPVID
    self.isUntagged = isUntagged
  }
}
