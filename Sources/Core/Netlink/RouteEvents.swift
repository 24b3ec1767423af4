// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A subscription to the kernel's notices of changes, to wait for a state without polling.
package struct RouteEvents: ~Copyable {
  /// What to be told of (`linux/rtnetlink.h`, `RTNLGRP_…`).
  package enum Group: UInt32, Sendable {
    /// Links: created, changed, deleted (`RTNLGRP_LINK`).
    case links = 1
    /// Addresses of IPv6: added, confirmed, deleted (`RTNLGRP_IPV6_IFADDR`).
    case addressesV6 = 9
  }

  let socket: NetlinkSocket

  /// Subscribes in the namespace of the calling thread; what happens from now on is seen.
  package init(_ group: Group) throws(KernelError) {
    let socket = try NetlinkSocket.open(NETLINK_ROUTE, describedAs: "a route netlink socket")
    try socket.join(group.rawValue)
    self.socket = socket
  }

  /// Asks whether the state is reached, first now and then after each change, until it is.
  ///
  /// Returns false where the time ran out first.
  /// - Throws: `KernelError`, also from the question.
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
