// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The host's own use of a virtual function's interface, which it would lose.
///
/// An interface that is merely up is not in use: network managers set any interface up, and they
/// and routers also give it IPv6 addresses with a limited lifetime.
struct HostUse: Equatable {
  /// The interfaces built on it.
  var uppers: [InterfaceName] = []
  /// Its addresses.
  var addresses: [InterfaceAddress] = []

  /// The first use in words, nil if there is none.
  var first: String? {
    if let upper = uppers.first { return "is below '\(upper)'" }
    let kept = addresses.first { address in
      address.isGlobal && !address.prefix.address.isLinkLocal
        && (address.isPermanent || address.prefix.address.family == .v4)
    }
    return kept.map { "has address \($0.prefix)" }
  }
}
