// SPDX-License-Identifier: Apache-2.0

/// A virtual PCI function, as described by sysfs.
package struct VirtualFunction: Hashable, Sendable {
  /// Its address.
  package var address: PCIAddress
  /// A number that another device at the same address would not have.
  package var incarnation: UInt64
  /// Its physical function, nil if that is not in this machine.
  package var physical: PhysicalFunctionReference?
  /// The name of its driver, nil without one.
  package var driver: String?
  /// Its network interface in this namespace, nil if that is elsewhere or does not exist.
  package var interface: InterfaceName?
  /// Whether VFIO offers it to user space (folder `vfio-dev`, from Linux 6.1).
  package var hasVFIODevice: Bool

  /// Creates a description.
  package init(
    address: PCIAddress,
    incarnation: UInt64,
    physical: PhysicalFunctionReference? = nil,
    driver: String? = nil,
    interface: InterfaceName? = nil,
    hasVFIODevice: Bool = false
  ) {
    self.address = address
    self.incarnation = incarnation
    self.physical = physical
    self.driver = driver
    self.interface = interface
    self.hasVFIODevice = hasVFIODevice
  }

  /// Whether its driver is one for user space: VFIO, whose device-specific drivers have names such
  /// as `mlx5_vfio_pci`, or UIO.
  package var isUserspace: Bool {
    guard !hasVFIODevice, let driver else { return hasVFIODevice }
    return driver.hasSuffix("vfio-pci") || driver.hasSuffix("vfio_pci")
      || driver == "uio_pci_generic" || driver == "igb_uio"
  }
}

/// A virtual function's reference to its physical function.
package struct PhysicalFunctionReference: Hashable, Sendable {
  /// The address of the physical function.
  package var address: PCIAddress
  /// The physical function's network interface in this namespace, nil without one.
  package var interface: InterfaceName?
  /// Whether the physical function is in switchdev mode.
  package var isSwitchdev: Bool
  /// The index of the virtual function among its siblings.
  package var index: VFIndex

  /// Creates a reference.
  package init(
    address: PCIAddress,
    interface: InterfaceName?,
    isSwitchdev: Bool = false,
    index: VFIndex
  ) {
    self.address = address
    self.interface = interface
    self.isSwitchdev = isSwitchdev
    self.index = index
  }
}
