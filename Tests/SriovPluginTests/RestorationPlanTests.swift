// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import sriov

@Suite struct RestorationPlanTests {
  @Test func `a VF that matches its record is not touched`() throws {
    let original = try Sample.original()
    let observation = try Sample.observation()

    #expect(
      RestorationPlan.returnSteps(original, observation, as: try Sample.name("eth0")) == []
    )
    #expect(RestorationPlan.settingSteps(original, observation) == [])
    #expect(!RestorationPlan.changesMAC(original, observation))
    #expect(RestorationPlan.interfaceSteps(original, try Sample.link()) == [])
  }

  @Test func `only settings that differ are set, each in a message of its own`() throws {
    var observation = try Sample.observation()
    observation.settings?.vlan = VFVLAN(VLANID(100), priority: 3)
    observation.settings?.isTrusted = true

    let steps = RestorationPlan.settingSteps(try Sample.original(), observation)

    #expect(
      steps == [
        try Sample.step(VFChange(vlan: VFVLAN.none)),
        try Sample.step(VFChange(isTrusted: false)),
      ]
    )
  }

  @Test func `an interface in the container comes back under its own name`() throws {
    var observation = try Sample.observation()
    observation.place = .container
    observation.link?.name = try Sample.name("net1")
    let eth0 = try Sample.name("eth0")

    let steps = RestorationPlan.returnSteps(try Sample.original(), observation, as: eth0)

    #expect(steps == [Step(.container, .moveLink(try Sample.name("net1"), to: .host, as: eth0))])
  }

  @Test func `an interface returned by the end of a namespace is renamed while down`() throws {
    var observation = try Sample.observation()
    observation.link?.name = try Sample.name("net1")
    observation.link?.isUp = true
    let net1 = try Sample.name("net1")
    let eth0 = try Sample.name("eth0")

    let steps = RestorationPlan.returnSteps(try Sample.original(), observation, as: eth0)

    #expect(
      steps == [
        Step(.host, .changeLink(net1, LinkChange(isUp: false))),
        Step(.host, .changeLink(net1, LinkChange(name: eth0))),
      ]
    )
  }

  @Test func `MTU, alternative names and state are restored`() throws {
    var original = try Sample.original()
    original.interface?.alternativeNames = ["net1", "other"]
    original.interface?.isUp = true
    var link = try Sample.link()
    link.mtu = 1400
    link.alternativeNames = ["other"]

    let steps = RestorationPlan.interfaceSteps(original, link)

    #expect(
      steps == [
        Step(.host, .addAlternativeName(link.name, "net1")),
        Step(.host, .changeLink(link.name, LinkChange(mtu: 1500))),
        Step(.host, .changeLink(link.name, LinkChange(isUp: true))),
      ]
    )
  }

  @Test func `settings a pod has changed on its interface are restored`() throws {
    var original = try Sample.original()
    original.interface?.settings = [LinkSetting(.alias, []), LinkSetting(.flags, [0, 0x10, 0, 0])]
    var link = try Sample.link()
    link.settings = [LinkSetting(.alias, [0x61]), LinkSetting(.flags, [0x80, 0x11, 0, 0])]
    link.alternativeNames = [AlternativeName(bytes: [0xFF, 0x0A])]
    link.programs = [.generic]

    let steps = RestorationPlan.interfaceSteps(original, link)

    #expect(
      steps == [
        Step(.host, .removeAlternativeName(link.name, AlternativeName(bytes: [0xFF, 0x0A]))),
        Step(.host, .changeLink(link.name, LinkChange(detachedProgram: .generic))),
        Step(.host, .changeLink(link.name, LinkChange(setting: LinkSetting(.alias, [])))),
        Step(
          .host,
          .changeLink(link.name, LinkChange(setting: LinkSetting(.flags, [0, 0x10, 0, 0])))
        ),
      ]
    )
  }

  @Test func `nothing remains for a VF in its original state`() throws {
    #expect(RestorationPlan.remainder(try Sample.original(), try Sample.observation()) == [])
  }

  @Test func `a setting that is not in force remains, whatever was acknowledged`() throws {
    var observation = try Sample.observation()
    observation.settings?.isTrusted = true
    observation.settings?.mac = try Sample.mac("02:00:00:00:00:02")
    observation.link?.mac = try Sample.mac("02:00:00:00:00:02")
    observation.link?.mtu = 1400

    #expect(
      RestorationPlan.remainder(try Sample.original(), observation) == [
        "set trust off on VF 0 of 'pf0'", "set mac 6e:00:00:00:00:01 on VF 0 of 'pf0'",
        "set address 6e:00:00:00:00:01 on interface 'eth0'",
        "set MTU 1500 on interface 'eth0'",
      ]
    )
  }

  @Test func `a VF whose PF cannot be asked does not count as restored`() throws {
    var observation = try Sample.observation()
    observation.settings = nil

    let remainder = RestorationPlan.remainder(try Sample.original(), observation)
    #expect(remainder == ["its PF's settings cannot be read"])
  }

  @Test func `an interface that sysfs shows and the kernel does not remains missing`() throws {
    var observation = try Sample.observation()
    observation.link = nil

    let remainder = RestorationPlan.remainder(try Sample.original(), observation)
    #expect(remainder == ["its interface cannot be found"])
  }

  @Test(arguments: [
    ("igbvf", true, true), ("igbvf", false, false), ("vfio-pci", true, false), (nil, true, false),
  ])
  func `an interface is expected if there was one and the VF has a network driver`(
    driver: String?,
    hadInterface: Bool,
    isExpected: Bool
  ) throws {
    var original = try Sample.original()
    if !hadInterface { original.interface = nil }
    var device = try Sample.device()
    device.driver = driver

    #expect(RestorationPlan.expectsInterface(original, of: device) == isExpected)
  }

  @Test func `a name that the host has reused meanwhile does not remain`() throws {
    var original = try Sample.original()
    original.interface?.alternativeNames = ["other"]

    #expect(RestorationPlan.remainder(original, try Sample.observation()) == [])
  }

  @Test func `if the PF had set no address, the interface's own is as good`() throws {
    var original = try Sample.original()
    original.settings?.mac = .zero

    #expect(RestorationPlan.remainder(original, try Sample.observation()) == [])
  }

  @Test func `an address that ADD wrote is released even if it is the same`() throws {
    var original = try Sample.original()
    original.setsMAC = true

    #expect(RestorationPlan.changesMAC(original, try Sample.observation()))
  }
}
