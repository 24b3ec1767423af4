// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A subscription to the kernel's notices of changes, to wait for a state without polling.
package struct RouteEvents: ~Copyable {
  /// What to be told of (`linux/rtnetlink.h`, `RTNLGRP_…`).
  package enum Group: Sendable {
    /// Links: created, changed, deleted.
    case links
    /// Addresses of IPv6: added, confirmed, deleted.
    case addressesV6
  }

  private let socket: RouteSocket

  /// Subscribes in the namespace of the calling thread; what happens from now on is seen.
  /// - Throws: `KernelError`.
  package init(_ group: Group) throws(KernelError) {
    let socket = try RouteSocket()
    let number =
      switch group {
      case .links: RTNLGRP_LINK
      case .addressesV6: RTNLGRP_IPV6_IFADDR
      }
    guard unsafe nl_socket_add_membership(socket.pointer, Int32(number.rawValue)) == 0 else {
      throw KernelError(errno: errno, operation: "subscribe to", object: "network changes")
    }
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
      let remaining = deadline - Polling.now
      guard remaining > 0, try changed(within: remaining) else { return false }
    }
    return true
  }

  /// Waits for a change and takes every notice of it that is there.
  private borrowing func changed(within milliseconds: Int) throws(KernelError) -> Bool {
    guard try readable(within: milliseconds) else { return false }
    repeat {
      do {
        try socket.discard("watch", "network changes")
      } catch {
        // More notices came than the socket holds: the question will be asked again anyway.
        guard error.errno == ENOBUFS else { throw error }
      }
    } while try readable(within: 0)
    return true
  }

  private borrowing func readable(within milliseconds: Int) throws(KernelError) -> Bool {
    try Polling.wait(for: [socket.descriptor], milliseconds: milliseconds)[0]
  }
}
