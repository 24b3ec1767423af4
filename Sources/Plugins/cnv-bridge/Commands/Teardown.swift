// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel

/// What DEL and GC do alike: every failure is kept, none stops the rest.
struct Teardown {
  let kernel: Kernel
  private var failures: [CNIError] = []

  init(_ kernel: Kernel) {
    self.kernel = kernel
  }

  /// Takes host ends away, their gateway interfaces with the last user, and what the packet filter
  /// has of their attachments.
  mutating func remove(
    _ hostEnds: [Link],
    _ removal: (Firewall) throws(KernelError) -> Firewall.Removal
  ) {
    let refusals = hostEnds.flatMap { silence($0) }
    note(refusals)
    // A port that may still pass frames keeps its filter; the command that failed is repeated.
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

  /// Stops a host end from passing frames, so that its filter can go before the link itself.
  ///
  /// Disabling the bridge's port takes effect without the wait for readers (RCU) that setting the
  /// link down costs. A bridge that runs the spanning tree protocol keeps that state to itself, and a
  /// host end that somebody has taken off its bridge has none.
  ///
  /// Returns what failed.
  private func silence(_ hostEnd: Link) -> [KernelError] {
    let disable = Step(.host, .disablePort(hostEnd.name))
    if hostEnd.port != nil, kernel.performAll([disable]).isEmpty { return [] }
    let down = Step(.host, .changeLink(hostEnd.name, LinkChange(isUp: false)))
    return kernel.performAll([down])
  }

  /// Takes a gateway interface away unless a port other than `user` needs it.
  mutating func remove(_ gateway: InterfaceName, besides user: InterfaceName) {
    note(kernel.performAll([Step(.host, .deleteUnusedGateway(gateway, besides: user))]))
  }

  /// Keeps failures.
  mutating func note(_ errors: [KernelError]) {
    failures += errors.map { CNIError($0) }
  }

  /// Lets the delegated IPAM do its part, keeping its failure.
  mutating func attempt(_ ipam: () throws(CNIError) -> Void) {
    do {
      try ipam()
    } catch {
      failures.append(error)
    }
  }

  /// - Throws: `CNIError`, every failure in one.
  consuming func end() throws(CNIError) {
    if let error = CNIError.combining(failures) { throw error }
  }
}
