// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

@testable import cnv_bridge

@Suite struct GatewayTests {
  private let bridge: InterfaceName
  private let user: NetworkModel.Attachment

  init() throws {
    bridge = try #require(InterfaceName("br1"))
    user = NetworkModel.Attachment(
      network: "net",
      containerID: "cid",
      containerInterface: try #require(InterfaceName("net1"))
    )
  }

  private static func lease(_ prefixes: String..., gateway: String? = nil) throws -> AddResult {
    var lease = AddResult()
    for text in prefixes {
      let prefix = try #require(IPPrefix(text))
      lease.addresses.append(
        AddResult.Address(prefix: prefix, gateway: gateway.flatMap { IPAddress($0) })
      )
    }
    return lease
  }

  private static func prefixes(_ texts: String...) throws -> [IPPrefix] {
    var prefixes: [IPPrefix] = []
    for text in texts { prefixes.append(try #require(IPPrefix(text))) }
    return prefixes
  }

  private func configuration(isGateway: Bool, isDefaultGateway: Bool = false)
    -> BridgeConfiguration
  {
    var configuration = BridgeConfiguration(bridge: bridge)
    configuration.hasIPAM = true
    configuration.isGateway = isGateway || isDefaultGateway
    configuration.isDefaultGateway = isDefaultGateway
    return configuration
  }

  // MARK: What the runtime is told

  @Test func `without a gateway IPAM's result only gains the interface`() throws {
    let lease = try Self.lease("10.1.2.3/24")

    let gateways = Gateways(configuration(isGateway: false), ipam: lease)

    #expect(gateways.bridgeAddresses.isEmpty)
    #expect(gateways.result.addresses.map(\.gateway) == [nil])
    #expect(gateways.result.addresses.map(\.interface) == [2])
    #expect(gateways.result.routes.isEmpty)
  }

  @Test func `an address without a gateway gets its network's first host`() throws {
    let lease = try Self.lease("10.1.2.3/24", "fd00::5/64")

    let gateways = Gateways(configuration(isGateway: true), ipam: lease)

    let expected = try Self.prefixes("10.1.2.1/24", "fd00::1/64")
    #expect(gateways.bridgeAddresses == expected)
    #expect(gateways.result.addresses.map(\.gateway) == expected.map(\.address))
    #expect(gateways.result.routes.isEmpty)
  }

  @Test func `addresses of one network share their gateway`() throws {
    let lease = try Self.lease("10.1.2.3/24", "10.1.2.4/24")

    let gateways = Gateways(configuration(isGateway: true), ipam: lease)

    #expect(gateways.bridgeAddresses == (try Self.prefixes("10.1.2.1/24")))
  }

  @Test func `each family gets one default route`() throws {
    let lease = try Self.lease("10.1.2.3/24", "10.5.0.3/24", "fd00::5/64")

    let gateways = Gateways(
      configuration(isGateway: true, isDefaultGateway: true),
      ipam: lease
    )

    let routes = gateways.result.routes.map { "\($0.destination) \($0.gateway?.description ?? "")" }
    #expect(routes == ["0.0.0.0/0 10.1.2.1", "::/0 fd00::1"])
  }

  @Test func `a default route with a gateway from IPAM is left alone`() throws {
    var lease = try Self.lease("10.1.2.3/24")
    lease.routes = [Route(destination: .any(.v4), gateway: IPAddress("10.1.2.9"))]

    let gateways = Gateways(
      configuration(isGateway: true, isDefaultGateway: true),
      ipam: lease
    )

    #expect(gateways.result.routes == lease.routes)
  }

  @Test(arguments: [0, 254]) func `a default route in the main table counts`(table: Int) throws {
    var lease = try Self.lease("10.1.2.3/24")
    lease.routes = [Route(destination: .any(.v4), gateway: IPAddress("10.1.2.9"))]
    lease.routes[0].table = table

    let gateways = Gateways(configuration(isGateway: true, isDefaultGateway: true), ipam: lease)

    #expect(gateways.result.routes == lease.routes)
  }

  // MARK: What the bridge gets

  private func steps(
    _ wanted: [IPPrefix],
    having present: [IPPrefix],
    isForced: Bool = false
  ) throws -> [Step] {
    var link = Link(index: 2, name: bridge, kind: "bridge", mac: MACAddress("02:00:00:00:00:01"))
    link.bridge = Bridge(filtersVLANs: false, defaultPVID: nil)
    return try GatewayPlan.steps(
      wanted,
      on: link,
      having: present.map { InterfaceAddress($0) },
      isForced: isForced,
      user: user
    )
  }

  @Test func `an existing address needs no step`() throws {
    let address = try Self.prefixes("10.1.2.1/24")

    #expect(try steps(address, having: address).isEmpty)
  }

  @Test func `an address is added, and removed by its last user`() throws {
    let address = try Self.prefixes("10.1.2.1/24")

    let steps = try steps(address, having: [])

    #expect(
      steps == [
        Step(
          .host,
          .addUncontestedAddress(bridge, address[0]),
          undo: .ifUnused(.removeAddress(bridge, address[0], besides: user))
        )
      ]
    )
  }

  @Test(arguments: [("10.9.0.1/24", "10.1.2.1/24"), ("fd00::9/64", "fd00::1/64")])
  func `another address is a conflict`(given: (String, String)) throws {
    let present = try #require(IPPrefix(given.0))
    let wanted = try #require(IPPrefix(given.1))

    #expect(throws: LinkConflict.addressTaken(bridge, present, wanted: wanted)) {
      try steps([wanted], having: [present])
    }
  }

  @Test func `another address is replaced with forceAddress`() throws {
    let present = try Self.prefixes("10.9.0.1/24")
    let wanted = try Self.prefixes("10.1.2.1/24")

    let steps = try steps(wanted, having: present, isForced: true)

    let removal = Operation.link(.removeAddress(bridge, present[0]))
    #expect(steps.first == Step(.host, removal))
    #expect(steps.count == 2)
  }

  @Test func `of several replaced addresses the first of a network is removed last`() throws {
    let present = try Self.prefixes("10.9.0.1/24", "10.9.0.2/24")

    let steps = try steps(try Self.prefixes("10.1.2.1/24"), having: present, isForced: true)

    #expect(
      steps.prefix(2).map(\.operation) == [
        .link(.removeAddress(bridge, present[1])), .link(.removeAddress(bridge, present[0])),
      ]
    )
  }

  @Test func `IPv6 networks that do not overlap coexist`() throws {
    let present = try Self.prefixes("fd01::1/64", "fe80::1/64")
    let wanted = try Self.prefixes("fd00::1/64")

    #expect(try steps(wanted, having: present).count == 1)
  }

  // MARK: The gateway interface of a VLAN

  @Test(arguments: [
    ("br0", 100, "br0.100"), ("abcdefghij", 4094, "abcdefghij.4094"), ("br", 1, "br.1"),
  ])
  func `a gateway interface is named after bridge and VLAN`(given: (String, Int, String)) throws {
    let bridge = try #require(InterfaceName(given.0))
    let vlan = try #require(VLANID(given.1))

    #expect(GatewayInterface(bridge: bridge, vlan: vlan).name.string == given.2)
  }

  private func gatewayPort() throws -> (GatewayInterface, Link, [PortVLAN]) {
    let interface = GatewayInterface(bridge: bridge, vlan: try #require(VLANID(100)))
    let port = Link(index: 4, name: interface.port, kind: "veth", isUp: true)
    return (interface, port, [PortVLAN(VLANRange(interface.vlan), isPVID: true, isUntagged: true)])
  }

  @Test func `a port that is up and untagged in the VLAN has no fault`() throws {
    let (interface, port, vlans) = try gatewayPort()

    #expect(interface.fault(of: port, vlans) == nil)
  }

  @Test func `the reason why a gateway interface is cut off is named`() throws {
    var (interface, port, vlans) = try gatewayPort()
    let name = "port '\(port.name)' of gateway interface 'br1.100'"

    #expect(interface.fault(of: port, nil) == "\(name) is not on bridge 'br1'")
    #expect(interface.fault(of: port, []) == "\(name) does not have VLAN 100 untagged")
    #expect(
      interface.fault(of: port, [PortVLAN(vlans[0].range)])
        == "\(name) does not have VLAN 100 untagged"
    )
    #expect(
      interface.fault(of: port, [PortVLAN(vlans[0].range, isUntagged: true)])
        == "\(name) does not have VLAN 100 untagged"
    )
    port.isUp = false
    #expect(interface.fault(of: port, vlans) == "\(name) is down")
  }

  @Test func `a gateway interface gets its label last`() throws {
    let (interface, _, _) = try gatewayPort()

    let steps = interface.creationSteps(defaultVLAN: nil, mtu: 1500, freshMAC: .zero)

    let whole = LinkChange(isUp: true, alias: "cnv-bridge gateway br1 100")
    #expect(steps.last == Step(.host, .changeLink(interface.name, whole)))
  }

  @Test func `a port is repaired while it is down, and ends up only in the VLAN`() throws {
    let (interface, port, vlans) = try gatewayPort()
    var link = Link(index: 2, name: bridge, kind: "bridge")
    link.bridge = Bridge(filtersVLANs: true, defaultPVID: VLANID(1))

    #expect(
      interface.mendingSteps(port, on: link) == [
        Step(.host, .changeLink(port.name, LinkChange(isUp: false))),
        Step(.host, .changeLink(port.name, LinkChange(bridge: bridge))),
        Step(.host, .addPortVLANs(port.name, vlans)),
        Step(.host, .removePortVLANs(port.name, [VLANRange(try #require(VLANID(1)))])),
        Step(.host, .changeLink(port.name, LinkChange(isUp: true))),
      ]
    )
  }

  @Test func `a name is cut between characters`() throws {
    let bridge = try #require(InterfaceName("ööööööö"))

    let name = GatewayInterface(bridge: bridge, vlan: try #require(VLANID(4094))).name.string

    #expect(name.wholeMatch(of: /öö~[0-9a-f]{4}\.4094/) != nil)
  }

  @Test func `long bridge names that start alike have gateway interfaces that differ`() throws {
    let first = try #require(InterfaceName("br-longname-001"))
    let second = try #require(InterfaceName("br-longname-002"))
    let vlan = try #require(VLANID(4094))

    let names = [first, second].map { GatewayInterface(bridge: $0, vlan: vlan).name.string }

    #expect(names[0] != names[1])
    #expect(names.allSatisfy { $0.hasPrefix("br-lo~") && $0.hasSuffix(".4094") })
  }
}
