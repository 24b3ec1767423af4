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
