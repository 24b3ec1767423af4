// SPDX-License-Identifier: Apache-2.0

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
