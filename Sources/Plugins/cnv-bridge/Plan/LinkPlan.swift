// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps from the observed state to a port of the bridge: links, VLANs and spoof filter.
///
/// Both ends stay down until the last two steps, so that the port carries no frame before its VLANs
/// and its filter are in force.
enum LinkPlan {
  /// Decides the steps.
  ///
  /// `freshMAC`, with a mark added, becomes the address of the host end, and that of a container
  /// interface for which none is requested.
  /// - Throws: `LinkConflict` if ADD would have to change something that it may not.
  static func steps(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ observation: LinkObservation,
    freshMAC: (host: MACAddress, container: MACAddress)
  ) throws(LinkConflict) -> [Step] {
    try replacementSteps(attachment, observation)
      + bridgeSteps(configuration, attachment.unfinishedBridge, observation, freshMAC.host)
      + portSteps(configuration, attachment, observation, freshMAC)
  }

  private static func bridgeSteps(
    _ configuration: BridgeConfiguration,
    _ unfinished: InterfaceName,
    _ observation: LinkObservation,
    _ freshMAC: MACAddress
  ) throws(LinkConflict) -> [Step] {
    guard let found = observation.bridge else {
      return creationSteps(configuration, unfinished, freshMAC.marked(for: unfinished))
    }
    var change = try bridgeChange(configuration, found, observation.bridgePorts)
    if let gateway = observation.gateway, gateway.mtu < configuration.portMTU {
      throw .linkMTUTooSmall(gateway.name, gateway.mtu, wanted: configuration.portMTU)
    }
    // Setting the address it has pins it: a gateway must not adopt that of a new port.
    if observation.bridgeFollowsPorts { change.mac = found.mac }
    let ports = observation.bridgePorts.map { $0.name }
    let undo = Operation.ifUnused(.changeBridge(found.name, change.opposite, besides: ports))
    return change.isEmpty ? [] : [Step(.host, .changeLink(found.name, change), undo: undo)]
  }

  /// A bridge gets its name once complete, so that half of one is not taken for the node's own.
  private static func creationSteps(
    _ configuration: BridgeConfiguration,
    _ unfinished: InterfaceName,
    _ mac: MACAddress
  ) -> [Step] {
    let creation = BridgeCreation(
      name: unfinished,
      mac: mac,
      mtu: configuration.keepsBridgeMTU ? nil : configuration.mtu,
      filtersVLANs: configuration.needsVLANFiltering
    )
    // Without an address of the node on it, guests cannot reach the node through the bridge.
    let silence = LinkChange(addressGeneration: AddressGeneration.none)
    let start = LinkChange(
      name: configuration.bridge,
      isUp: true,
      mtu: configuration.keepsBridgeMTU ? configuration.mtu : nil,
      isPromiscuous: configuration.isPromiscuous ? true : nil
    )
    return [
      Step(.host, .createBridge(creation), undo: .link(.deleteLink(unfinished))),
      ignoreAdvertisements(unfinished),
    ] + (configuration.isGateway ? [] : [Step(.host, .changeLink(unfinished, silence))]) + [
      Step(
        .host,
        .changeLink(unfinished, start),
        undo: .ifUnused(.deleteBridge(configuration.bridge, mac))
      )
    ]
  }

  /// A guest could make itself the node's router by router advertisements (CVE-2020-10749).
  static func ignoreAdvertisements(_ interface: InterfaceName) -> Step {
    Step(.host, .trySysctl(key: "net/ipv6/conf/\(interface)/accept_ra", value: "0"))
  }

  /// The changes to an existing bridge, if they affect none of its ports.
  static func bridgeChange(
    _ configuration: BridgeConfiguration,
    _ found: Link,
    _ ports: [Link]
  ) throws(LinkConflict) -> LinkChange {
    guard let bridge = found.bridge else { throw .notABridge(found.name, kind: found.kind) }
    if configuration.isOpened(byTagsOf: bridge) { throw .bridgeTagsAreAD(found.name) }
    var change = LinkChange()
    if !found.isUp { change.isUp = true }
    if configuration.isPromiscuous, !found.isPromiscuous { change.isPromiscuous = true }
    if configuration.needsVLANFiltering, !bridge.filtersVLANs {
      guard ports.isEmpty else { throw .bridgeFiltersNoVLANs(found.name) }
      change.filtersVLANs = true
    }
    // The bridge's own MTU does not matter for frames between ports; they would be lost at what
    // leads out of the node.
    if let mtu = configuration.mtu, let port = ports.first(where: { $0.isUplink && $0.mtu < mtu }) {
      throw .linkMTUTooSmall(port.name, port.mtu, wanted: mtu)
    }
    return change
  }

  /// An existing container interface with this name is always an error (CNI 1.1.0 §2).
  ///
  /// A host end without one was left by a killed ADD, or has its peer in a namespace that the
  /// runtime has abandoned. A bridge under its temporary name was left by a killed ADD. A filter
  /// may outlive the port of an attachment that ended without DEL.
  private static func replacementSteps(
    _ attachment: Attachment,
    _ observation: LinkObservation
  ) throws(LinkConflict) -> [Step] {
    if let containerEnd = observation.containerEnd {
      throw .containerNameTaken(containerEnd.name, kind: containerEnd.kind)
    }
    if let hostEnd = observation.hostEnd, !attachment.owns(hostEnd) {
      throw .hostNameTaken(hostEnd.name, alias: hostEnd.alias)
    }
    if let end = observation.renamedEnd { throw .attachedAlready(as: end.name) }
    var steps = [observation.unfinishedBridge, observation.hostEnd].compactMap { leftover in
      leftover.map { Step(.host, .deleteLink($0.name)) }
    }
    if observation.hasStaleFilter {
      steps.append(Step(.host, .deleteChain(SpoofFilter.chain(of: attachment.hostInterface))))
    }
    return steps
  }

  private static func portSteps(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment,
    _ observation: LinkObservation,
    _ freshMAC: (host: MACAddress, container: MACAddress)
  ) -> [Step] {
    let hostEnd = attachment.hostInterface
    let mac = configuration.mac ?? freshMAC.container
    let pair = VethCreation(
      name: hostEnd,
      mac: freshMAC.host.marked(forPort: hostEnd),
      bridge: configuration.bridge,
      peer: attachment.containerInterface,
      peerMAC: mac,
      peerNamespace: .container,
      mtu: configuration.mtu
    )
    var creation = Step(.host, .createVeth(pair), undo: .link(.deleteLink(hostEnd)))
    if let gateway = configuration.gatewayInterface {
      // Whoever created it: its other users may be gone by the time this ADD fails. Only then, so
      // that of two ADDs failing at once the later one finds no user.
      creation.undo.append(.ifUnused(.deleteGateway(gateway.name, besides: hostEnd)))
    }
    var steps = [
      creation,
      Step(.host, .changeLink(hostEnd, hostEndSettings(configuration, attachment))),
      ignoreAdvertisements(hostEnd),
    ]
    steps += vlanSteps(configuration, hostEnd, defaultVLAN: defaultVLAN(observation.bridge))
    if configuration.checksMACSpoofing {
      let filter = SpoofFilter(configuration, attachment, hostEnd, mac, on: observation.bridge)
      // A port that may forward frames keeps its filter.
      let down = Operation.link(.changeLink(hostEnd, LinkChange(isUp: false)))
      let removal = Operation.deleteChain(filter.chain.id)
      steps.append(Step(.host, .changeRuleset(filter.setUp), undo: down, removal))
    }
    return steps + upSteps(configuration, attachment)
  }

  /// The attachment's name in clear text; no IPv6 of the node on the port, which would talk to the
  /// guest; the port's flags if they differ from the default.
  private static func hostEndSettings(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment
  ) -> LinkChange {
    let isDefault = configuration.port == BridgePort(isHairpin: false, isIsolated: false)
    return LinkChange(
      alias: attachment.portLabel(configuration).text,
      addressGeneration: AddressGeneration.none,
      port: isDefault ? nil : configuration.port
    )
  }

  /// The VLAN in which a bridge makes each new port a member: 1 unless configured otherwise.
  private static func defaultVLAN(_ bridge: Link?) -> VLANID? {
    guard let bridge = bridge?.bridge else { return VLANID(1) }
    return bridge.defaultPVID
  }

  private static func vlanSteps(
    _ configuration: BridgeConfiguration,
    _ hostEnd: InterfaceName,
    defaultVLAN: VLANID?
  ) -> [Step] {
    guard let vlans = configuration.portVLANs else { return [] }
    var steps = [Step(.host, .addPortVLANs(hostEnd, vlans))]
    if let defaultVLAN, !configuration.preservesDefaultVLAN,
      !vlans.contains(where: { $0.range.contains(defaultVLAN) })
    {
      steps.append(Step(.host, .removePortVLANs(hostEnd, [VLANRange(defaultVLAN)])))
    }
    return steps
  }

  /// The container end goes first: it has no carrier until the host end is up, and the kernel
  /// generates no address for it before its mode is set.
  private static func upSteps(
    _ configuration: BridgeConfiguration,
    _ attachment: Attachment
  ) -> [Step] {
    let change = LinkChange(
      isUp: configuration.bringsUpContainerInterface ? true : nil,
      addressGeneration: configuration.addressGeneration
    )
    let containerEnd = attachment.containerInterface
    let container =
      change.isEmpty ? [] : [Step(.container, .changeLink(containerEnd, change))]
    return container
      + [Step(.host, .changeLink(attachment.hostInterface, LinkChange(isUp: true)))]
  }
}

extension BridgeConfiguration {
  /// Whether a bridge would pass the guest's tags as payload.
  func isOpened(byTagsOf bridge: Bridge) -> Bool {
    bridge.tagsAreAD && (needsVLANFiltering || (checksMACSpoofing && bridge.filtersVLANs))
  }
}
