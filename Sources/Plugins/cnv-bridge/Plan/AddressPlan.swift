// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The steps that give the container interface its addresses and routes.
enum AddressPlan {
  /// The steps up to the link being up; whether addresses are unique shows only then.
  ///
  /// IPv6 is set up before the link, so that the kernel starts no check that is not wanted.
  static func steps(
    _ configuration: BridgeConfiguration,
    _ interface: InterfaceName,
    _ result: AddResult
  ) -> [Step] {
    let hasIPv6 = result.addresses.contains { $0.prefix.address.family == .v6 }
    var settings = duplicateDetection(configuration, interface)
    settings.append(sysctl("net/ipv4/conf/\(interface)/arp_notify", "1"))
    if hasIPv6 {
      settings.append(sysctl("net/ipv6/conf/lo/disable_ipv6", "0"))
      let key = "net/ipv6/conf/\(interface)/disable_ipv6"
      settings.append(Step(.container, .setSysctl(key: key, value: "0", ifPresent: true)))
      settings.append(sysctl("net/ipv6/conf/\(interface)/keep_addr_on_down", "1"))
      // An unsolicited neighbour advertisement is for IPv6 what arp_notify is for IPv4.
      settings.append(sysctl("net/ipv6/conf/\(interface)/ndisc_notify", "1"))
    }
    let addresses = result.addresses.map { address in
      Step(.container, .addAddress(interface, address.prefix))
    }
    let up = LinkChange(isUp: true, addressGeneration: configuration.addressGeneration)
    return settings + addresses + [Step(.container, .changeLink(interface, up))]
  }

  /// The routes, each once, in IPAM's order; one without a gateway leads to the first of its family.
  static func routeSteps(_ interface: InterfaceName, _ result: AddResult) -> [Step] {
    var routes: Set<Route> = []
    return result.routes.map { $0.resolved(in: result) }
      .filter { routes.insert($0).inserted }
      .map { Step(.container, .addRoute($0, through: interface)) }
  }

  private static func duplicateDetection(
    _ configuration: BridgeConfiguration,
    _ interface: InterfaceName
  ) -> [Step] {
    guard configuration.detectsDuplicateAddresses else {
      return [sysctl("net/ipv6/conf/\(interface)/accept_dad", "0")]
    }
    return [
      sysctl("net/ipv6/conf/\(interface)/enhanced_dad", "1"),
      sysctl("net/ipv6/conf/\(interface)/accept_dad", "1"),
    ]
  }

  private static func sysctl(_ key: String, _ value: String) -> Step {
    Step(.container, .trySysctl(key: key, value: value))
  }
}
