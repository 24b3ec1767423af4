// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// What ADD reports: the links as the kernel has them after the attachment was made.
struct BridgeResult: Equatable {
  /// The bridge.
  var bridge: Link
  /// The end on the host.
  var hostEnd: Link
  /// The end in the container.
  var containerEnd: Link
  /// The VLAN's gateway interface, where there is one.
  var gateway: Link?
  /// The container's namespace as the runtime named it.
  var sandbox: String

  /// Returns what the bridge did not follow: its MTU was set to less than the port's.
  func conflict(with configuration: BridgeConfiguration) -> LinkConflict? {
    guard let mtu = configuration.mtu, bridge.mtu < mtu else { return nil }
    return .bridgeMTUTooSmall(bridge.name, bridge.mtu, wanted: mtu)
  }

  /// Returns the result for the runtime, with the addresses and routes of IPAM's.
  ///
  /// DNS settings of the configuration take the place of IPAM's.
  func result(_ ipam: AddResult, dns: DNS?) -> AddResult {
    var result = ipam
    result.interfaces = [
      interface(bridge, in: nil), interface(hostEnd, in: nil),
      interface(containerEnd, in: sandbox),
    ]
    if let gateway { result.interfaces.append(interface(gateway, in: nil)) }
    if let dns { result.dns = dns }
    return result
  }

  private func interface(_ link: Link, in sandbox: String?) -> AddResult.Interface {
    AddResult.Interface(name: link.name.string, mac: link.mac, mtu: link.mtu, sandbox: sandbox)
  }
}
