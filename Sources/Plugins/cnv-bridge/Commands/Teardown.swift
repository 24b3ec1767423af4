// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// The part common to DEL and GC: a failure does not stop the rest; all are reported.
struct Teardown {
  let kernel: Kernel
  var failures = Faults()

  init(_ kernel: Kernel) {
    self.kernel = kernel
  }

  /// Removes host ends, gateway interfaces that lose their last user, and the attachments' packet
  /// filter rules.
  mutating func remove(
    _ hostEnds: [Link],
    _ removal: (Firewall) throws(KernelError) -> Firewall.Removal
  ) {
    let refusals = hostEnds.flatMap { silence($0) }
    note(refusals)
    // A port that may still forward frames keeps its filter; the failed command will be repeated.
    if refusals.isEmpty {
      do {
        let firewall = try Firewall(kernel)
        try firewall.remove(try removal(firewall))
      } catch {
        if !Firewall.isMissing { note([error]) }
      }
    }
    note(kernel.performAll(hostEnds.map { Step(.host, .deleteLink($0.name)) }))
    for hostEnd in hostEnds {
      guard let gateway = hostEnd.label?.gateway else { continue }
      remove(gateway, besides: hostEnd.name)
    }
  }

  /// Stops a host end from forwarding frames, so that its filter can be removed before the link.
  ///
  /// Disabling the bridge port takes effect without the wait for readers (RCU) that setting the
  /// link down costs. A bridge with STP controls port states itself, and a host end detached from
  /// its bridge has none. A port that the kernel cannot lock is enabled again by its carrier, which
  /// the container controls.
  ///
  /// Returns the failures.
  private func silence(_ hostEnd: Link) -> [KernelError] {
    let disable = Step(.host, .disablePort(hostEnd.name))
    if hostEnd.isLockable, kernel.performAll([disable]).isEmpty { return [] }
    let down = Step(.host, .changeLink(hostEnd.name, LinkChange(isUp: false)))
    return kernel.performAll([down])
  }

  /// Removes a gateway interface unless a port other than `user` needs it.
  mutating func remove(_ gateway: InterfaceName, besides user: InterfaceName) {
    note(kernel.performAll([Step(.host, .ifUnused(.deleteGateway(gateway, besides: user)))]))
  }

  /// Records failures.
  mutating func note(_ errors: [KernelError]) {
    for error in errors { failures.append(CNIError(error)) }
  }
}
