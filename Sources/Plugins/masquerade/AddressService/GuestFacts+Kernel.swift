// SPDX-License-Identifier: Apache-2.0

import GuestAddressing
import Linux
import Netlink
import NetworkModel

extension GuestFacts {
  /// Derives facts from this namespace's bridge and the pod's files, unless options override them.
  ///
  /// Returns nil if there is no such bridge, or none with a gateway address.
  static func derived(
    _ options: AddressServiceOptions,
    through socket: borrowing RouteSocket
  ) throws(KernelError) -> (bridge: Link, facts: GuestFacts)? {
    let bridges = try socket.links().filter { link in
      guard let name = options.interface else {
        return link.kind == "bridge" && LinkIndices.contain(link)
      }
      return link.name == name
    }
    guard let bridge = bridges.first, let mac = bridge.mac else { return nil }
    var facts = GuestFacts(bridgeMAC: mac, mtu: bridge.mtu)
    let addresses = try socket.addresses(ofLinkAt: bridge.index).filter { $0.isGlobal }
      .map { $0.prefix }
    facts.v4 = addresses.first { $0.address.family == .v4 }.flatMap { Network(gateway: $0) }
    facts.v6 = addresses.first { $0.address.family == .v6 }.flatMap { Network(gateway: $0) }
    guard facts.v4 != nil || facts.v6 != nil else { return nil }
    let isStated =
      options.nameServers != nil && (options.search ?? options.domain.map { [$0] }) != nil
    let text = isStated ? nil : try TextFile("/etc/resolv.conf").read()
    facts.resolver = options.resolver(text ?? "")
    facts.hostname =
      options.hostname.map { DomainName($0) } ?? DomainName(ofVMInPod: ThisProcess.hostname ?? "")
    facts.leaseSeconds = options.leaseSeconds ?? facts.leaseSeconds
    facts.extras = options.extras
    return (bridge, facts)
  }
}
