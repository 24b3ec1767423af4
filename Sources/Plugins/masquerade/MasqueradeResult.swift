// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// What ADD made, for the runtime.
struct MasqueradeResult: Equatable {
  /// The bridge.
  let bridge: AddResult.Interface
  /// The tap.
  let tap: AddResult.Interface

  /// Describes what was made in the namespace of a path; both interfaces got the same MTU.
  init(_ configuration: MasqueradeConfiguration, tap: Link, sandbox: String) {
    bridge = AddResult.Interface(
      name: configuration.bridge.string,
      mac: configuration.bridgeMAC,
      mtu: tap.mtu,
      sandbox: sandbox
    )
    self.tap = AddResult.Interface(
      name: tap.name.string,
      mac: tap.mac,
      mtu: tap.mtu,
      sandbox: sandbox
    )
  }

  /// Returns the result of the plugin before this one with the two interfaces at its end.
  ///
  /// Nothing else changes, so that its indices stay valid. The VM's addresses are not among the
  /// addresses: runtimes would publish them as the pod's.
  func appended(to previous: AddResult) -> AddResult {
    var result = previous
    result.interfaces += [bridge, tap]
    return result
  }
}
