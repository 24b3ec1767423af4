// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps that give a virtual function back as it was.
///
/// Decided on what the virtual function is like now: what was never changed is never touched, and
/// after a crash of ADD at any point just what it had done is undone.
enum RestorationPlan {
  /// Brings the interface back to the host and to its name; it leaves the container before its VLAN
  /// does, lest the guest gets a glimpse of another network.
  static func returnSteps(
    _ original: VFOriginal,
    _ observation: VFObservation,
    as name: InterfaceName
  ) -> [Step] {
    guard let link = observation.link, original.interface != nil else { return [] }
    switch observation.place {
    case .container: return [Step(.container, .moveLink(link.name, to: .host, as: name))]
    case .host:
      guard link.name != name else { return [] }
      // An interface that is up cannot be renamed.
      let down = link.isUp ? [Step(.host, .changeLink(link.name, LinkChange(isUp: false)))] : []
      return down + [Step(.host, .changeLink(link.name, LinkChange(name: name)))]
    }
  }

  /// Restores the settings of the physical function, but for the address.
  static func settingSteps(_ original: VFOriginal, _ observation: VFObservation) -> [Step] {
    guard let settings = original.settings, let present = observation.settings,
      let physical = observation.physicalInterface
    else { return [] }
    var wanted = VFChange(everythingOf: settings)
    wanted.mac = nil
    let change = wanted.missing(in: present)
    guard !change.isEmpty else { return [] }
    // One message each: a refusal of one setting must not keep the others.
    return change.single.map { Step(.host, .changeVF(present.index, of: physical, [$0])) }
  }

  /// Whether the addresses are not those of before, or the virtual function is kept from choosing.
  static func changesMAC(_ original: VFOriginal, _ observation: VFObservation) -> Bool {
    if original.setsMAC { return true }
    if let mac = original.settings?.mac, let present = observation.settings?.mac, mac != present {
      return true
    }
    guard let mac = original.interface?.mac, let present = observation.link?.mac else {
      return false
    }
    return mac != present
  }

  /// Restores what else the interface had, once it is back under a name.
  static func interfaceSteps(_ original: VFOriginal, _ link: Link) -> [Step] {
    guard let interface = original.interface else { return [] }
    var steps: [Step] = []
    if let mtu = interface.mtu, link.mtu != mtu {
      steps.append(Step(.host, .changeLink(link.name, LinkChange(mtu: mtu))))
    }
    for name in interface.alternativeNames where !link.alternativeNames.contains(name) {
      steps.append(Step(.host, .addAlternativeName(link.name, name)))
    }
    if link.isUp != interface.isUp {
      steps.append(Step(.host, .changeLink(link.name, LinkChange(isUp: interface.isUp))))
    }
    return steps
  }

  /// The names to give the interface, the first that nobody has: its own, then one made of its
  /// physical function's name and its index, then one made of its index among all interfaces.
  static func names(_ original: VFOriginal, _ observation: VFObservation) -> [InterfaceName] {
    let made = observation.device.physical.flatMap { physical in
      physical.interface.flatMap { InterfaceName("\($0)v\(physical.index)") }
    }
    let last = observation.link.flatMap { InterfaceName("vf\($0.index)") }
    return [original.interface?.name, made, last].compactMap { $0 }
  }
}
