// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A subscription to kernel notifications, to wait for a state without polling.
package struct RouteEvents: ~Copyable {
  /// The groups to subscribe to (`linux/rtnetlink.h`, `RTNLGRP_…`).
  package enum Group: UInt32, Sendable {
    /// Links: created, changed, deleted (`RTNLGRP_LINK`).
    case links = 1
    /// IPv6 addresses: added, confirmed, deleted (`RTNLGRP_IPV6_IFADDR`).
    case addressesV6 = 9
  }

  let socket: NetlinkSocket

  /// Subscribes in the calling thread's namespace; events from now on are seen.
  package init(_ group: Group) throws(KernelError) {
    let socket = try NetlinkSocket.open(NETLINK_ROUTE, describedAs: "a route netlink socket")
    try socket.join(group.rawValue)
    self.socket = socket
  }

  /// Checks whether the state is reached, now and after each change, until it is.
  ///
  /// Returns false on timeout.
  /// - Throws: `KernelError`, also from the check.
  package borrowing func wait(
    milliseconds: Int,
    until isReached: () throws(KernelError) -> Bool
  ) throws(KernelError) -> Bool {
    let deadline = Polling.now + milliseconds
    while try !isReached() {
      guard try socket.awaitNotice(until: deadline) else { return false }
    }
    return true
  }
}
