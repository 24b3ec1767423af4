// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// A requested attachment: the plugin's configuration after validation.
struct SRIOVConfiguration: Equatable {
  /// The virtual function chosen by the caller (`deviceID`, else `pciBusID`).
  var device: PCIAddress?
  /// Otherwise the PFs to choose from (`pf`): names or PCI addresses, in order of preference.
  var physicalFunctions: [String] = []
  /// The kind of driver the virtual function must have (`driver`); nil for either.
  var driver: DriverKind?
  /// The settings to make through the physical function, except for the address.
  var settings = VFChange()
  /// The address: `runtimeConfig.mac`, else `args.cni.mac`, else `MAC` of CNI_ARGS, else `mac`; nil
  /// keeps that of the virtual function.
  var mac: MACAddress?
  /// Whether an IPAM plugin assigns addresses (`ipam.type`).
  var hasIPAM = false
}

/// The kind of driver of a virtual function.
enum DriverKind: String, CaseIterable {
  /// A kernel network driver.
  case netdev
  /// A driver for user space, such as for a VM or DPDK.
  case userspace = "vfio-pci"
}

extension SRIOVConfiguration {
  /// The keys of CNI_ARGS that ADD and CHECK know.
  static let arguments = ["MAC"]

  /// Every key that the plugin or the specification knows.
  static let keys = [
    "deviceID", "driver", "link_state", "logFile", "logLevel", "mac", "max_tx_rate", "min_tx_rate",
    "pciBusID", "pf", "spoofchk", "trust", "vlan", "vlanProto", "vlanQoS",
    "args", "capabilities", "cniVersion", "dns", "ipam", "name", "prevResult", "runtimeConfig",
    "type",
  ]
}
