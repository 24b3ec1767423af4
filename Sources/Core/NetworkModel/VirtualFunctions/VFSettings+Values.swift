// SPDX-License-Identifier: Apache-2.0

/// The VLAN of a virtual function's untagged frames on the wire.
package struct VFVLAN: Hashable, Sendable {
  /// The protocol of the tag.
  package enum TagProtocol: String, Hashable, Sendable, CaseIterable {
    case dot1Q = "802.1q"
    case dot1AD = "802.1ad"
  }

  /// The VLAN, nil for frames without a tag.
  package var identifier: VLANID?
  /// The priority, 0 to 7 (IEEE 802.1Q PCP).
  package var priority: UInt8
  /// The protocol of the tag.
  package var tagProtocol: TagProtocol

  /// Creates a membership; by default priority 0 in 802.1Q.
  package init(_ identifier: VLANID?, priority: UInt8 = 0, tagProtocol: TagProtocol = .dot1Q) {
    self.identifier = identifier
    self.priority = priority
    self.tagProtocol = tagProtocol
  }

  /// No VLAN tag.
  package static var none: VFVLAN { VFVLAN(nil) }
}

extension VFVLAN: CustomStringConvertible {
  package var description: String {
    "\(identifier?.number ?? 0) qos \(priority) proto \(tagProtocol.rawValue)"
  }
}

/// The transmit rates of a virtual function.
package struct VFRate: Hashable, Sendable {
  /// The guaranteed rate, 0 for none.
  package var minimumMegabitsPerSecond: Int
  /// The maximum rate, 0 for no limit.
  package var maximumMegabitsPerSecond: Int

  /// Creates rates, by default neither guaranteed nor limited.
  package init(minimumMegabitsPerSecond: Int = 0, maximumMegabitsPerSecond: Int = 0) {
    self.minimumMegabitsPerSecond = minimumMegabitsPerSecond
    self.maximumMegabitsPerSecond = maximumMegabitsPerSecond
  }
}

extension VFRate: CustomStringConvertible {
  package var description: String { "\(minimumMegabitsPerSecond)-\(maximumMegabitsPerSecond)" }
}

/// Whether a virtual function's link follows the wire (`linux/if_link.h`, `IFLA_VF_LINK_STATE_…`).
package enum VFLinkState: String, Hashable, Sendable, CaseIterable {
  case auto, enable, disable

  /// The kernel's number, from 0 in the order above.
  package var number: UInt32 { UInt32(Self.allCases.firstIndex(of: self) ?? 0) }

  /// Returns the state with the kernel's number.
  package init?(number: UInt32) {
    guard let state = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = state
  }
}
