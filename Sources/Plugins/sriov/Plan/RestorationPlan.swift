// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The steps that restore a virtual function's original state.
///
/// Decided on the present state: what was never changed is never touched, and after a crash of ADD
/// at any point exactly its changes are undone.
enum RestorationPlan {
  /// Brings the interface back to the host and to its name; it leaves the container before its VLAN
  /// does, so the guest never sees another network.
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

  /// Restores the settings of the physical function, except for the address.
  static func settingSteps(_ original: VFOriginal, _ observation: VFObservation) -> [Step] {
    guard let settings = original.settings, let present = observation.settings else { return [] }
    var wanted = VFChange(everythingOf: settings)
    wanted.mac = nil
    // One message each: a refused setting must not block the others.
    return wanted.missing(in: present).single.flatMap { observation.settingSteps([$0]) }
  }

  /// Whether the addresses have changed, or the virtual function may not choose its own.
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

  /// Restores the rest of the interface, once it is back and has a name.
  static func interfaceSteps(_ original: VFOriginal, _ link: Link) -> [Step] {
    guard let interface = original.interface else { return [] }
    // An XDP program may be what prevents a larger MTU.
    var changes = link.programs.filter { !interface.programs.contains($0) }
      .map { LinkChange(detachedProgram: $0) }
    changes += interface.settings.filter { !link.settings.contains($0) }
      .map { LinkChange(setting: $0) }
    if let mtu = interface.mtu, link.mtu != mtu { changes.append(LinkChange(mtu: mtu)) }
    let others = link.alternativeNames.filter { !interface.alternativeNames.contains($0) }
    let missing = interface.alternativeNames.filter { !link.alternativeNames.contains($0) }
    if link.isUp != interface.isUp { changes.append(LinkChange(isUp: interface.isUp)) }
    return others.map { Step(.host, .removeAlternativeName(link.name, $0)) }
      + missing.map { Step(.host, .addAlternativeName(link.name, $0)) }
      + changes.map { Step(.host, .changeLink(link.name, $0)) }
  }

  /// What remains to be done, in words.
  ///
  /// Names that the host has given to another interface meanwhile do not count.
  static func remainder(_ original: VFOriginal, _ observation: VFObservation) -> [String] {
    var steps = settingSteps(original, observation)
    if let mac = original.settings?.mac, let present = observation.settings?.mac, present != mac,
      mac != .zero || present != original.interface?.mac
    {
      steps += observation.settingSteps([VFChange(mac: mac)])
    }
    if let link = observation.link {
      if let mac = original.interface?.mac, link.mac != mac {
        steps.append(Step(.host, .changeLink(link.name, LinkChange(mac: mac))))
      }
      steps += interfaceSteps(original, link)
    }
    var unknown: [String] = []
    if original.settings != nil, observation.settings == nil {
      unknown.append("its PF's settings cannot be read")
    }
    if observation.link == nil, expectsInterface(original, of: observation.device) {
      unknown.append("its interface cannot be found")
    }
    return unknown
      + steps.map { $0.operation }.filter { !$0.addsName }.map { operation in
        let words = operation.words
        return "\(words.verb) \(words.object)"
      }
  }

  /// Whether the virtual function must have an interface somewhere: it had one, and has the kind of
  /// driver that creates one.
  static func expectsInterface(_ original: VFOriginal, of device: VirtualFunction) -> Bool {
    original.interface != nil && device.driver != nil && !device.isUserspace
  }

  /// Candidate names for the interface; the first free one is used: its own, one made of the
  /// physical function's name and the VF's index, one made of its interface index.
  static func names(_ original: VFOriginal, _ observation: VFObservation) -> [InterfaceName] {
    let made = observation.device.physical.flatMap { physical in
      physical.interface.flatMap { InterfaceName("\($0)v\(physical.index)") }
    }
    let last = observation.link.flatMap { InterfaceName("vf\($0.index)") }
    return [original.interface?.name, made, last].compactMap { $0 }
  }
}

extension Operation {
  fileprivate var addsName: Bool {
    if case .link(.addAlternativeName) = self { true } else { false }
  }
}
