// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import cnv_bridge

/// Plans are compared whole: nothing else may happen, and in no other order.
@Suite struct LinkPlanTests {
  private typealias Attachment = NetworkModel.Attachment

  private let attachment: NetworkModel.Attachment
  private let bridge: InterfaceName
  private let freshMAC: (host: MACAddress, container: MACAddress)
  private let hostMAC: MACAddress
  private let bridgeMAC: MACAddress
  private let mac: MACAddress

  init() throws {
    attachment = Attachment(
      network: "net",
      containerID: "cid",
      containerInterface: try #require(InterfaceName("net1"))
    )
    bridge = try #require(InterfaceName("br1"))
    let random = try #require(MACAddress("02:00:00:00:00:01"))
    let containerMAC = try #require(MACAddress("02:00:00:00:00:02"))
    freshMAC = (random, containerMAC)
    // printf '020000\0cnv-19531b76807' | sha512sum, and of fe0000 and veth19531b76807.
    bridgeMAC = try #require(MACAddress("02:00:00:a3:a0:b5"))
    hostMAC = try #require(MACAddress("fe:00:00:75:0b:97"))
    mac = try #require(MACAddress("02:00:00:00:00:11"))
  }

  private func plan(
    _ configuration: BridgeConfiguration,
    _ observation: LinkObservation
  ) throws(LinkConflict) -> [Step] {
    try LinkPlan.steps(configuration, attachment, observation, freshMAC: freshMAC)
  }

  private func existingBridge(filtersVLANs: Bool = false, mtu: Int = 1500, isUp: Bool = true)
    -> Link
  {
    var link = Link(index: 2, name: bridge, kind: "bridge", mtu: mtu, isUp: isUp)
    link.bridge = Bridge(filtersVLANs: filtersVLANs, defaultPVID: VLANID(1))
    return link
  }

  private func deaf(_ interface: InterfaceName) -> Step {
    Step(
      .host,
      .trySysctl(key: "net/ipv6/conf/\(interface)/accept_ra", value: "0")
    )
  }

  @Test func `a random address is local, unicast and accepted by libvirt`() throws {
    #expect(try MACAddress.random().bytes[0] == 0x02)
  }

  @Test func `the common attachment is six steps, both ends down until its filter is there`()
    throws
  {
    var configuration = BridgeConfiguration(bridge: bridge, mac: mac)
    configuration.checksMACSpoofing = true
    configuration.addressGeneration = AddressGeneration.none
    let hostEnd = attachment.hostInterface

    let steps = try plan(configuration, LinkObservation(bridge: existingBridge()))

    let pair = VethCreation(
      name: hostEnd,
      mac: hostMAC,
      bridge: bridge,
      peer: attachment.containerInterface,
      peerMAC: mac,
      peerNamespace: .container
    )
    let filter = SpoofFilter(port: hostEnd, address: mac, attachment: "cnv-bridge net cid net1")
    #expect(
      steps == [
        Step(.host, .createVeth(pair), undo: .link(.deleteLink(hostEnd))),
        Step(
          .host,
          .changeLink(
            hostEnd,
            LinkChange(
              alias: "cnv-bridge net cid net1",
              addressGeneration: AddressGeneration.none
            )
          )
        ),
        deaf(hostEnd),
        Step(
          .host,
          .changeRuleset(filter.setUp),
          undo: .link(.changeLink(hostEnd, LinkChange(isUp: false))),
          .deleteChain(filter.chain.id)
        ),
        Step(
          .container,
          .changeLink(
            attachment.containerInterface,
            LinkChange(isUp: true, addressGeneration: AddressGeneration.none)
          )
        ),
        Step(.host, .changeLink(hostEnd, LinkChange(isUp: true))),
      ]
    )
  }

  @Test func `a missing bridge is created with a pinned address and removed if ADD fails`() throws {
    let unfinished = try #require(InterfaceName("cnv-19531b76807"))

    let steps = try plan(BridgeConfiguration(bridge: bridge), LinkObservation())

    #expect(
      steps.prefix(4) == [
        Step(
          .host,
          .createBridge(BridgeCreation(name: unfinished, mac: bridgeMAC)),
          undo: .link(.deleteLink(unfinished))
        ),
        deaf(unfinished),
        Step(
          .host,
          .changeLink(unfinished, LinkChange(addressGeneration: AddressGeneration.none))
        ),
        Step(
          .host,
          .changeLink(unfinished, LinkChange(name: bridge, isUp: true)),
          undo: .ifUnused(.deleteBridge(bridge, bridgeMAC))
        ),
      ]
    )
  }

  @Test func `the unfinished bridge of a killed ADD is replaced`() throws {
    var observation = LinkObservation()
    observation.unfinishedBridge = Link(index: 7, name: attachment.unfinishedBridge)

    let steps = try plan(BridgeConfiguration(bridge: bridge), observation)

    #expect(steps.first == Step(.host, .deleteLink(attachment.unfinishedBridge)))
  }

  @Test func `a bridge that becomes a gateway keeps the address it has`() throws {
    var found = existingBridge()
    found.mac = mac
    var observation = LinkObservation(bridge: found)
    observation.bridgeFollowsPorts = true

    let steps = try plan(BridgeConfiguration(bridge: bridge), observation)

    #expect(steps[0].operation == .link(.changeLink(bridge, LinkChange(mac: mac))))
  }

  @Test func `an access port leaves the bridge's default VLAN in two messages`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.vlan = VLANID(100)
    let hostEnd = attachment.hostInterface
    let native = VLANRange(try #require(VLANID(100)))
    let first = VLANRange(try #require(VLANID(1)))

    let steps = try plan(
      configuration,
      LinkObservation(bridge: existingBridge(filtersVLANs: true))
    )

    let vlanSteps = steps.filter { step in
      switch step.operation {
      case .link(.addPortVLANs), .link(.removePortVLANs): true
      default: false
      }
    }
    #expect(
      vlanSteps == [
        Step(.host, .addPortVLANs(hostEnd, [PortVLAN(native, isPVID: true, isUntagged: true)])),
        Step(.host, .removePortVLANs(hostEnd, [first])),
      ]
    )
  }

  @Test func `a port drops hidden tags wherever its bridge may remove the outer one`() throws {
    let filtering = Bridge(filtersVLANs: true, defaultPVID: VLANID(1))
    let unaware = Bridge(filtersVLANs: false, defaultPVID: VLANID(1))
    let hundred = try #require(VLANID(100))
    let first = try #require(VLANID(1))
    let plain = BridgeConfiguration(bridge: bridge)
    let access = BridgeConfiguration(bridge: bridge, vlan: hundred)
    var trunk = access
    trunk.trunk = [VLANRange(try #require(VLANID(200)))]
    var preserving = trunk
    preserving.preservesDefaultVLAN = true

    #expect(plain.innerTags(on: unaware) == .carried)
    #expect(plain.innerTags(on: nil) == .carried)
    #expect(plain.innerTags(on: filtering) == .dropped)
    #expect(access.innerTags(on: nil) == .dropped)
    #expect(trunk.innerTags(on: filtering) == .droppedBehind([hundred]))
    #expect(preserving.innerTags(on: filtering) == .droppedBehind([hundred, first]))
  }

  @Test func `a trunk that contains its native VLAN has it untagged only`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.vlan = VLANID(101)
    configuration.trunk = VLANRange.covering(
      (100...102).compactMap { VLANID($0).map { VLANRange($0) } }
    )

    let vlans = configuration.portVLANs?.map { "\($0.range) \($0.isPVID) \($0.isUntagged)" }

    #expect(vlans == ["101 true true", "100 false false", "102 false false"])
  }

  @Test func `a trunk without a VLAN has VLAN 1 for untagged frames`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.trunk = VLANRange.covering(
      (2...4094).compactMap { VLANID($0).map { VLANRange($0) } }
    )

    let vlans = configuration.portVLANs?.map { "\($0.range) \($0.isPVID) \($0.isUntagged)" }

    #expect(vlans == ["1 true true", "2-4094 false false"])
  }

  @Test func `VLAN filtering is turned on for a bridge without ports`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.vlan = VLANID(100)

    let steps = try plan(configuration, LinkObservation(bridge: existingBridge()))

    let change = LinkChange(filtersVLANs: false)
    let undo = Operation.ifUnused(.changeBridge(bridge, change, besides: []))
    #expect(
      steps[0] == Step(.host, .changeLink(bridge, LinkChange(filtersVLANs: true)), undo: undo)
    )
  }

  @Test func `a bridge's settings are restored even if it had ports before`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.isPromiscuous = true
    let uplink = try #require(InterfaceName("eth1"))
    let observation = LinkObservation(
      bridge: existingBridge(isUp: false),
      bridgePorts: [Link(index: 3, name: uplink)]
    )

    let steps = try plan(configuration, observation)

    let change = LinkChange(isUp: false, isPromiscuous: false)
    #expect(steps[0].undo == [.ifUnused(.changeBridge(bridge, change, besides: [uplink]))])
  }

  @Test func `VLANs on a non-filtering bridge with ports are refused`() throws {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.vlan = VLANID(100)
    let port = Link(index: 3, name: attachment.containerInterface, kind: "veth")
    let observation = LinkObservation(bridge: existingBridge(), bridgePorts: [port])

    #expect(throws: LinkConflict.bridgeFiltersNoVLANs(bridge)) {
      try plan(configuration, observation)
    }
  }

  @Test func `VLANs and the filter on an 802.1ad bridge are refused`() throws {
    var tagged = BridgeConfiguration(bridge: bridge)
    tagged.vlan = VLANID(100)
    var filtered = BridgeConfiguration(bridge: bridge)
    filtered.checksMACSpoofing = true
    var found = existingBridge(filtersVLANs: true)
    found.bridge?.tagsAreAD = true

    for configuration in [tagged, filtered] {
      #expect(throws: LinkConflict.bridgeTagsAreAD(bridge)) {
        try plan(configuration, LinkObservation(bridge: found))
      }
    }
    #expect(throws: Never.self) {
      try plan(BridgeConfiguration(bridge: bridge), LinkObservation(bridge: found))
    }
  }

  @Test(arguments: [nil, "bond", "dummy"])
  func `an MTU above that of an uplink is refused`(kind: String?) throws {
    let configuration = BridgeConfiguration(bridge: bridge, mtu: 9000)
    let uplink = Link(index: 3, name: try #require(InterfaceName("up0")), kind: kind)
    let observation = LinkObservation(bridge: existingBridge(), bridgePorts: [uplink])

    #expect(throws: LinkConflict.linkMTUTooSmall(uplink.name, 1500, wanted: 9000)) {
      try plan(configuration, observation)
    }
  }

  @Test(arguments: ["veth", "tun"])
  func `an MTU above that of a bridge and its other guests is accepted`(kind: String) throws {
    let configuration = BridgeConfiguration(bridge: bridge, mtu: 9000)
    let port = Link(index: 3, name: try #require(InterfaceName("p1")), kind: kind)

    let steps = try plan(
      configuration,
      LinkObservation(bridge: existingBridge(), bridgePorts: [port])
    )

    #expect(!steps.contains { $0.operation == .link(.changeLink(bridge, LinkChange(mtu: 9000))) })
  }

  @Test func `a failed ADD removes a VLAN's gateway interface if it is the last user`() throws {
    var configuration = BridgeConfiguration(bridge: bridge, vlan: VLANID(100))
    configuration.hasIPAM = true
    configuration.isGateway = true
    let gateway = try #require(InterfaceName("br1.100"))
    let observation = LinkObservation(bridge: existingBridge(filtersVLANs: true))

    let undos = try plan(configuration, observation).flatMap(\.undo)

    let hostEnd = attachment.hostInterface
    #expect(
      undos == [.link(.deleteLink(hostEnd)), .ifUnused(.deleteGateway(gateway, besides: hostEnd))]
    )
  }

  @Test func `an MTU above that of the VLAN's gateway interface is refused`() throws {
    var configuration = BridgeConfiguration(bridge: bridge, vlan: VLANID(100))
    configuration.hasIPAM = true
    configuration.isGateway = true
    let gateway = Link(index: 3, name: try #require(InterfaceName("br1.100")), mtu: 1400)
    let observation = LinkObservation(bridge: existingBridge(filtersVLANs: true), gateway: gateway)

    #expect(throws: LinkConflict.linkMTUTooSmall(gateway.name, 1400, wanted: 1500)) {
      try plan(configuration, observation)
    }
  }

  @Test func `a new bridge keeps its MTU unless it is itself the gateway`() throws {
    var configuration = BridgeConfiguration(bridge: bridge, mtu: 9000)
    let layer2 = try plan(configuration, LinkObservation())
    configuration.hasIPAM = true
    configuration.isGateway = true
    let gateway = try plan(configuration, LinkObservation())

    // The kernel keeps an MTU that is set (`net/bridge/br_device.c`, BROPT_MTU_SET_BY_USER), not one
    // that the bridge was created with.
    let name = attachment.unfinishedBridge
    let kept = BridgeCreation(name: name, mac: bridgeMAC)
    let following = BridgeCreation(name: name, mac: bridgeMAC, mtu: 9000)
    #expect(layer2.first?.operation == .link(.createBridge(kept)))
    #expect(
      layer2.contains {
        $0.operation == .link(.changeLink(name, LinkChange(name: bridge, isUp: true, mtu: 9000)))
      }
    )
    #expect(gateway.first?.operation == .link(.createBridge(following)))
    #expect(
      gateway.contains {
        $0.operation == .link(.changeLink(name, LinkChange(name: bridge, isUp: true)))
      }
    )
  }

  @Test func `a link of another kind is not a bridge`() throws {
    let observation = LinkObservation(bridge: Link(index: 2, name: bridge, kind: "dummy"))

    #expect(throws: LinkConflict.notABridge(bridge, kind: "dummy")) {
      try plan(BridgeConfiguration(bridge: bridge), observation)
    }
  }

  @Test func `an interface of the container that is not this attachment's is refused`() throws {
    let name = attachment.containerInterface
    let observation = LinkObservation(
      bridge: existingBridge(),
      containerEnd: Link(index: 7, name: name, kind: "veth")
    )

    #expect(throws: LinkConflict.containerNameTaken(name, kind: "veth")) {
      try plan(BridgeConfiguration(bridge: bridge), observation)
    }
  }

  @Test func `leftovers of a killed ADD of the same attachment are replaced`() throws {
    let hostEnd = Link(index: 5, name: attachment.hostInterface, kind: "veth")

    let steps = try plan(
      BridgeConfiguration(bridge: bridge),
      LinkObservation(bridge: existingBridge(), hostEnd: hostEnd)
    )

    #expect(steps[0] == Step(.host, .deleteLink(attachment.hostInterface)))
  }

  @Test func `a filter that is no longer configured is removed`() throws {
    let observation = LinkObservation(bridge: existingBridge(), hasStaleFilter: true)

    let steps = try plan(BridgeConfiguration(bridge: bridge), observation)

    let chain = SpoofFilter.chain(of: attachment.hostInterface)
    #expect(steps.first == Step(.host, .deleteChain(chain)))
  }

  @Test func `a second ADD of the same attachment is refused`() throws {
    let name = attachment.containerInterface
    var hostEnd = Link(index: 5, name: attachment.hostInterface, kind: "veth")
    hostEnd.alias = "cnv-bridge net cid net1"
    let observation = LinkObservation(
      bridge: existingBridge(),
      hostEnd: hostEnd,
      containerEnd: Link(index: 7, name: name, kind: "veth")
    )

    #expect(throws: LinkConflict.containerNameTaken(name, kind: "veth")) {
      try plan(BridgeConfiguration(bridge: bridge), observation)
    }
  }

  @Test func `a link of another owner with the host end's name is refused`() throws {
    var hostEnd = Link(index: 5, name: attachment.hostInterface, kind: "veth")
    hostEnd.alias = "cnv-bridge net other net1"
    let observation = LinkObservation(bridge: existingBridge(), hostEnd: hostEnd)

    #expect(
      throws: LinkConflict.hostNameTaken(
        attachment.hostInterface,
        alias: "cnv-bridge net other net1"
      )
    ) {
      try plan(BridgeConfiguration(bridge: bridge), observation)
    }
  }
}
