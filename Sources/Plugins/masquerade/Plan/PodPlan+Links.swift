// SPDX-License-Identifier: Apache-2.0

import NetworkModel

extension PodPlan {
  static func bridgeCreation(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation,
    _ mtu: Int,
    _ label: String,
    _ index: Int32
  ) -> [Step] {
    let name = configuration.bridge
    let creation = BridgeCreation(
      name: name,
      index: index,
      mac: configuration.bridgeMAC,
      mtu: mtu,
      snoopsMulticast: false
    )
    let identity = LinkChange(alias: label, addressGeneration: addressGeneration(observation))
    return [
      Step(.container, .createBridge(creation)),
      Step(.container, .changeLink(name, identity)),
    ]
  }

  /// The kernel generates a link-local address only with a carrier, so they are set explicitly.
  private static func addressGeneration(_ observation: PodObservation) -> AddressGeneration? {
    observation.knowsIPv6 ? AddressGeneration.none : nil
  }

  static func bridgeStart(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> [Step] {
    let name = configuration.bridge
    let addresses = bridgeAddresses(configuration, families).map {
      Step(.container, .addUncontestedAddress(name, $0))
    }
    return addresses + [Step(.container, .changeLink(name, LinkChange(isUp: true)))]
  }

  /// The settings of the bridge alone, which disappear with it.
  static func bridgeSettings(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> [(key: String, value: String)] {
    let name = configuration.bridge
    var settings: [(key: String, value: String)] = []
    if families.contains(.v4) {
      settings.append(("net/ipv4/conf/\(name)/forwarding", "1"))
      settings.append(("net/ipv4/conf/\(name)/send_redirects", "0"))
      // A guest that moved here requests its address from its old one; rules check sources instead.
      settings.append(("net/ipv4/conf/\(name)/rp_filter", "2"))
      if configuration.forwardsLocalhost || configuration.mesh != .none {
        settings.append(("net/ipv4/conf/\(name)/route_localnet", "1"))
      }
    }
    // A guest could make itself the pod's router by router advertisements (CVE-2020-10749).
    settings.append(("net/ipv6/conf/\(name)/accept_ra", "0"))
    if families.contains(.v6) {
      // Guests drop a router that does not set the router flag in its replies.
      settings.append(("net/ipv6/conf/\(name)/forwarding", "1"))
      settings.append(("net/ipv6/conf/\(name)/disable_ipv6", "0"))
    }
    return settings
  }

  /// The gateway's addresses; routers send from a link-local one (RFC 4861 §4.2).
  static func bridgeAddresses(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> [IPPrefix] {
    var addresses = families.map { configuration.gateway($0) }
    if families.contains(.v6), let local = IPPrefix(linkLocalOf: configuration.bridgeMAC) {
      addresses.append(local)
    }
    return addresses
  }

  static func tapCreation(_ configuration: MasqueradeConfiguration, _ index: Int32) -> Step {
    let creation = TapCreation(
      name: configuration.tap,
      index: index,
      owner: configuration.owner,
      group: configuration.group,
      hasManyQueues: configuration.hasManyQueues
    )
    return Step(.container, .createTap(creation))
  }

  /// In one message: without a carrier, no address is generated before its last part is applied.
  static func tapStart(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation,
    _ mtu: Int,
    _ label: String
  ) -> Step {
    let settings = LinkChange(
      isUp: true,
      mtu: mtu,
      alias: label,
      addressGeneration: addressGeneration(observation),
      bridge: configuration.bridge
    )
    return Step(.container, .changeLink(configuration.tap, settings))
  }
}

extension IPPrefix {
  /// The link-local address derived from a MAC address (RFC 4291 §2.5.6, appendix A).
  init?(linkLocalOf mac: MACAddress) {
    let bytes = mac.bytes
    let identifier = [bytes[0] ^ 2] + bytes[1...2] + [0xFF, 0xFE] + bytes[3...5]
    guard
      let address = IPAddress(bytes: [0xFE, 0x80, 0, 0, 0, 0, 0, 0] + identifier)
    else { return nil }
    self.init(address: address, length: 64)
  }
}
