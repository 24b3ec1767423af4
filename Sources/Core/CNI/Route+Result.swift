// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

extension Route {
  /// The route that a result promises, through an interface.
  ///
  /// One without a gateway leads to the first of its family.
  package init(_ route: AddResult.Route, _ interface: InterfaceName, _ result: AddResult) {
    let family = route.destination.address.family
    let gateways = result.addresses.filter { $0.prefix.address.family == family }
      .compactMap { $0.gateway }
    self.init(
      destination: route.destination.network,
      gateway: route.gateway ?? gateways.first,
      interface: interface,
      mtu: route.mtu,
      advertisedMSS: route.advertisedMSS,
      priority: route.priority,
      table: route.table,
      scope: route.scope
    )
  }
}
