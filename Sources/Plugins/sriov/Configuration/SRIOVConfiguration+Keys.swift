// SPDX-License-Identifier: Apache-2.0

extension SRIOVConfiguration {
  /// Every key that the plugin or the specification knows.
  static let keys = [
    "deviceID", "driver", "link_state", "logFile", "logLevel", "mac", "max_tx_rate", "min_tx_rate",
    "pciBusID", "pf", "spoofchk", "trust", "vlan", "vlanProto", "vlanQoS",
    "args", "capabilities", "cniVersion", "dns", "ipam", "name", "prevResult", "runtimeConfig",
    "type",
  ]
}
