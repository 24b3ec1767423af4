// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The steps that assign addresses and routes to the container interface.
enum AddressPlan {
  /// The steps until the link is up; only then does it show whether addresses are unique.
  ///
  /// IPv6 is configured before the link, so that the kernel starts no unwanted detection.
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
      // An unsolicited neighbour advertisement is IPv6's counterpart of arp_notify.
      settings.append(sysctl("net/ipv6/conf/\(interface)/ndisc_notify", "1"))
    }
    let up = LinkChange(isUp: true, addressGeneration: configuration.addressGeneration)
    return settings + result.addressSteps(interface)
      + [Step(.container, .changeLink(interface, up))]
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
