// SPDX-License-Identifier: Apache-2.0

/// A route as listed by the kernel, with the index of its link.
package struct InstalledRoute: Hashable, Sendable {
  /// The destination.
  package var destination: IPPrefix
  /// The next hops: each the index of a link and a gateway.
  package var hops: [Hop]
  /// The preference (RTA_PRIORITY).
  package var priority: Int
  /// The table (RTA_TABLE).
  package var table: Int
  /// The scope (`rtm_scope`).
  package var scope: Int
  /// The MTU in bytes (RTAX_MTU), nil for that of the link.
  package var mtu: Int?
  /// Whether it leads nowhere (RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW).
  package var isDeadEnd: Bool

  /// One next hop of a route.
  package struct Hop: Hashable, Sendable {
    /// The index of the output link.
    package var interface: Int32
    /// The gateway, nil for destinations on the link itself.
    package var gateway: IPAddress?

    /// Creates a next hop.
    package init(interface: Int32, gateway: IPAddress?) {
      self.interface = interface
      self.gateway = gateway
    }
  }

  /// Creates a route of the main table.
  package init(
    destination: IPPrefix,
    hops: [Hop],
    priority: Int = 0,
    table: Int = 254,
    scope: Int = 0,
    mtu: Int? = nil,
    isDeadEnd: Bool = false
  ) {
    self.destination = destination
    self.hops = hops
    self.priority = priority
    self.table = table
    self.scope = scope
    self.mtu = mtu
    self.isDeadEnd = isDeadEnd
  }
}

extension InstalledRoute {
  /// Whether it is the requested route, through the link with an index.
  ///
  /// A requested route without a table matches any: the plugins `vrf` and `sbr` move it to theirs.
  package func fulfils(_ route: Route, through index: Int32?) -> Bool {
    isLike(route) && hops.contains { $0.interface == index && $0.gateway == route.gateway }
  }

  /// Whether it is the requested route, ignoring its next hop.
  ///
  /// The kernel reduces larger MTUs to 65520 (`net/ipv4/metrics.c`).
  package func isLike(_ route: Route) -> Bool {
    destination == route.destination
      && route.table.map { $0 == table } ?? true
      && route.priority.map { $0 == priority } ?? true
      && route.mtu.map { min($0, 65520) == mtu } ?? true
  }
}
