// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps from a pod with an interface to a VM behind that interface's addresses.
enum PodPlan {
  /// Decides the steps; the first creates all rules and the note at once: the rules before there is
  /// a way around them, the note before anything that DEL could not restore without it.
  /// - Throws: `PodConflict` if there is a conflict, before anything is done.
  static func steps(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation,
    _ attachment: Attachment
  ) throws(PodConflict) -> [Step] {
    let indices = LinkIndices(attachment)
    let mtu = try judge(configuration, observation, indices)
    let label = attachment.label.text
    let settings = PodSettings(observation, uplink: configuration.podInterface)
    let families = observation.families
    let ruleset = Ruleset(configuration, PodNote(families, settings.former), label: label)
    return [Step(.container, .changeRuleset(ruleset.transaction))]
      + bridgeCreation(configuration, observation, mtu, label, indices.bridge) + settings.steps
      + bridgeSettings(configuration, families).map {
        Step(.container, .setSysctl(key: $0.key, value: $0.value, ifPresent: true))
      }
      + settings.laterSteps + [tapCreation(configuration, indices.tap)]
      + bridgeStart(configuration, families)
      + [tapStart(configuration, observation, mtu, label)]
  }

  /// Returns the MTU, if there is no conflict.
  private static func judge(
    _ configuration: MasqueradeConfiguration,
    _ observation: PodObservation,
    _ indices: LinkIndices
  ) throws(PodConflict) -> Int {
    let name = configuration.podInterface
    guard let uplink = observation.uplink else { throw .noUplink(name) }
    guard !observation.families.isEmpty else { throw .noAddress(name) }
    for (key, link, name, index) in [
      (key: "bridge", link: observation.bridge, name: configuration.bridge, index: indices.bridge),
      ("tap", observation.tap, configuration.tap, indices.tap),
    ] {
      guard let link else { continue }
      if link.index == index, link.name != name { throw .indexTaken(key: key, link.name, index) }
      throw .nameTaken(key: key, name, kind: link.kind)
    }
    guard !observation.hasTable else { throw .tableTaken(Ruleset.tableID(of: name).name) }
    for family in observation.families {
      try judgeNetwork(configuration.network(family), observation, name)
    }
    let mtu = configuration.mtu ?? min(uplink.mtu, MasqueradeConfiguration.largestMTU)
    guard mtu <= uplink.mtu else { throw .mtuTooLarge(mtu, uplink.mtu, name) }
    guard mtu >= 1280 || !observation.families.contains(.v6) else { throw .mtuTooSmall(mtu) }
    return mtu
  }

  /// The VM must not mistake addresses elsewhere in the pod for its neighbours.
  private static func judgeNetwork(
    _ network: IPPrefix,
    _ observation: PodObservation,
    _ uplink: InterfaceName
  ) throws(PodConflict) {
    let own = observation.addresses.map { $0.prefix }
    if let prefix = own.first(where: { conflicts($0, network) }) {
      throw .overlap(network, prefix, interface: uplink.string)
    }
    let everywhere = partsOfDefault(observation.routes.map { $0.destination })
    let route = observation.routes.first { route in
      conflicts(route.destination, network) && !everywhere.contains(route.destination)
        // The bridge's own route is more specific than a blackhole route for many networks.
        && !(route.isDeadEnd && route.destination.length < network.length)
    }
    if let route { throw .overlap(network, route.destination, interface: route.interface) }
  }

  private static func conflicts(_ other: IPPrefix, _ network: IPPrefix) -> Bool {
    other.length > 0 && other.address.family == network.address.family && other.overlaps(network)
  }

  /// Returns the wide networks that together cover every address, such as two halves: VPNs use
  /// these to override a default route.
  static func partsOfDefault(_ destinations: [IPPrefix]) -> [IPPrefix] {
    IPFamily.allCases.flatMap { family in
      let wide = Set(destinations.filter { $0.address.family == family && (1...8) ~= $0.length })
      let widest = wide.filter { part in
        !wide.contains { $0.length < part.length && $0.contains(part.address) }
      }
      return widest.reduce(0) { $0 + 1 << (8 - $1.length) } == 256 ? Array(widest) : []
    }
  }
}
