// SPDX-License-Identifier: Apache-2.0

package import NetworkModel

/// What CHECK compares for every plugin that assigns addresses; `self` is the result of ADD.
extension AddResult {
  /// The first address that the container's interface lacks, or that another host has too.
  package func addressDifference(
    _ interface: InterfaceName,
    having present: [InterfaceAddress]
  ) -> String? {
    let name = "container interface '\(interface)'"
    let prefixes = Set(present.map { $0.prefix })
    let missing = addresses(of: interface).first { !prefixes.contains($0.prefix) }
    if let missing { return "\(name) does not have address \(missing.prefix)" }
    let duplicate = present.first { $0.isDuplicate }
    return duplicate.map { "\(name) has address \($0.prefix) which another host also has" }
  }

  /// The first route that the container lacks through its interface, which has this index.
  package func routeDifference(
    _ interface: InterfaceName,
    at index: Int32?,
    having present: [InstalledRoute]
  ) -> String? {
    // Routes that do not use this attachment's addresses belong to other plugins of the chain.
    let own = AddResult(addresses: addresses(of: interface))
    let others = interfaces.filter { $0.sandbox != nil && $0.name != interface.string }
    let found = Dictionary(grouping: present) { $0.destination }
    // The result does not say whose a route is: another plugin's interface may have it.
    let isKept = { (promise: Route, own: Route, elsewhere: Bool) in
      (found[own.destination] ?? []).contains { route in
        route.fulfils(own, through: index)
          || elsewhere && route.isLike(own)
            && route.hops.contains {
              $0.interface != index && (promise.gateway == nil || $0.gateway == promise.gateway)
            }
      }
    }
    let promise = routes.first { promise in
      let isOwn = own.addresses.contains { address in
        promise.gateway.map { $0 == address.gateway || address.prefix.contains($0) } ?? true
      }
      return isOwn && !isKept(promise, promise.resolved(in: own), !others.isEmpty)
    }
    guard let missing = promise?.resolved(in: own) else { return nil }
    let gateway = missing.gateway.map { " via \($0)" } ?? ""
    return "the container has no route to \(missing.destination)\(gateway) through '\(interface)'"
  }
}
