// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// The state of a virtual function at one moment.
struct VFObservation: Equatable {
  /// The device.
  var device: VirtualFunction
  /// The settings reported by its physical function; nil if that cannot be asked.
  var settings: VFSettings?
  /// Whether its physical function lists it, or lists none at all: drivers leave a VF out while
  /// they reset it.
  var isListed = true
  /// Its network interface, nil with a user-space driver.
  var link: Link?
  /// The host's use of it, if that was read.
  var use = HostUse()
  /// Where that interface is.
  var place: StepNamespace = .host

  /// Records that the interface has come to the host, where the kernel sets it down.
  mutating func arrived(as name: InterfaceName) {
    device.interface = name
    link?.name = name
    link?.isUp = false
    place = .host
  }

  /// The step that makes changes through the physical function; nil if that cannot be asked.
  func settingSteps(_ changes: [VFChange]) -> [Step] {
    guard let settings, let physical = physicalInterface else { return [] }
    return [Step(.host, .changeVF(settings.index, of: physical, changes))]
  }

  /// Whether everything that sysfs had just listed was found.
  var isWhole: Bool { isListed && (device.interface == nil || link != nil) }

  /// The physical function's interface, through which settings are made.
  var physicalInterface: InterfaceName? {
    settings == nil ? nil : device.physical?.interface
  }
}

/// The host's own use of a virtual function's interface, which it would lose.
///
/// An interface that is merely up is not in use: network managers set any interface up, and they
/// and routers also give it IPv6 addresses with a limited lifetime.
struct HostUse: Equatable {
  /// The interfaces built on it.
  var uppers: [InterfaceName] = []
  /// Its addresses.
  var addresses: [InterfaceAddress] = []

  /// The first use in words, nil if there is none.
  var first: String? {
    if let upper = uppers.first { return "is below '\(upper)'" }
    let kept = addresses.first { address in
      address.isGlobal && !address.prefix.address.isLinkLocal
        && (address.isPermanent || address.prefix.address.family == .v4)
    }
    return kept.map { "has address \($0.prefix)" }
  }
}
