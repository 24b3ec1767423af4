// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What a virtual function is like at one moment.
struct VFObservation: Equatable {
  /// The device.
  var device: VirtualFunction
  /// The settings its physical function has; nil where that one cannot be asked.
  var settings: VFSettings?
  /// Whether its physical function tells of it, or tells nothing of any: drivers leave one out while
  /// they reset it.
  var isListed = true
  /// Its network interface, nil for one that a program in user space drives.
  var link: Link?
  /// What the host has made of it, as far as that was asked for.
  var use = HostUse()
  /// Where that interface is.
  var place: StepNamespace = .host

  /// Notes that the interface has come to the host, which the kernel does with it down.
  mutating func arrived(as name: InterfaceName) {
    device.interface = name
    link?.name = name
    link?.isUp = false
    place = .host
  }

  /// The step that makes changes through the physical function; none where it cannot be asked.
  func settingSteps(_ changes: [VFChange]) -> [Step] {
    guard let settings, let physical = physicalInterface else { return [] }
    return [Step(.host, .changeVF(settings.index, of: physical, changes))]
  }

  /// Whether everything was found where sysfs had shown it a moment before.
  var isWhole: Bool { isListed && (device.interface == nil || link != nil) }

  /// The physical function's interface, through which settings are made.
  var physicalInterface: InterfaceName? {
    settings == nil ? nil : device.physical?.interface
  }
}
