// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The addresses from an IPAM plugin, completed with gateways and default routes.
struct Gateways: Equatable {
  /// The result for the runtime; all addresses belong to the container interface.
  var result: AddResult
  /// The bridge's addresses, each once, in order; empty unless it is the gateway.
  var bridgeAddresses: [IPPrefix] = []

  /// The position of the container interface in a result: after the bridge and the host end.
  static let containerPosition = 2

  /// Completes IPAM's result according to the configuration.
  ///
  /// If the bridge is the gateway, an address without a gateway gets its network's first host. If
  /// it is the default gateway, each family without a default route gets one.
  init(_ configuration: BridgeConfiguration, ipam: AddResult) {
    result = ipam
    var families = Set(
      ipam.routes.filter { $0.destination.length == 0 && [nil, 0, 254].contains($0.table) }
        .map { $0.destination.address.family }
    )
    for position in result.addresses.indices {
      result.addresses[position].interface = Self.containerPosition
      guard configuration.isGateway else { continue }
      let prefix = result.addresses[position].prefix
      let family = prefix.address.family
      guard let gateway = result.addresses[position].gateway ?? prefix.firstHost,
        let bridgeAddress = IPPrefix(address: gateway, length: prefix.length)
      else { continue }
      result.addresses[position].gateway = gateway
      if configuration.isDefaultGateway, families.insert(family).inserted {
        result.routes.append(Route(destination: .any(family), gateway: gateway))
      }
      if !bridgeAddresses.contains(bridgeAddress) { bridgeAddresses.append(bridgeAddress) }
    }
  }
}
