// SPDX-License-Identifier: Apache-2.0

import CLinux

/// What an interface's driver reports about its device (ETHTOOL_GDRVINFO).
package enum BusAddress {
  /// Returns the device address, such as `0000:01:10.0`, of the interface with an index in the
  /// calling thread's namespace; nil if no driver reports one.
  package static func ofDevice(behindLinkAt index: Int32) -> String? {
    unsafe clinux_bus_address(index).map { unsafe String(cString: $0) }
  }
}
