// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import Testing

@testable import sriov

@Suite struct ObservationTests {
  @Test func `a VF that is listed and whose interface was found is not read again`() throws {
    #expect(try Sample.observation().isWhole)
  }

  @Test func `a VF that its PF does not list is read again`() throws {
    var observation = try Sample.observation()
    observation.settings = nil
    observation.isListed = false

    #expect(!observation.isWhole)
  }

  @Test func `an interface that was renamed meanwhile is looked up again`() throws {
    var observation = try Sample.observation()
    observation.link = nil

    #expect(!observation.isWhole)
  }

  @Test func `a VF without an interface on the host is complete`() throws {
    var observation = try Sample.observation()
    observation.device.interface = nil
    observation.link = nil

    #expect(observation.isWhole)
  }

  @Test func `no step changes the settings of a VF that cannot be asked for them`() throws {
    var observation = try Sample.observation()
    let change = VFChange(isTrusted: true)
    #expect(observation.settingSteps([change]) == [try Sample.step(change)])

    observation.settings = nil
    #expect(observation.settingSteps([change]) == [])
  }

  @Test(arguments: [
    ("eth0", "0000:01:10.0", true), ("eth0", nil, true), ("eth0", "0000:02:10.0", false),
    ("eth1", "0000:01:10.0", false),
  ])
  func `a link is a device's interface by its own name and its device`(
    name: String,
    device: String?,
    isOne: Bool
  ) throws {
    var link = try Sample.link()
    link.parentDevice = device

    #expect(link.isInterface(try Sample.name(name), of: try Sample.address()) == isOne)
  }
}
