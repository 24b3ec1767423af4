// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

extension AddResult {
  /// The interface that ADD reported for the container.
  package func containerInterface(_ attachment: Attachment) -> Interface? {
    interfaces.first { $0.name == attachment.containerInterface.string && $0.sandbox != nil }
  }

  /// The addresses of a container's interface: those assigned to it, or to no interface at all.
  package func addresses(of name: InterfaceName) -> [Address] {
    addresses.filter { address in
      guard let position = address.interface else { return true }
      guard interfaces.indices.contains(position) else { return false }
      return interfaces[position].name == name.string && interfaces[position].sandbox != nil
    }
  }

  /// Returns this result with interfaces, and IPAM's addresses for the one at a position among them,
  /// at the end (CNI 1.1.0 §2).
  ///
  /// DNS settings of the configuration replace those of IPAM, and these replace earlier plugins'.
  package func appending(
    _ new: [Interface],
    _ lease: AddResult,
    at position: Int = 0,
    dns: DNS?
  ) -> AddResult {
    var result = self
    result.interfaces += new
    result.addresses += lease.addresses.map { address in
      var address = address
      address.interface = interfaces.count + position
      return address
    }
    result.routes += lease.routes
    if let dns { result.dns = dns } else if !lease.dns.isEmpty { result.dns = lease.dns }
    return result
  }

  /// The steps that add the addresses to the container's interface.
  package func addressSteps(_ interface: InterfaceName) -> [Step] {
    addresses.map { Step(.container, .addAddress(interface, $0.prefix)) }
  }

  /// The steps that add the routes, each once, in order; one without a gateway uses the first of its
  /// family.
  package func routeSteps(_ interface: InterfaceName) -> [Step] {
    var seen: Set<Route> = []
    return routes.map { $0.resolved(in: self) }
      .filter { seen.insert($0).inserted }
      .map { Step(.container, .addRoute($0, through: interface)) }
  }
}

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
