// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

@testable import cnv_bridge

/// One thing is changed at a time; CHECK must name it.
@Suite struct DifferenceTests {
  private let attachment: NetworkModel.Attachment
  private let configuration: BridgeConfiguration
  private let previous: AddResult
  private let state: AttachmentObservation

  init() throws {
    let bridge = try #require(InterfaceName("br1"))
    let interface = try #require(InterfaceName("net1"))
    let mac = try #require(MACAddress("02:00:00:00:00:11"))
    attachment = NetworkModel.Attachment(
      network: "net",
      containerID: "cid",
      containerInterface: interface
    )
    var configuration = BridgeConfiguration(bridge: bridge, mac: mac, mtu: 1400)
    configuration.vlan = VLANID(100)
    configuration.trunk = VLANRange.covering(
      (200...201).compactMap { VLANID($0).map { VLANRange($0) } }
    )
    configuration.hasIPAM = true
    self.configuration = configuration

    var bridgeLink = Link(index: 2, name: bridge, kind: "bridge", isUp: true)
    bridgeLink.bridge = Bridge(filtersVLANs: true, defaultPVID: VLANID(1))
    var hostEnd = Link(
      index: 3,
      name: attachment.hostInterface,
      kind: "veth",
      mtu: 1400,
      isUp: true
    )
    hostEnd.alias = attachment.label.text
    hostEnd.operationalState = .up
    hostEnd.master = 2
    hostEnd.peer = 7
    hostEnd.peerNamespace = 0
    hostEnd.port = BridgePort(isHairpin: false, isIsolated: false)
    var containerEnd = Link(
      index: 7,
      name: interface,
      kind: "veth",
      mac: mac,
      mtu: 1400,
      isUp: true
    )
    containerEnd.peer = 3
    let prefix = try #require(IPPrefix("10.1.2.3/24"))
    let gateway = IPAddress("10.1.2.1")
    state = AttachmentObservation(
      bridge: bridgeLink,
      hostEnd: hostEnd,
      containerEnd: containerEnd,
      containerNumber: 0,
      vlans: configuration.portVLANs,
      addresses: [InterfaceAddress(prefix)],
      routes: [
        InstalledRoute(destination: .any(.v4), hops: [.init(interface: 7, gateway: gateway)])
      ]
    )
    previous = AddResult(
      interfaces: [
        AddResult.Interface(name: "net1", mac: mac, mtu: 1400, sandbox: "/run/netns/c"),
        AddResult.Interface(name: hostEnd.name.string),
      ],
      addresses: [AddResult.Address(prefix: prefix, gateway: gateway, interface: 0)],
      routes: [Route(destination: .any(.v4))]
    )
  }

  private func difference(_ change: (inout AttachmentObservation) -> Void = { _ in }) -> String? {
    var state = state
    change(&state)
    return state.firstDifference(from: configuration, attachment, previous)
  }

  @Test func `the state left by ADD has no difference`() {
    #expect(difference() == nil)
  }

  @Test func `a bridge's own address may change`() {
    #expect(difference { $0.bridge?.mac = MACAddress("02:00:00:00:00:99") } == nil)
  }

  @Test func `differences of the bridge are named`() {
    #expect(difference { $0.bridge = nil } == "bridge 'br1' does not exist")
    #expect(difference { $0.bridge?.isUp = false } == "bridge 'br1' is down")
    #expect(
      difference { $0.bridge?.bridge?.filtersVLANs = false } == "bridge 'br1' does not filter VLANs"
    )
    #expect(
      difference { $0.bridge?.bridge?.tagsAreAD = true }
        == #"cannot use VLANs or "macspoofchk" on bridge 'br1': its VLAN protocol is 802.1ad, not"#
        + " 802.1Q"
    )
  }

  @Test func `ADD's result is compared for both ends`() throws {
    let other = try #require(InterfaceName("other"))

    #expect(
      difference { $0.hostEnd?.name = other }
        == "prevResult does not have host interface 'other'"
    )
    #expect(
      difference { $0.isReportedSandbox = false }
        == "prevResult has sandbox '/run/netns/c', which is not the container's namespace"
    )
  }

  @Test func `a port of the Go plugin may be in the bridge's default VLAN`() throws {
    let left = PortVLAN(VLANRange(try #require(VLANID(1))), isUntagged: true)

    #expect(
      difference {
        $0.hostEnd?.alias = nil
        $0.vlans?.append(left)
      } == nil
    )
  }

  @Test func `differences of the host end are named`() {
    let name = "host interface '\(attachment.hostInterface)'"
    #expect(difference { $0.hostEnd = nil } == "the host end of the attachment does not exist")
    #expect(difference { $0.hostEnd?.master = 9 } == "\(name) is not a port of bridge 'br1'")
    #expect(difference { $0.hostEnd?.isUp = false } == "\(name) is down")
    #expect(difference { $0.hostEnd?.mtu = 1500 } == "\(name) has MTU 1500 instead of 1400")
    #expect(
      difference { $0.hostEnd?.isBlockedPort = true }
        == "\(name) is disabled, blocking or locked as a port"
    )
    #expect(difference { $0.hostEnd?.port?.isIsolated = true } == "\(name) is isolated")
    #expect(difference { $0.hostEnd?.port?.isHairpin = true } == "\(name) has hairpin mode on")
  }

  @Test func `differences of the container end are named`() {
    let name = "container interface 'net1'"
    #expect(difference { $0.containerEnd = nil } == "\(name) does not exist")
    #expect(difference { $0.containerEnd?.isUp = false } == "\(name) is down")
    #expect(difference { $0.containerEnd?.mtu = 1500 } == "\(name) has MTU 1500 instead of 1400")
    #expect(
      difference { $0.containerEnd?.mac = MACAddress("02:00:00:00:00:12") }
        == "\(name) has address 02:00:00:00:00:12 instead of 02:00:00:00:00:11"
    )
    #expect(
      difference { $0.containerEnd?.peer = 8 }
        == "\(name) is not the other end of '\(attachment.hostInterface)'"
    )
    for number in [nil, 1] as [Int32?] {
      #expect(
        difference { $0.containerNumber = number }
          == "\(name) is not the other end of '\(attachment.hostInterface)'"
      )
    }
  }

  @Test func `differences of VLANs are named`() {
    let name = "host interface '\(attachment.hostInterface)'"
    #expect(difference { $0.vlans?.removeLast() } == "\(name) is not in VLAN 200")
    #expect(
      difference { $0.vlans = $0.vlans?.map { PortVLAN($0.range) } }
        == "\(name) is in VLAN 100 tagged instead of PVID untagged"
    )
    #expect(
      difference { $0.vlans? += VLANID(1).map { [PortVLAN(VLANRange($0))] } ?? [] }
        == "\(name) is in VLAN 1, which it should not be"
    )
  }

  @Test func `differences of addresses and routes are named`() {
    #expect(
      difference { $0.addresses = [] }
        == "container interface 'net1' does not have address 10.1.2.3/24"
    )
    #expect(
      difference { $0.routes = [] }
        == "the container has no route to 0.0.0.0/0 via 10.1.2.1 through 'net1'"
    )
  }

  // MARK: Routes of a chain

  /// The result of a plugin before this one: an address with a gateway, and routes.
  private func chained(_ routes: Route...) throws -> AddResult {
    var result = previous
    result.interfaces.insert(AddResult.Interface(name: "eth7", sandbox: "/run/netns/c"), at: 0)
    result.addresses[0].interface = 1
    let earlier = AddResult.Address(
      prefix: try #require(IPPrefix("192.168.5.2/24")),
      gateway: IPAddress("192.168.5.1"),
      interface: 0
    )
    result.addresses.insert(earlier, at: 0)
    result.routes = routes
    return result
  }

  private func route(_ destination: String, via gateway: String? = nil) throws -> Route {
    Route(
      destination: try #require(IPPrefix(destination)),
      gateway: gateway.flatMap { IPAddress($0) }
    )
  }

  private func difference(
    after previous: AddResult,
    having routes: [(destination: String, interface: Int32, gateway: String?)]
  ) throws -> String? {
    var state = state
    state.routes = try routes.map { route in
      InstalledRoute(
        destination: try #require(IPPrefix(route.destination)),
        hops: [.init(interface: route.interface, gateway: route.gateway.flatMap { IPAddress($0) })]
      )
    }
    return state.firstDifference(from: configuration, attachment, previous)
  }

  @Test func `a route without a gateway may be an earlier plugin's`() throws {
    let previous = try chained(route("172.16.0.0/12"))

    #expect(try difference(after: previous, having: [("172.16.0.0/12", 5, nil)]) == nil)
    #expect(try difference(after: previous, having: [("172.16.0.0/12", 5, "192.168.5.1")]) == nil)
    #expect(try difference(after: previous, having: [("172.16.0.0/12", 7, "10.1.2.1")]) == nil)
  }

  @Test func `a route without a gateway is compared even if an earlier plugin has one`() throws {
    let previous = try chained(route("172.16.0.0/12"))
    let missing = "the container has no route to 172.16.0.0/12 via 10.1.2.1 through 'net1'"

    #expect(try difference(after: previous, having: []) == missing)
    #expect(
      try difference(after: previous, having: [("172.16.0.0/12", 7, "10.1.2.9")]) == missing
    )
  }

  @Test func `a route with this attachment's gateway is not another plugin's`() throws {
    let previous = try chained(route("0.0.0.0/0"), route("0.0.0.0/0", via: "10.1.2.1"))

    #expect(
      try difference(after: previous, having: [("0.0.0.0/0", 5, "192.168.5.1")])
        == "the container has no route to 0.0.0.0/0 via 10.1.2.1 through 'net1'"
    )
  }

  @Test func `first in its chain, a route through another interface does not count`() throws {
    #expect(
      try difference(after: previous, having: [("0.0.0.0/0", 5, "10.1.2.1")])
        == "the container has no route to 0.0.0.0/0 via 10.1.2.1 through 'net1'"
    )
  }

  @Test func `0 in a route means not set`() throws {
    var previous = previous
    previous.routes[0].table = 0
    previous.routes[0].priority = 0
    previous.routes[0].mtu = 0
    var state = state
    state.routes[0].priority = 1024

    #expect(state.firstDifference(from: configuration, attachment, previous) == nil)
  }

  @Test func `an address that another host also has is named`() throws {
    let prefix = try #require(IPPrefix("10.1.2.3/24"))

    let difference = difference { $0.addresses = [InterfaceAddress(prefix, isDuplicate: true)] }

    #expect(
      difference
        == "container interface 'net1' has address 10.1.2.3/24 which another host also has"
    )
  }

  @Test func `differences of the gateway are named`() throws {
    var configuration = configuration
    configuration.isGateway = true
    let name = try #require(InterfaceName("br1.100"))
    var whole = state
    whole.gateway = Link(index: 9, name: name, kind: "veth", isUp: true)
    whole.gatewayAddresses = [InterfaceAddress(try #require(IPPrefix("10.1.2.1/24")))]
    whole.forwarding = [.v4]
    let difference = { (change: (inout AttachmentObservation) -> Void) -> String? in
      var state = whole
      change(&state)
      return state.firstDifference(from: configuration, attachment, previous)
    }

    #expect(difference { _ in } == nil)
    #expect(difference { $0.gateway = nil } == "gateway interface 'br1.100' does not exist")
    #expect(difference { $0.gateway?.isUp = false } == "gateway interface 'br1.100' is down")
    #expect(difference { $0.gatewayFault = "its port is down" } == "its port is down")
    #expect(
      difference { $0.gatewayAddresses = [] }
        == "gateway interface 'br1.100' does not have address 10.1.2.1/24"
    )
    #expect(
      difference { $0.forwarding = [] }
        == "the node does not forward packets: sysctl 'net/ipv4/ip_forward' is not 1"
    )
  }

  @Test func `differences of the packet filter are passed on`() {
    #expect(difference { $0.filterDifference = "no filter" } == "no filter")
    #expect(difference { $0.masqueradeDifference = "no rules" } == "no rules")
  }
}
