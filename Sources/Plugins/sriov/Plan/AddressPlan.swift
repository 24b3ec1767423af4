// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The steps that assign addresses and routes to the container interface.
enum AddressPlan {
  /// The steps; the interface is set up after its addresses have been added.
  ///
  /// The kernel announces an IPv6 address itself, once it has found it to be unique
  /// (`ndisc_notify`): an announcement from an address that is still being checked comes back from
  /// the NIC's switch and makes the check fail. Until then the address may be used
  /// (`optimistic_dad`), so nothing waits.
  static func steps(_ interface: InterfaceName, _ result: AddResult) -> [Step] {
    let hasIPv6 = result.addresses.contains { $0.prefix.address.family == .v6 }
    var settings: [Step] = []
    if hasIPv6 {
      settings = [
        sysctl("net/ipv6/conf/lo/disable_ipv6", "0"),
        sysctl("net/ipv6/conf/\(interface)/disable_ipv6", "0"),
        sysctl("net/ipv6/conf/\(interface)/keep_addr_on_down", "1"),
        sysctl("net/ipv6/conf/\(interface)/optimistic_dad", "1"),
        sysctl("net/ipv6/conf/\(interface)/use_optimistic", "1"),
      ]
    }
    let up = Step(.container, .changeLink(interface, LinkChange(isUp: true)))
    return settings + result.addressSteps(interface) + [up] + result.routeSteps(interface)
  }

  private static func sysctl(_ key: String, _ value: String) -> Step {
    Step(.container, .setSysctl(key: key, value: value, ifPresent: true))
  }
}
