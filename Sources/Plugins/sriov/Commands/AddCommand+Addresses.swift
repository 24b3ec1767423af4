// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension AddCommand {
  /// Requests addresses from IPAM and configures them; an attachment without IPAM has none.
  ///
  /// For a VF with a user-space driver they are only reported.
  mutating func makeAddresses(_ observation: VFObservation) throws(CNIError) -> AddResult {
    guard let ipam else { return AddResult() }
    mayHoldLease = true
    let lease = try ipam.add()
    guard observation.link != nil else { return lease }
    try apply(AddressPlan.steps(attachment.containerInterface, lease))
    announce(lease)
    return lease
  }

  /// Immediately announces to the neighbours that an IPv4 address has moved here.
  ///
  /// The kernel's own announcement (`arp_notify`) is sent as the interface is set up, and is lost
  /// if the carrier comes a moment later, as with a virtual function.
  private func announce(_ lease: AddResult) {
    let addresses = lease.addresses.map { $0.prefix.address }.filter { $0.family == .v4 }
    guard !addresses.isEmpty, let container = kernel.container else { return }
    do {
      try container.run(from: kernel.host) { () throws(KernelError) in
        let name = attachment.containerInterface
        let isUp = try RouteEvents(.links).wait(milliseconds: 200) { () throws(KernelError) in
          try container.link(named: name)?.operationalState == .up
        }
        guard isUp, let link = try container.link(named: name), let mac = link.mac else { return }
        for address in addresses {
          try GratuitousARP.send(address, mac: mac, throughLinkAt: link.index)
        }
      }
    } catch {
      Log.tolerated("\(error)", ["interface": attachment.containerInterface.string])
    }
  }
}
