// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import SRIOV

/// The state of an attachment at one moment, as seen by CHECK.
struct AttachmentObservation: Equatable {
  /// The attachment.
  var owner: Attachment
  /// Its record; also nil for an attachment of Go sriov-cni.
  var record: AllocationRecord?
  /// The virtual function, with its interface only if that is on the host.
  var observation: VFObservation?
  /// The container's namespace.
  var namespace: AllocationRecord.Namespace?
  /// The container interface.
  var link: Link?
  /// Its addresses.
  var addresses: [InterfaceAddress] = []
  /// The container's routes.
  var routes: [InstalledRoute] = []
}

extension AttachmentObservation {
  /// Returns the first difference from the state ADD left, in one line, or nil if there is none.
  func firstDifference(from configuration: SRIOVConfiguration, _ previous: AddResult) -> String? {
    guard let observation else { return "the VF of \(owner) does not exist" }
    return deviceDifference(configuration, observation)
      ?? settingDifference(configuration, observation, previous)
      ?? (observation.device.isUserspace ? nil : linkDifference(configuration, previous))
  }

  private func deviceDifference(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation
  ) -> String? {
    let device = observation.device
    let name = "VF '\(device.address)'"
    if let record {
      if record.incarnation != device.incarnation { return "\(name) is not the VF that ADD used" }
      guard let namespace, record.namespace.isSame(as: namespace) else {
        return "\(name) was given to a namespace other than '\(record.namespace.path)'"
      }
      if record.original.interface == nil, !device.isUserspace {
        return "\(name) has driver \(device.driver ?? "nothing"), no longer one for user space"
      }
    }
    if let wanted = configuration.device, wanted != device.address {
      return "\(name) is not the configured '\(wanted)'"
    }
    return observation.link.map { "\(name) is on the host, as '\($0.name)'" }
  }

  /// Compares settings; if the physical function is out of reach, there are none to compare.
  ///
  /// A later plugin of the chain may have given a trusted VF another address, as the result says.
  private func settingDifference(
    _ configuration: SRIOVConfiguration,
    _ observation: VFObservation,
    _ previous: AddResult
  ) -> String? {
    guard observation.isListed else {
      return "VF '\(observation.device.address)' is not in the list of its PF"
    }
    guard let settings = observation.settings else { return nil }
    var wanted = configuration.settings
    let reported = previous.containerInterface(owner)?.macAddress
    if reported == nil || reported == configuration.mac { wanted.mac = configuration.mac }
    let missing = wanted.missing(in: settings)
    guard let first = missing.single.first else { return nil }
    let present = VFChange(everythingOf: settings).single.first { $0.isOfSameKind(as: first) }
    let found = present.map { " (it has \($0))" } ?? ""
    return "VF '\(observation.device.address)' does not have \(first)\(found)"
  }

  private func linkDifference(
    _ configuration: SRIOVConfiguration,
    _ previous: AddResult
  ) -> String? {
    let name = "container interface '\(owner.containerInterface)'"
    guard let link else { return "\(name) does not exist" }
    if let device = link.parentDevice, device != observation?.device.address.text {
      return "\(name) is not the VF but '\(device)'"
    }
    let reported = previous.containerInterface(owner)
    if let mac = reported?.macAddress ?? configuration.mac, link.mac != mac {
      return "\(name) has address \(link.mac?.description ?? "none") instead of \(mac)"
    }
    if !link.isUp { return "\(name) is down" }
    return addressDifference(previous) ?? routeDifference(link, previous)
  }

  private func addressDifference(_ previous: AddResult) -> String? {
    let name = "container interface '\(owner.containerInterface)'"
    let present = Set(addresses.map { $0.prefix })
    let missing = previous.addresses(of: owner.containerInterface).first {
      !present.contains($0.prefix)
    }
    if let missing { return "\(name) does not have address \(missing.prefix)" }
    let duplicate = addresses.first { $0.isDuplicate }
    return duplicate.map { "\(name) has address \($0.prefix) which another host also has" }
  }

  /// Routes that do not use this attachment's addresses belong to other plugins of the chain.
  private func routeDifference(_ link: Link, _ previous: AddResult) -> String? {
    let name = owner.containerInterface
    let own = AddResult(addresses: previous.addresses(of: name))
    let gateways = Set(own.addresses.compactMap { $0.gateway })
    let isShared = previous.interfaces.contains { $0.sandbox != nil && $0.name != name.string }
    let present = Dictionary(grouping: routes) { $0.destination }
    let promise = previous.routes.first { promise in
      let isOwn =
        promise.gateway.map { gateway in
          gateways.contains(gateway) || own.addresses.contains { $0.prefix.contains(gateway) }
        } ?? !own.addresses.isEmpty
      let wanted = promise.resolved(in: own)
      return isOwn
        && !(present[wanted.destination] ?? []).contains { route in
          // The result does not say whose interface a route without a gateway uses.
          route.fulfils(wanted, through: link.index)
            || (isShared && promise.gateway == nil && route.isLike(wanted)
              && !route.hops.contains { $0.interface == link.index })
        }
    }
    guard let missing = promise?.resolved(in: own) else { return nil }
    let gateway = missing.gateway.map { " via \($0)" } ?? ""
    return "the container has no route to \(missing.destination)\(gateway) through"
      + " '\(owner.containerInterface)'"
  }
}

extension AddResult {
  /// The interface of an attachment.
  func containerInterface(_ owner: Attachment) -> Interface? {
    interfaces.first { $0.name == owner.containerInterface.string && $0.sandbox != nil }
  }
}

extension VFChange {
  /// Whether both, of one setting each, are about the same setting.
  fileprivate func isOfSameKind(as other: VFChange) -> Bool {
    (mac != nil) == (other.mac != nil) && (vlan != nil) == (other.vlan != nil)
      && (rate != nil) == (other.rate != nil)
      && (checksSpoofing != nil) == (other.checksSpoofing != nil)
      && (isTrusted != nil) == (other.isTrusted != nil)
      && (linkState != nil) == (other.linkState != nil)
  }
}
