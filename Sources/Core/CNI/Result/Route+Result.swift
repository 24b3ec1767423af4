// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

extension Route {
  /// Returns the route that a result promises, as the kernel should have it.
  ///
  /// A route without a gateway uses the first of its family.
  package func resolved(in result: AddResult) -> Route {
    let family = destination.address.family
    let gateways = result.addresses.filter { $0.prefix.address.family == family }
      .compactMap { $0.gateway }
    // The kernel's meaning of 0: the main table, its own priority, the link's sizes.
    let given = { (number: Int?) in number == 0 ? nil : number }
    return Route(
      destination: destination.network,
      gateway: gateway ?? gateways.first,
      mtu: given(mtu),
      advertisedMSS: given(advertisedMSS),
      priority: given(priority),
      table: given(table),
      scope: scope
    )
  }
}
