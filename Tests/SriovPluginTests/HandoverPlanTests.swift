// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import Testing

@testable import sriov

@Suite struct HandoverPlanTests {
  @Test func `the operator's vlan 0 sets nothing`() throws {
    let configuration = SRIOVConfiguration(settings: VFChange(vlan: VFVLAN.none))

    let steps = HandoverPlan.settingSteps(configuration, try Sample.observation())

    #expect(steps == [])
  }

  @Test func `missing settings are set in one message, existing ones are not set again`() throws {
    let vlan = VFVLAN(VLANID(100), priority: 3)
    let configuration = SRIOVConfiguration(
      settings: VFChange(vlan: vlan, checksSpoofing: true, isTrusted: true)
    )

    let steps = HandoverPlan.settingSteps(configuration, try Sample.observation())

    #expect(steps == [try Sample.step(VFChange(vlan: vlan, isTrusted: true))])
  }

  @Test func `an interface is moved, announces itself and is set up`() throws {
    let name = try Sample.name("net1")

    let steps = HandoverPlan.moveSteps(try Sample.link(), as: name, setsUp: true)

    #expect(
      steps == [
        Step(.host, .moveLink(try Sample.name("eth0"), to: .container, as: name)),
        Step(
          .container,
          .setSysctl(key: "net/ipv4/conf/net1/arp_notify", value: "1", ifPresent: true)
        ),
        Step(
          .container,
          .setSysctl(key: "net/ipv6/conf/net1/ndisc_notify", value: "1", ifPresent: true)
        ),
        Step(.container, .changeLink(name, LinkChange(isUp: true))),
      ]
    )
  }

  @Test func `a conflicting alternative name is removed`() throws {
    var link = try Sample.link()
    link.alternativeNames = ["enp1s0f0v0", "net1"]

    let steps = HandoverPlan.moveSteps(link, as: try Sample.name("net1"), setsUp: false)

    #expect(
      steps.first == Step(.host, .removeAlternativeName(try Sample.name("eth0"), "net1"))
    )
  }

  @Test func `an interface with another one built on it is refused`() throws {
    var observation = try Sample.observation()
    observation.use.uppers = [try Sample.name("br0")]

    let conflict = VFConflict.usedByHost(
      try Sample.address(),
      try Sample.name("eth0"),
      use: "is below 'br0'"
    )
    #expect(HandoverPlan.conflict(SRIOVConfiguration(), driver: nil, observation) == conflict)
  }

  @Test(arguments: [
    ("10.7.7.7/24", true, true), ("10.7.7.7/24", false, true), ("fd00::7/64", true, true),
    ("fd00::7/64", false, false), ("fe80::7/64", true, false), ("169.254.1.1/16", true, false),
  ])
  func `addresses count as use unless kernels assign them to any interface`(
    text: String,
    isPermanent: Bool,
    counts: Bool
  ) throws {
    let prefix = try #require(IPPrefix(text))

    let use = HostUse(addresses: [InterfaceAddress(prefix, isPermanent: isPermanent)])

    #expect((use.first != nil) == counts)
  }

  @Test func `settings are refused if the PF is out of reach, except vlan 0`() throws {
    var observation = try Sample.observation()
    observation.settings = nil
    observation.device.physical?.interface = nil
    let trust = SRIOVConfiguration(settings: VFChange(isTrusted: true))
    let zero = SRIOVConfiguration(settings: VFChange(vlan: VFVLAN.none))

    #expect(
      HandoverPlan.conflict(trust, driver: nil, observation)
        == VFConflict.physicalFunctionOutOfReach(
          try Sample.address(),
          VFChange(isTrusted: true),
          physical: try #require(PCIAddress("0000:01:00.0"))
        )
    )
    #expect(HandoverPlan.conflict(zero, driver: nil, observation) == nil)
  }

  @Test func `an address that could not be locked is refused`() throws {
    var observation = try Sample.observation()
    observation.settings = nil
    observation.device.physical?.interface = nil
    let mac = try Sample.mac("02:00:00:00:00:01")

    #expect(
      HandoverPlan.conflict(SRIOVConfiguration(mac: mac), driver: nil, observation)
        == VFConflict.physicalFunctionOutOfReach(
          try Sample.address(),
          VFChange(mac: mac),
          physical: try #require(PCIAddress("0000:01:00.0"))
        )
    )
  }

  @Test func `a function that is not virtual is refused, whatever is requested`() throws {
    var observation = try Sample.observation()
    observation.device.physical = nil
    observation.settings = nil

    for link in [observation.link, nil] {
      observation.link = link
      for driver in [nil, DriverKind.netdev, .userspace] {
        #expect(
          HandoverPlan.conflict(SRIOVConfiguration(), driver: driver, observation)
            == VFConflict.noVirtualFunction(try Sample.address())
        )
      }
    }
  }

  @Test func `a VF that its PF does not list is refused, whatever is requested`() throws {
    var observation = try Sample.observation()
    observation.settings = nil
    observation.isListed = false
    let conflict = VFConflict.notListed(
      try Sample.address(),
      physical: try #require(PCIAddress("0000:01:00.0"))
    )

    #expect(HandoverPlan.conflict(SRIOVConfiguration(), driver: nil, observation) == conflict)
    #expect(CNIError(conflict).code == .tryAgainLater)
  }

  @Test func `only the rest of a change is repeated, and always the address`() throws {
    let mac = try Sample.mac("6e:00:00:00:00:01")
    let change = VFChange(mac: mac, vlan: VFVLAN(VLANID(5)), checksSpoofing: true)

    #expect(change.left(in: try Sample.settings()) == VFChange(mac: mac, vlan: VFVLAN(VLANID(5))))
  }

  @Test func `settings of legacy mode are refused in switchdev mode`() throws {
    var observation = try Sample.observation()
    observation.device.physical?.isSwitchdev = true
    let configuration = SRIOVConfiguration(settings: VFChange(isTrusted: true))

    #expect(
      HandoverPlan.conflict(configuration, driver: nil, observation)
        == VFConflict.switchdev(
          try Sample.address(),
          VFChange(isTrusted: true),
          physical: try #require(PCIAddress("0000:01:00.0"))
        )
    )
  }

  @Test func `an interface out of sight is distinguished from a missing driver`() throws {
    var observation = try Sample.observation()
    observation.link = nil
    #expect(
      HandoverPlan.conflict(SRIOVConfiguration(), driver: nil, observation)
        == VFConflict.interfaceIsElsewhere(try Sample.address(), driver: "igbvf")
    )

    observation.device.driver = nil
    #expect(
      HandoverPlan.conflict(SRIOVConfiguration(), driver: nil, observation)
        == VFConflict.noDriver(try Sample.address())
    )
  }
}

@Suite struct MACRecipeTests {
  @Test func `the first recipe is two messages, with the settings in the second`() throws {
    let mac = try Sample.mac("02:00:00:00:00:01")
    let eth0 = try Sample.name("eth0")

    let steps = MACRecipe.own.steps(
      mac,
      interface: eth0,
      of: try Sample.settings(),
      physical: try Sample.name("pf0"),
      change: VFChange(isTrusted: true)
    )

    #expect(
      steps == [
        Step(.host, .changeLink(eth0, LinkChange(mac: mac))),
        try Sample.step(VFChange(mac: mac, isTrusted: true)),
      ]
    )
  }

  @Test func `the right to choose is released and taken back`() throws {
    let mac = try Sample.mac("02:00:00:00:00:01")
    let eth0 = try Sample.name("eth0")

    let steps = MACRecipe.unlocked.steps(
      mac,
      interface: eth0,
      of: try Sample.settings(),
      physical: try Sample.name("pf0"),
      change: VFChange(isTrusted: true)
    )

    #expect(
      steps == [
        try Sample.step(VFChange(mac: .zero)),
        Step(.host, .changeLink(eth0, LinkChange(mac: mac))),
        try Sample.step(VFChange(mac: mac, isTrusted: true)),
      ]
    )
  }

  @Test func `a reset makes the VF learn its address`() throws {
    let mac = try Sample.mac("02:00:00:00:00:01")
    let eth0 = try Sample.name("eth0")

    let steps = MACRecipe.reset.steps(
      mac,
      interface: eth0,
      of: try Sample.settings(),
      physical: try Sample.name("pf0"),
      change: VFChange()
    )

    #expect(
      steps == [
        try Sample.step(VFChange(mac: mac)),
        Step(.host, .changeLink(eth0, LinkChange(isUp: true))),
        Step(.host, .changeLink(eth0, LinkChange(isUp: false))),
        Step(.host, .changeLink(eth0, LinkChange(mac: mac))),
      ]
    )
  }

  @Test func `trust is granted temporarily`() throws {
    let mac = try Sample.mac("02:00:00:00:00:01")
    let eth0 = try Sample.name("eth0")

    let steps = MACRecipe.trusted.steps(
      mac,
      interface: eth0,
      of: try Sample.settings(),
      physical: try Sample.name("pf0"),
      change: VFChange()
    )

    #expect(
      steps == [
        try Sample.step(VFChange(isTrusted: true), VFChange(mac: mac)),
        Step(.host, .changeLink(eth0, LinkChange(mac: mac))),
        try Sample.step(VFChange(isTrusted: false)),
      ]
    )
  }
}
