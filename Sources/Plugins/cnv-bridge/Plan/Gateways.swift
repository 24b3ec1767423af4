// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The addresses an IPAM plugin gave, completed with gateways and default routes.
struct Gateways: Equatable {
  /// The result for the runtime; every address is the container interface's.
  var result: AddResult
  /// What the bridge is to have, each once, in order; empty unless it is the gateway.
  var bridgeAddresses: [IPPrefix] = []

  /// The position of the container interface in a result: after the bridge and the host end.
  static let containerPosition = 2

  /// Completes what IPAM gave, as the configuration asks.
  ///
  /// Where the bridge is the gateway, an address without one gets its network's first host. Where
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
