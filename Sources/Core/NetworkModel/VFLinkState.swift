// SPDX-License-Identifier: Apache-2.0

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
