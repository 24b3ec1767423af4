// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps that hand a free virtual function to the container.
///
/// They are not undone one by one, but from the record of the VF's original state, which also
/// survives a crash.
enum HandoverPlan {
  /// Returns the conflict that prevents the handover, or nil.
  ///
  /// `driver` is the required kind of driver, nil for either.
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

  /// Returns the conflict that prevents settings through the physical function, or nil.
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

  /// The requested settings that the virtual function lacks, except an address that its interface
  /// gets first.
  ///
  /// If the PF cannot be asked, it counts as having no VLAN: the operator always writes `vlan` 0.
  static func missingSettings(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> VFChange {
    var wanted = configuration.settings
    // Only the physical function can lock an address, or set one on a VF without an interface.
    if observation.link == nil || observation.settings == nil { wanted.mac = configuration.mac }
    guard let settings = observation.settings else {
      if wanted.vlan == VFVLAN.none { wanted.vlan = nil }
      return wanted
    }
    return wanted.left(in: settings)
  }

  /// The settings, unless an address must be set on an interface, which is up to `MACRecipe`.
  static func settingSteps(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> [Step] {
    let change = missingSettings(configuration, observation)
    return change.isEmpty ? [] : observation.settingSteps([change])
  }

  /// The move; if addresses follow, the step that adds them sets the interface up.
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
  /// Whether the setting only exists in legacy mode; an address exists in both.
  fileprivate var isLegacy: Bool { mac == nil }
}
