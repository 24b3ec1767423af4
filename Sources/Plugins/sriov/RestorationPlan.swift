// SPDX-License-Identifier: Apache-2.0

import NetworkModel
import SRIOV

/// The steps that give a virtual function back as its record says it was.
///
/// Decided on what the virtual function is like now: what was never changed is never touched, and
/// after a crash of ADD at any point just what it had done is undone.
enum RestorationPlan {
  /// Brings the interface back to the host and to its name; it leaves the container before its VLAN
  /// does, lest the guest gets a glimpse of another network.
  static func returnSteps(
    _ record: AllocationRecord,
    _ observation: VFObservation,
    as name: InterfaceName
  ) -> [Step] {
    guard let link = observation.link, record.interface != nil else { return [] }
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
  static func settingSteps(_ record: AllocationRecord, _ observation: VFObservation) -> [Step] {
    guard let original = record.settings, let present = observation.settings,
      let physical = observation.physicalInterface
    else { return [] }
    var wanted = VFChange(everythingOf: original)
    wanted.mac = nil
    let change = wanted.missing(in: present)
    guard !change.isEmpty else { return [] }
    // One message each: a refusal of one setting must not keep the others.
    return change.single.map { Step(.host, .changeVF(present.index, of: physical, [$0])) }
  }

  /// Whether the addresses are not those of before, or the virtual function is kept from choosing.
  static func changesMAC(_ record: AllocationRecord, _ observation: VFObservation) -> Bool {
    if record.setsMAC { return true }
    if let original = record.settings?.mac, let present = observation.settings?.mac,
      original != present
    {
      return true
    }
    guard let original = record.interface?.mac, let present = observation.link?.mac else {
      return false
    }
    return original != present
  }

  /// Restores what else the interface had, once it is back under a name.
  static func interfaceSteps(_ record: AllocationRecord, _ link: Link) -> [Step] {
    guard let original = record.interface else { return [] }
    var steps: [Step] = []
    if link.mtu != original.mtu {
      steps.append(Step(.host, .changeLink(link.name, LinkChange(mtu: original.mtu))))
    }
    for name in original.alternativeNames where !link.alternativeNames.contains(name) {
      steps.append(Step(.host, .addAlternativeName(link.name, name)))
    }
    if link.isUp != original.isUp {
      steps.append(Step(.host, .changeLink(link.name, LinkChange(isUp: original.isUp))))
    }
    return steps
  }

  /// The names to give the interface, the first that nobody has: its own, then one made of its
  /// physical function's name and its index, then one made of its index among all interfaces.
  static func names(_ record: AllocationRecord, _ observation: VFObservation) -> [InterfaceName] {
    let made = observation.device.physical.flatMap { physical in
      physical.interface.flatMap { InterfaceName("\($0)v\(physical.index)") }
    }
    let last = observation.link.flatMap { InterfaceName("vf\($0.index)") }
    return [record.interface?.name, made, last].compactMap { $0 }
  }
}
