// SPDX-License-Identifier: Apache-2.0

import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension Restoration {
  /// Finds the interface in the container's namespace, or waits until that ends and returns it.
  mutating func find() throws(KernelError) {
    if try findInContainer() { return }
    let address = record.address
    let devices = node.devices
    let isHere = try RouteEvents(.links).wait(milliseconds: 5000) { () throws(KernelError) in
      try devices.virtualFunction(at: address)?.interface != nil
    }
    if isHere { _ = try observe() }
  }

  mutating func findInContainer() throws(KernelError) -> Bool {
    guard let container = kernel.container else { return false }
    let address = record.address.text
    var link = try container.link(named: record.owner.containerInterface)
    if link?.parentDevice != address {
      // The container may have renamed it. On kernels before 5.14 the driver has to say which
      // device it is.
      let links = try container.route.links()
      link = try container.run(from: kernel.host) { () throws(KernelError) in
        links.first { $0.parentDevice == address }
          ?? links.first { BusAddress.ofDevice(behindLinkAt: $0.index) == address }
      }
      if let link { container.remember(link) }
    }
    observation.link = link
    observation.place = .container
    return link != nil
  }

  /// Opens the very namespace that the interface went to, if that still exists anywhere.
  /// - Throws: `KernelError` if it may be at its path, but cannot be opened.
  static func namespace(of record: AllocationRecord) throws(KernelError) -> NetworkNamespace? {
    if let namespace = try NetworkNamespace.ifThere(at: record.namespace.path),
      namespace.identity == record.namespace.identity
    {
      return namespace
    }
    return NetworkNamespace.find(record.namespace.identity)
  }

  /// Observes the virtual function; false if it is no longer that of the record.
  mutating func observe() throws(KernelError) -> Bool {
    // If the interface still exists under its name, it belongs to the same device.
    let known = observation.place == .host && observation.link != nil ? observation.device : nil
    guard let found = try node.observe(record.address, startingAt: known, on: kernel.host),
      found.device.incarnation == record.incarnation
    else { return false }
    observation = found
    return true
  }
}
