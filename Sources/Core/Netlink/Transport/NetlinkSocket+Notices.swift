// SPDX-License-Identifier: Apache-2.0

import CLibc
import Linux
import NetworkModel

extension NetlinkSocket {
  /// The maximum number of datagrams read before the caller may look again.
  private static let mostNotices = 100

  /// Receives the notifications of a group (`RTNLGRP_…`) from now on.
  func join(_ group: UInt32) throws(KernelError) {
    guard set(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, Int32(bitPattern: group)) else {
      throw KernelError(errno: errno, operation: "subscribe to", object: "network changes")
    }
  }

  /// Waits for a notification and discards everything queued; returns false at the deadline, a time
  /// of `Polling.now`.
  ///
  /// Other processes may write to a group, so notifications are not parsed: they are a reason to
  /// look. So is a lost one. The deadline holds however many arrive.
  func awaitNotice(until deadline: Int) throws(KernelError) -> Bool {
    let remaining = deadline - Polling.now
    guard remaining > 0, try Polling.wait(for: [descriptor], milliseconds: remaining)[0] else {
      return false
    }
    for _ in 1...Self.mostNotices {
      if case .nothing = try receive({ ("watch", "network changes") }) { break }
    }
    return true
  }
}
