// SPDX-License-Identifier: Apache-2.0

/// A route requested through an interface (`linux/rtnetlink.h`, `struct rtmsg`).
package struct Route: Hashable, Sendable {
  /// The destination; length 0 is the default route.
  package var destination: IPPrefix
  /// The gateway, nil for a destination on the link itself; in a CNI result, nil stands for the
  /// gateway of the first address of its family.
  package var gateway: IPAddress?
  /// The MTU in bytes (RTAX_MTU).
  package var mtu: Int?
  /// The TCP segment size to advertise in bytes (RTAX_ADVMSS).
  package var advertisedMSS: Int?
  /// The metric, lower is better (RTA_PRIORITY).
  package var priority: Int?
  /// The table, nil for 254, `main` (RTA_TABLE).
  package var table: Int?
  /// The scope: 0 `global`, 253 `link` (`rtm_scope`).
  package var scope: Int?

  /// Creates a route; omitted attributes are left to the kernel.
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
  /// The address with its prefix length.
  package var prefix: IPPrefix
  /// Whether duplicate address detection is still running (IFA_F_TENTATIVE).
  package var isTentative: Bool
  /// Whether the address is a duplicate (IFA_F_DADFAILED).
  package var isDuplicate: Bool
  /// Whether the address is valid beyond its link (`ifa_scope` is RT_SCOPE_UNIVERSE).
  package var isGlobal: Bool
  /// Whether the lifetime is infinite (IFA_F_PERMANENT), unlike an address from a router
  /// advertisement.
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
