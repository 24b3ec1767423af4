// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel
import SRIOV

/// The state of an attachment at one moment, as seen by CHECK.
struct AttachmentObservation: Equatable {
  /// The attachment.
  var attachment: Attachment
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
    guard let observation else { return "the VF of \(attachment) does not exist" }
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
    let reported = previous.containerInterface(attachment)?.macAddress
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
    let name = "container interface '\(attachment.containerInterface)'"
    guard let link else { return "\(name) does not exist" }
    if let device = link.parentDevice, device != observation?.device.address.text {
      return "\(name) is not the VF but '\(device)'"
    }
    let reported = previous.containerInterface(attachment)
    if let mac = reported?.macAddress ?? configuration.mac, link.mac != mac {
      return "\(name) has address \(link.mac?.description ?? "none") instead of \(mac)"
    }
    if !link.isUp { return "\(name) is down" }
    return previous.addressDifference(attachment.containerInterface, having: addresses)
      ?? previous.routeDifference(attachment.containerInterface, at: link.index, having: routes)
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
