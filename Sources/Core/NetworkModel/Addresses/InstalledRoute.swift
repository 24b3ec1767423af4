// SPDX-License-Identifier: Apache-2.0

/// A route as the kernel lists it, with its link's index.
package struct InstalledRoute: Hashable, Sendable {
  /// The addresses it leads to.
  package var destination: IPPrefix
  /// The next hops: each a link's index and a gateway.
  package var hops: [Hop]
  /// The preference (RTA_PRIORITY).
  package var priority: Int
  /// The table (RTA_TABLE).
  package var table: Int
  /// The distance to the destination (`rtm_scope`).
  package var scope: Int
  /// The largest packet in bytes (RTAX_MTU), nil where the link's holds.
  package var mtu: Int?
  /// Whether it leads nowhere (RTN_BLACKHOLE, RTN_UNREACHABLE, RTN_PROHIBIT, RTN_THROW).
  package var isDeadEnd: Bool

  /// One way to a route's destination.
  package struct Hop: Hashable, Sendable {
    /// The index of the link it leaves by.
    package var interface: Int32
    /// The next hop's address, nil on the link itself.
    package var gateway: IPAddress?

    /// Creates one way.
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
  /// Whether it is the route wanted, through the link of an index.
  ///
  /// One that names no table may be in any: the plugins `vrf` and `sbr` take it to theirs.
  package func fulfils(_ route: Route, through index: Int32?) -> Bool {
    isLike(route) && hops.contains { $0.interface == index && $0.gateway == route.gateway }
  }

  /// Whether it is the route wanted, but for the way it takes.
  ///
  /// The kernel makes larger MTUs 65520 (`net/ipv4/metrics.c`).
  package func isLike(_ route: Route) -> Bool {
    destination == route.destination
      && route.table.map { $0 == table } ?? true
      && route.priority.map { $0 == priority } ?? true
      && route.mtu.map { min($0, 65520) == mtu } ?? true
  }
}
