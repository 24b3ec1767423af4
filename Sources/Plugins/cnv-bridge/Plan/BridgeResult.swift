// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// ADD's report: the links as the kernel has them after the attachment was made.
struct BridgeResult: Equatable {
  /// The bridge.
  var bridge: Link
  /// The host end.
  var hostEnd: Link
  /// The container end.
  var containerEnd: Link
  /// The VLAN's gateway interface, if there is one.
  var gateway: Link?
  /// The path of the container's namespace, as given by the runtime.
  var sandbox: String

  /// Returns the result for the runtime, with IPAM's addresses and routes appended to the result of
  /// earlier plugins in the chain (CNI 1.1.0 §2).
  ///
  /// DNS settings of the configuration replace those of IPAM, and these replace earlier plugins'.
  func result(_ ipam: AddResult, dns: DNS?, after previous: AddResult) -> AddResult {
    var result = previous
    let links = [bridge, hostEnd].map { interface($0, in: nil) }
    result.interfaces += links + [interface(containerEnd, in: sandbox)]
    if let gateway { result.interfaces.append(interface(gateway, in: nil)) }
    result.addresses += ipam.addresses.map { address in
      var address = address
      address.interface = previous.interfaces.count + Gateways.containerPosition
      return address
    }
    result.routes += ipam.routes
    if let dns { result.dns = dns } else if !ipam.dns.isEmpty { result.dns = ipam.dns }
    return result
  }

  private func interface(_ link: Link, in sandbox: String?) -> AddResult.Interface {
    AddResult.Interface(name: link.name.string, mac: link.mac, mtu: link.mtu, sandbox: sandbox)
  }
}
