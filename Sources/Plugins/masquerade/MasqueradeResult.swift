// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// What ADD made, for the runtime.
struct MasqueradeResult: Equatable {
  /// The bridge as it is.
  let bridge: Link
  /// The tap as it is.
  let tap: Link
  /// The path of the pod's namespace.
  let sandbox: String

  /// Returns the result of the plugin before this one with the two interfaces at its end.
  ///
  /// Nothing else changes, so that its indices stay valid. The VM's addresses are not among the
  /// addresses: runtimes would publish them as the pod's.
  func appended(to previous: AddResult) -> AddResult {
    var result = previous
    result.interfaces += [bridge, tap].map {
      AddResult.Interface(name: $0.name.string, mac: $0.mac, mtu: $0.mtu, sandbox: sandbox)
    }
    return result
  }
}
