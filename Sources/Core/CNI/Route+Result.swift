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
    // What the kernel takes 0 for: the main table, its own priority, the link's sizes.
    let given = { (number: Int?) in number == 0 ? nil : number }
    self.init(
      destination: route.destination.network,
      gateway: route.gateway ?? gateways.first,
      interface: interface,
      mtu: given(route.mtu),
      advertisedMSS: given(route.advertisedMSS),
      priority: given(route.priority),
      table: given(route.table),
      scope: route.scope
    )
  }
}
