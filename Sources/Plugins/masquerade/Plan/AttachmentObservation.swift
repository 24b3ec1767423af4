// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// The state of an attachment in its pod's namespace.
struct AttachmentObservation: Equatable {
  /// The pod's interface.
  var uplink: Link?
  /// The bridge.
  var bridge: Link?
  /// Its addresses.
  var bridgeAddresses: [IPPrefix] = []
  /// The tap.
  var tap: Link?
  /// The values of kernel settings.
  var settings: SmallDictionary<String, String> = [:]
  /// The rules; nil without the table.
  var ruleset: Ruleset?
}

extension AttachmentObservation {
  /// Returns the first difference from the state ADD left, or nil.
  ///
  /// Addresses that come and go, and routes added by others, are no difference: the families are
  /// those noted by ADD.
  func firstDifference(
    from configuration: MasqueradeConfiguration,
    _ previous: AddResult,
    label: String
  ) -> String? {
    guard uplink != nil else { return "the pod has no interface \(configuration.podInterface)" }
    if let found = linkDifference(bridge, configuration.bridge, previous)
      ?? linkDifference(tap, configuration.tap, previous) ?? portDifference(configuration)
    {
      return found
    }
    let table = Ruleset.tableID(of: configuration.podInterface)
    guard let ruleset else { return "\(table) is missing" }
    guard let note = ruleset.note else { return "\(ruleset.table.id) has no record of ADD" }
    return addressDifference(configuration, note.families)
      ?? settingDifference(configuration, note.families)
      ?? ruleset.firstDifference(from: Ruleset(configuration, note, label: label))
  }

  private func linkDifference(
    _ link: Link?,
    _ name: InterfaceName,
    _ previous: AddResult
  ) -> String? {
    guard let link else { return "interface \(name) is missing" }
    guard let stated = previous.interfaces.first(where: { $0.name == name.string }) else {
      return "prevResult has no interface \(name)"
    }
    if let mac = stated.macAddress, mac != link.mac {
      return "interface \(name) has MAC \(link.mac?.description ?? "none") instead of \(mac)"
    }
    if let mtu = stated.mtu, mtu != link.mtu {
      return "interface \(name) has MTU \(link.mtu) instead of \(mtu)"
    }
    return link.isUp ? nil : "interface \(name) is down"
  }

  private func portDifference(_ configuration: MasqueradeConfiguration) -> String? {
    guard let tap, let bridge, tap.master != bridge.index else { return nil }
    return "interface \(configuration.tap) is no port of \(configuration.bridge)"
  }

  private func addressDifference(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> String? {
    let missing = PodPlan.bridgeAddresses(configuration, families).first {
      !bridgeAddresses.contains($0)
    }
    return missing.map { "interface \(configuration.bridge) lacks address \($0)" }
  }

  private func settingDifference(
    _ configuration: MasqueradeConfiguration,
    _ families: [IPFamily]
  ) -> String? {
    let needed = PodSettings.needed(families, configuration.podInterface)
      .map { (key: $0.path, value: $0.value) }
    for (key, value) in PodPlan.bridgeSettings(configuration, families) + needed {
      if let found = settings[key], found != value {
        return "\(key) is \(found) instead of \(value)"
      }
    }
    return nil
  }
}

extension Ruleset {
  /// ADD's note.
  fileprivate var note: PodNote? {
    try? PodNote { name in chains.first { $0.chain.id.name == name }?.chain.comment }
  }

  /// Returns the first difference between these rules, read from the kernel, and others.
  func firstDifference(from wanted: Ruleset) -> String? {
    // Kernels before 5.10 do not keep comments.
    if let comment = table.comment, comment != wanted.table.comment {
      return "\(table.id) belongs to '\(comment)'"
    }
    if table.isDormant { return "\(table.id) is dormant: no rule is in force" }
    for set in wanted.sets {
      guard let found = sets.first(where: { $0.set == set.set }) else {
        return "\(set.set) is missing"
      }
      guard found == set else { return "\(set.set) does not have the elements that ADD gave it" }
    }
    for chain in wanted.chains {
      guard let found = chains.first(where: { $0.chain.id == chain.chain.id }) else {
        return "\(chain.chain.id) is missing"
      }
      guard found.chain.base == chain.chain.base else {
        return "\(chain.chain.id) is not the base chain that ADD created"
      }
      guard found.rules == chain.rules else {
        return "\(chain.chain.id) does not have the rules that ADD gave it"
      }
    }
    let names = wanted.chains.map { $0.chain.id }
    let stranger = chains.first { !names.contains($0.chain.id) }
    return stranger.map { "\($0.chain.id) was not created by ADD" }
  }
}
