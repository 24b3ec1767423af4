// SPDX-License-Identifier: Apache-2.0

import CLinux

/// What an interface's driver tells of its device (ETHTOOL_GDRVINFO).
package enum BusAddress {
  /// Returns the device's address, such as `0000:01:10.0`, of the interface of an index in the calling
  /// thread's namespace; nil where there is no driver that tells one.
  package static func ofDevice(behindLinkAt index: Int32) -> String? {
    unsafe clinux_bus_address(index).map { unsafe String(cString: $0) }
  }
}
