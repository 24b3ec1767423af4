// SPDX-License-Identifier: Apache-2.0

/// A route that is wanted through an interface (`linux/rtnetlink.h`, `struct rtmsg`).
package struct Route: Hashable, Sendable {
  /// The addresses it leads to; length 0 is the default route.
  package var destination: IPPrefix
  /// The next hop, nil for a destination on the link itself; in a result of CNI, for the gateway of
  /// the first address of its family.
  package var gateway: IPAddress?
  /// The largest packet in bytes (RTAX_MTU).
  package var mtu: Int?
  /// The largest TCP segment to advertise in bytes (RTAX_ADVMSS).
  package var advertisedMSS: Int?
  /// The preference, lower is better (RTA_PRIORITY).
  package var priority: Int?
  /// The table, 254 (`main`) where nil (RTA_TABLE).
  package var table: Int?
  /// The distance to the destination: 0 `global`, 253 `link` (`rtm_scope`).
  package var scope: Int?

  /// Creates a route; what is not named is left to the kernel.
  package init(
    destination: IPPrefix,
    gateway: IPAddress? = nil,
    mtu: Int? = nil,
    advertisedMSS: Int? = nil,
    priority: Int? = nil,
    table: Int? = nil,
    scope: Int? = nil
  ) {
    self.destination = destination
    self.gateway = gateway
    self.mtu = mtu
    self.advertisedMSS = advertisedMSS
    self.priority = priority
    self.table = table
    self.scope = scope
  }
}

/// An address of an interface.
package struct InterfaceAddress: Hashable, Sendable {
  /// The address with the length of its network's prefix.
  package var prefix: IPPrefix
  /// Whether IPv6 is still checking that nobody else has the address (IFA_F_TENTATIVE).
  package var isTentative: Bool
  /// Whether somebody else has the address (IFA_F_DADFAILED).
  package var isDuplicate: Bool
  /// Whether the address holds beyond its link (`ifa_scope` is RT_SCOPE_UNIVERSE).
  package var isGlobal: Bool
  /// Whether the address has no end of its life (IFA_F_PERMANENT), as one of a router's advertisement
  /// has.
  package var isPermanent: Bool

  /// Creates an address that is in use.
  package init(
    _ prefix: IPPrefix,
    isTentative: Bool = false,
    isDuplicate: Bool = false,
    isGlobal: Bool = true,
    isPermanent: Bool = true
  ) {
    self.prefix = prefix
    self.isTentative = isTentative
    self.isDuplicate = isDuplicate
    self.isGlobal = isGlobal
    self.isPermanent = isPermanent
  }
}
