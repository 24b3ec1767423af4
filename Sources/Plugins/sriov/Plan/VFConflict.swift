// SPDX-License-Identifier: Apache-2.0

import CNI
import NetworkModel

/// A condition that prevents ADD from handing over a virtual function as configured.
enum VFConflict: Conflict, Equatable {
  /// No device has the address.
  case noDevice(PCIAddress)
  /// The device is a physical function, or another that is not a virtual one.
  case noVirtualFunction(PCIAddress)
  /// The device exists, but is bound to no driver.
  case noDriver(PCIAddress)
  /// The network interface is in another namespace, and no record says why.
  case interfaceIsElsewhere(PCIAddress, driver: String)
  /// The driver is not of the required kind.
  case wrongDriver(PCIAddress, driver: String?, wanted: DriverKind)
  /// Settings are requested that only a physical function could make.
  case physicalFunctionOutOfReach(PCIAddress, VFChange, physical: PCIAddress)
  /// The physical function does not list it.
  case notListed(PCIAddress, physical: PCIAddress)
  /// Something of an earlier attachment could not be restored yet.
  case dirty(PCIAddress, String)
  /// The physical function's switch is programmed through representors.
  case switchdev(PCIAddress, VFChange, physical: PCIAddress)
  /// The container has another interface of the name.
  case containerNameTaken(InterfaceName, kind: String?)
  /// The host itself uses the interface.
  case usedByHost(PCIAddress, InterfaceName, use: String)
  /// Another attachment has the virtual function.
  case allocated(PCIAddress, holder: String)
}

extension VFConflict {
  var code: CNIErrorCode {
    switch self {
    case .notListed, .dirty: .tryAgainLater
    default: .invalidConfiguration
    }
  }

  var message: String {
    switch self {
    case .noDevice(let address): "cannot find VF '\(address)': there is no such PCI device"
    case .noVirtualFunction(let address):
      "cannot use PCI device '\(address)': it is not a virtual function of a PF on this machine"
    case .noDriver(let address):
      "cannot use VF '\(address)': it has neither a network interface nor a driver"
    case .interfaceIsElsewhere(let address, let driver):
      "cannot use VF '\(address)': its network interface (driver \(driver)) is not in the host's"
        + " network namespace"
    case .wrongDriver(let address, let driver, let wanted):
      "cannot use VF '\(address)': its driver is \(driver ?? "none"), \"driver\" asks for"
        + " \(wanted.rawValue)"
    case .physicalFunctionOutOfReach(let address, let change, _):
      "cannot set \(change) on VF '\(address)': its PF has no network interface on this host"
    case .notListed(let address, let physical):
      "cannot use VF '\(address)': its PF '\(physical)' does not list it"
    case .dirty(let address, let remainder):
      "cannot use VF '\(address)': it was not fully restored after its last attachment: \(remainder)"
    case .switchdev(let address, let change, let physical):
      "cannot set \(change) on VF '\(address)': its PF '\(physical)' is in switchdev mode"
    case .containerNameTaken(let name, let kind):
      "container already has an interface '\(name)'" + (kind.map { " of kind \($0)" } ?? "")
    case .usedByHost(let address, let interface, let use):
      "cannot use VF '\(address)': the host uses it: '\(interface)' \(use)"
    case .allocated(let address, let holder):
      "pci address \(address) is already allocated: \(holder) has it"
    }
  }

  var remedy: String {
    switch self {
    case .noDevice: "was the number of VFs changed, or the PF's driver reloaded?"
    case .noVirtualFunction:
      "name one of the PF's VFs; a VF whose PF is in another machine is for the host-device plugin"
    case .noDriver(let address):
      "bind it to its network driver, or to vfio-pci for a VM (/sys/bus/pci/devices/\(address))"
    case .interfaceIsElsewhere:
      "it was moved into a namespace: it returns when that namespace ends"
    case .wrongDriver(_, _, .userspace): "bind it to vfio-pci"
    case .wrongDriver(_, _, .netdev): "bind it to its network driver"
    case .physicalFunctionOutOfReach(_, _, let physical):
      "bind PF '\(physical)' to its network driver in the host's network namespace"
    case .notListed: "the PF's driver is resetting it: try again"
    case .dirty: "each ADD and GC tries to restore it: is its PF up?"
    case .switchdev:
      "use a plugin that programs the switch through representors, such as ovs-cni or"
        + " accelerated-bridge-cni, or set the PF to legacy mode"
    case .containerNameTaken: "choose another interface name, or delete that interface first"
    case .usedByHost:
      "undo that, and keep the host's network manager away from VFs; an interface that moves into a"
        + " container loses all of it"
    case .allocated: "it is free again when that attachment is deleted or its namespace ends"
    }
  }
}
