// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// What an attachment is asked to be: the plugin's configuration after every check of its values.
struct SRIOVConfiguration: Equatable {
  /// The virtual function that somebody else has chosen (`deviceID`, else `pciBusID`).
  var device: PCIAddress?
  /// Where to choose a free one otherwise (`pf`): names or PCI addresses, in order of preference.
  var physicalFunctions: [String] = []
  /// What kind of driver the virtual function is to have (`driver`); nil for either.
  var driver: DriverKind?
  /// The settings to make through the physical function, but for the address.
  var settings = VFChange()
  /// The address: `runtimeConfig.mac`, else `args.cni.mac`, else `MAC` of CNI_ARGS, else `mac`;
  /// nil for the one the virtual function has.
  var mac: MACAddress?
  /// Whether an IPAM plugin gives addresses (`ipam.type`).
  var hasIPAM = false
}

/// Who drives a virtual function.
enum DriverKind: String, CaseIterable {
  /// The kernel's network stack.
  case netdev
  /// A program such as a virtual machine or DPDK.
  case userspace = "vfio-pci"
}
