// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps from a pod with an interface to a VM behind that interface's addresses.
enum PodPlan {
  /// Decides the steps; the last makes all rules at once.
  /// - Throws: `PodConflict` where something is in the way, before anything is done.
  static func steps(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation,
    label: String
  ) throws(PodConflict) -> [Step] {
    let mtu = try judge(configuration, observation)
    let settings = PodSettings(observation, uplink: configuration.podInterface)
    let ruleset = Ruleset(
      configuration,
      podAddresses: observation.podAddresses,
      label: label,
      note: settings.note
    )
    return bridgeSteps(configuration, observation.families, mtu, label)
      + tapSteps(configuration, mtu, label)
      + settings.steps
      + [
        Step(
          .container,
          .changeRuleset(ruleset.transaction),
          undo: .changeRuleset([.deleteTable(ruleset.table.id)])
        )
      ]
  }

  /// Returns the largest packet, where nothing is in the way.
  private static func judge(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation
  ) throws(PodConflict) -> Int {
    let name = configuration.podInterface
    guard let uplink = observation.uplink else { throw .noUplink(name) }
    guard !observation.families.isEmpty else { throw .noAddress(name) }
    if let link = observation.bridge {
      throw .nameTaken(key: "bridge", configuration.bridge, kind: link.kind)
    }
    if let link = observation.tap {
      throw .nameTaken(key: "tap", configuration.tap, kind: link.kind)
    }
    guard !observation.hasTable else { throw .tableTaken(Ruleset.tableID(of: name).name) }
    for family in observation.families {
      try judgeNetwork(configuration.network(family), observation, name)
    }
    let mtu = configuration.mtu ?? uplink.mtu
    guard mtu <= uplink.mtu else { throw .mtuTooLarge(mtu, uplink.mtu, name) }
    guard mtu >= 1280 || !observation.families.contains(.v6) else { throw .mtuTooSmall(mtu) }
    return mtu
  }

  /// The VM must not take addresses for its neighbours that are elsewhere in the pod.
  private static func judgeNetwork(
    _ network: IPPrefix,
    _ observation: PodObservation,
    _ uplink: InterfaceName
  ) throws(PodConflict) {
    let own = observation.addresses.map(\.prefix)
    if let prefix = own.first(where: { conflicts($0, network) }) {
      throw .overlap(network, prefix, interface: uplink.string)
    }
    let route = observation.routes.first { conflicts($0.destination, network) }
    if let route { throw .overlap(network, route.destination, interface: route.interface) }
  }

  private static func conflicts(_ other: IPPrefix, _ network: IPPrefix) -> Bool {
    other.length > 0 && other.address.family == network.address.family && other.overlaps(network)
  }

  private static func bridgeSteps(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily],
    _ mtu: Int,
    _ label: String
  ) -> [Step] {
    let name = configuration.bridge
    let creation = BridgeCreation(
      name: name,
      mac: configuration.bridgeMAC,
      mtu: mtu,
      snoopsMulticast: false
    )
    // The kernel makes a link-local address only with a carrier; the addresses are set instead.
    let identity = LinkChange(alias: label, addressGeneration: AddressGeneration.none)
    var steps = [
      Step(.container, .createBridge(creation), undo: .deleteLink(name)),
      Step(.container, .changeLink(name, identity)),
    ]
    steps += bridgeSettings(configuration, families).map {
      Step(.container, .setSysctl(key: $0.key, value: $0.value, ifPresent: true))
    }
    steps += bridgeAddresses(configuration, families).map {
      Step(.container, .addUncontestedAddress(name, $0))
    }
    return steps + [Step(.container, .changeLink(name, LinkChange(isUp: true)))]
  }

  /// The settings of the bridge alone, which end with it.
  static func bridgeSettings(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> [(key: String, value: String)] {
    let name = configuration.bridge
    var settings: [(String, String)] = []
    if families.contains(.v4) {
      settings.append(("net/ipv4/conf/\(name)/send_redirects", "0"))
      if configuration.forwardsLocalhost || configuration.mesh != .none {
        settings.append(("net/ipv4/conf/\(name)/route_localnet", "1"))
      }
    }
    // A guest could make itself the pod's router by router advertisements (CVE-2020-10749).
    settings.append(("net/ipv6/conf/\(name)/accept_ra", "0"))
    if families.contains(.v6) {
      settings.append(("net/ipv6/conf/\(name)/disable_ipv6", "0"))
    }
    return settings
  }

  /// The gateway's addresses; routers speak from a link-local one (RFC 4861 §4.2).
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

  private static func tapSteps(
    _ configuration: MasqueradeConfiguration,
    _ mtu: Int,
    _ label: String
  ) -> [Step] {
    let name = configuration.tap
    let creation = TapCreation(
      name: name,
      owner: configuration.owner,
      group: configuration.group,
      hasManyQueues: configuration.hasManyQueues
    )
    let settings = LinkChange(
      mtu: mtu,
      alias: label,
      addressGeneration: AddressGeneration.none,
      bridge: configuration.bridge
    )
    return [
      Step(.container, .createTap(creation), undo: .deleteLink(name)),
      Step(.container, .changeLink(name, settings)),
      Step(.container, .changeLink(name, LinkChange(isUp: true))),
    ]
  }
}

extension IPPrefix {
  /// The link-local address that an Ethernet address makes (RFC 4291 §2.5.6, appendix A).
  init?(linkLocalOf mac: MACAddress) {
    let bytes = mac.bytes
    let identifier = [bytes[0] ^ 2] + bytes[1...2] + [0xFF, 0xFE] + bytes[3...5]
    guard
      let address = IPAddress(bytes: [0xFE, 0x80, 0, 0, 0, 0, 0, 0] + identifier)
    else { return nil }
    self.init(address: address, length: 64)
  }
}
