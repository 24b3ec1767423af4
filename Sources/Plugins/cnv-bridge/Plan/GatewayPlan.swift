// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps that make the bridge, or its VLAN's gateway interface, the router of its attachments.
enum GatewayPlan {
  /// The steps for an interface with the addresses it has now.
  ///
  /// `user` is the attachment that needs the addresses: they are only removed again if no other one
  /// of its network exists. The caller restores the conflicting addresses.
  /// - Throws: `LinkConflict` if there is another address that conflicts.
  static func steps(
    _ wanted: [IPPrefix],
    on interface: Link,
    having present: [InterfaceAddress],
    isForced: Bool,
    detectsDuplicates: Bool = false,
    user: Attachment
  ) throws(LinkConflict) -> [Step] {
    var steps: [Step] = []
    var present = present.map { $0.prefix }
    for prefix in wanted where !present.contains(prefix) {
      // In reverse: with the first address of a network the kernel removes the others.
      for other in present.reversed() where conflicts(other, prefix) {
        guard isForced else { throw .addressTaken(interface.name, other, wanted: prefix) }
        steps.append(Step(.host, .removeAddress(interface.name, other)))
      }
      present.removeAll { conflicts($0, prefix) }
      steps.append(
        Step(
          .host,
          detectsDuplicates
            ? .addAddress(interface.name, prefix) : .addUncontestedAddress(interface.name, prefix),
          undo: .ifUnused(.removeAddress(interface.name, prefix, besides: user))
        )
      )
      present.append(prefix)
    }
    return steps
  }

  /// The settings below `/proc/sys` that make the node forward packets.
  static let forwarding: [(family: IPFamily, sysctl: String)] = [
    (.v4, "net/ipv4/ip_forward"), (.v6, "net/ipv6/conf/all/forwarding"),
  ]

  /// Enables forwarding for the families that have a gateway; never undone, since others may have
  /// come to rely on it.
  static func forwardingSteps(_ families: Set<IPFamily>) -> [Step] {
    forwarding.filter { families.contains($0.family) }.map { _, key in
      Step(.host, .setSysctl(key: key, value: "1", ifPresent: false))
    }
  }

  /// An interface has one IPv4 address here, and IPv6 addresses whose networks do not overlap.
  private static func conflicts(_ present: IPPrefix, _ wanted: IPPrefix) -> Bool {
    guard present.address.family == wanted.address.family else { return false }
    return wanted.address.family == .v4
      || (!present.address.isLinkLocal && present.overlaps(wanted))
  }
}
