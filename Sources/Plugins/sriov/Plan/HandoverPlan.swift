// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps from a free virtual function to one that the container has.
///
/// What takes them back is not an undo of each, but the record of how the virtual function was: a
/// crash leaves the record, too.
enum HandoverPlan {
  /// Returns what keeps the virtual function from being handed over as asked, nil where nothing does.
  ///
  /// `driver` is the kind that its driver must be of, nil for either.
  static func conflict(
    _ configuration: SRIOVConfiguration,
    driver: DriverKind?,
    _ observation: VFObservation
  ) -> VFConflict? {
    let device = observation.device
    guard device.physical != nil else { return .noVirtualFunction(device.address) }
    if observation.link == nil, !device.isUserspace {
      guard let driver = device.driver else { return .noDriver(device.address) }
      return .interfaceIsElsewhere(device.address, driver: driver)
    }
    switch driver {
    case .netdev? where observation.link == nil, .userspace? where !device.isUserspace:
      return .wrongDriver(device.address, driver: device.driver, wanted: driver ?? .netdev)
    case .netdev?, .userspace?, nil: break
    }
    if let use = observation.use.first, let link = observation.link {
      return .usedByHost(device.address, link.name, use: use)
    }
    return settingConflict(configuration, observation)
  }

  /// Returns what keeps the physical function from being asked for the settings, nil where nothing does.
  static func settingConflict(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> VFConflict? {
    let address = observation.device.address
    guard let physical = observation.device.physical else { return .noVirtualFunction(address) }
    guard observation.isListed else { return .notListed(address, physical: physical.address) }
    let change = missingSettings(configuration, observation)
    if change.isEmpty { return nil }
    if physical.isSwitchdev, change.single.contains(where: { $0.isLegacy }) {
      return .switchdev(address, change, physical: physical.address)
    }
    if observation.settings != nil { return nil }
    return .physicalFunctionOutOfReach(address, change, physical: physical.address)
  }

  /// The settings asked for that the virtual function does not have, without an address that its
  /// interface is to be given first.
  ///
  /// Where nobody can be asked, no VLAN counts as what it has: the operator always writes `vlan` 0.
  static func missingSettings(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> VFChange {
    var wanted = configuration.settings
    // Only the physical function can lock an address, and give one to what has no interface.
    if observation.link == nil || observation.settings == nil { wanted.mac = configuration.mac }
    guard let settings = observation.settings else {
      if wanted.vlan == VFVLAN.none { wanted.vlan = nil }
      return wanted
    }
    return wanted.left(in: settings)
  }

  /// The settings, where no address is to be set on an interface, which is left to `MACRecipe`.
  static func settingSteps(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> [Step] {
    let change = missingSettings(configuration, observation)
    return change.isEmpty ? [] : observation.settingSteps([change])
  }

  /// The move; with addresses to come, setting the interface up is left to the step that adds them.
  static func moveSteps(_ link: Link, as name: InterfaceName, setsUp: Bool) -> [Step] {
    var steps: [Step] = []
    if link.alternativeNames.contains(AlternativeName(name.string)) {
      steps.append(Step(.host, .removeAlternativeName(link.name, AlternativeName(name.string))))
    }
    steps.append(Step(.host, .moveLink(link.name, to: .container, as: name)))
    let sysctl = { (key: String) in
      Step(.container, .setSysctl(key: key, value: "1", ifPresent: true))
    }
    steps.append(sysctl("net/ipv4/conf/\(name)/arp_notify"))
    steps.append(sysctl("net/ipv6/conf/\(name)/ndisc_notify"))
    if setsUp { steps.append(Step(.container, .changeLink(name, LinkChange(isUp: true)))) }
    return steps
  }
}

extension VFChange {
  /// Whether the setting exists in legacy mode only; an address does in both.
  fileprivate var isLegacy: Bool { mac == nil }
}
