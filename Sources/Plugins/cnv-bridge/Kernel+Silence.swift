// SPDX-License-Identifier: Apache-2.0

import Execution
import Linux
import NetworkModel

extension Kernel {
  /// Stops a host end from passing frames, so that its filter can go before the link itself.
  ///
  /// Disabling the bridge's port takes effect without the wait for readers (RCU) that setting the
  /// link down costs; a bridge that runs the spanning tree protocol keeps that state to itself.
  /// Returns what failed, if neither worked.
  func silence(_ hostEnd: Link) -> [KernelError] {
    guard hostEnd.port != nil, !performAll([Step(.host, .disablePort(hostEnd.name))]).isEmpty else {
      return []
    }
    return performAll([Step(.host, .changeLink(hostEnd.name, LinkChange(isUp: false)))])
      .filter { !$0.isAlreadyGone }
  }
}
