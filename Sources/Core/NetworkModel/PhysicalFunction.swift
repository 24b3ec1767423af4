// SPDX-License-Identifier: Apache-2.0

/// A PCI function that has virtual ones, as sysfs describes it.
package struct PhysicalFunction: Hashable, Sendable {
  /// Where it is.
  package var address: PCIAddress
  /// Its network interface in this namespace, the uplink where it has several; nil without one.
  package var interface: InterfaceName?
  /// Whether its embedded switch hands every virtual function's traffic to a representor.
  package var isSwitchdev: Bool
  /// Its virtual functions, by their index.
  package var virtualFunctions: [VFIndex: PCIAddress]

  /// Creates a description.
  package init(
    address: PCIAddress,
    interface: InterfaceName?,
    isSwitchdev: Bool = false,
    virtualFunctions: [VFIndex: PCIAddress] = [:]
  ) {
    self.address = address
    self.interface = interface
    self.isSwitchdev = isSwitchdev
    self.virtualFunctions = virtualFunctions
  }
}
