// SPDX-License-Identifier: Apache-2.0

/// The number of a virtual function among those of its physical function, from 0.
package struct VFIndex: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number as the kernel's requests carry it.
  package let number: UInt32

  /// Creates an index, or returns nil for a negative number.
  package init?(_ number: Int) {
    guard let number = UInt32(exactly: number), number <= UInt32(Int32.max) else { return nil }
    self.number = number
  }

  package static func < (left: VFIndex, right: VFIndex) -> Bool { left.number < right.number }
  package var description: String { String(number) }
}

/// The VLAN that a virtual function's untagged frames belong to on the wire.
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
  package init(
    _ identifier: VLANID?,
    priority: UInt8 = 0,
    tagProtocol: TagProtocol = .dot1Q
  ) {
    self.identifier = identifier
    self.priority = priority
    self.tagProtocol = tagProtocol
  }

  /// No tag at all.
  package static var none: VFVLAN { VFVLAN(nil) }
}

extension VFVLAN: CustomStringConvertible {
  package var description: String {
    "\(identifier?.number ?? 0) qos \(priority) proto \(tagProtocol.rawValue)"
  }
}

/// The bandwidth of a virtual function.
package struct VFRate: Hashable, Sendable {
  /// What it is guaranteed, 0 for nothing.
  package var minimumMegabitsPerSecond: Int
  /// What it may not exceed, 0 for no limit.
  package var maximumMegabitsPerSecond: Int

  /// Creates a bandwidth; by default without guarantee and limit.
  package init(minimumMegabitsPerSecond: Int = 0, maximumMegabitsPerSecond: Int = 0) {
    self.minimumMegabitsPerSecond = minimumMegabitsPerSecond
    self.maximumMegabitsPerSecond = maximumMegabitsPerSecond
  }
}

extension VFRate: CustomStringConvertible {
  package var description: String { "\(minimumMegabitsPerSecond)-\(maximumMegabitsPerSecond)" }
}

/// Whether a virtual function sees the wire's state (`linux/if_link.h`, `IFLA_VF_LINK_STATE_…`).
package enum VFLinkState: String, Hashable, Sendable, CaseIterable {
  case auto, enable, disable

  /// The kernel's number.
  package var number: UInt32 {
    switch self {
    case .auto: 0
    case .enable: 1
    case .disable: 2
    }
  }

  /// Finds the state with the kernel's number.
  package init?(number: UInt32) {
    guard let state = Self.allCases.first(where: { $0.number == number }) else { return nil }
    self = state
  }
}
