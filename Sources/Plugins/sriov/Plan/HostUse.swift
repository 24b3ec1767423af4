// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What the host itself has made of a virtual function's interface, and would lose with it.
///
/// That the interface is up is no use: network managers do that to whatever they find, and so do
/// they and routers give it addresses of IPv6 that end by themselves.
struct HostUse: Equatable {
  /// The interfaces that are built on it.
  var uppers: [InterfaceName] = []
  /// Its addresses.
  var addresses: [InterfaceAddress] = []

  /// The first use in words, nil where there is none.
  var first: String? {
    if let upper = uppers.first { return "is below '\(upper)'" }
    let kept = addresses.first { address in
      address.isGlobal && !address.prefix.address.isLinkLocal
        && (address.isPermanent || address.prefix.address.family == .v4)
    }
    return kept.map { "has address \($0.prefix)" }
  }
}
