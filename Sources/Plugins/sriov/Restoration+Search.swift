// SPDX-License-Identifier: Apache-2.0

import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension Restoration {
  /// Finds the interface in the container's namespace, or waits until that one's end gives it back.
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
    let named = try container.link(named: record.owner.containerInterface)
    if named?.parentDevice == address {
      observation.link = named
    } else {
      // The container may have renamed it. A kernel before 5.14 does not say what device it is.
      let links = try container.route.links()
      let isOld = named?.kind == nil && !links.contains { $0.parentDevice != nil }
      observation.link = links.first { $0.parentDevice == address } ?? (isOld ? named : nil)
      if let link = observation.link { container.remember(link) }
    }
    observation.place = .container
    return observation.link != nil
  }

  /// Opens the very namespace that the interface went to, if that still exists anywhere.
  /// - Throws: `KernelError` where it may be at its path, but cannot be opened.
  static func namespace(of record: AllocationRecord) throws(KernelError) -> NetworkNamespace? {
    if let namespace = try NetworkNamespace.ifThere(at: record.namespace.path),
      namespace.identity == record.namespace.identity
    {
      return namespace
    }
    return NetworkNamespace.find(record.namespace.identity)
  }

  /// Looks at the virtual function; false if it is not the one of the record any more.
  mutating func observe() throws(KernelError) -> Bool {
    // An interface that is still there under its name is that of the same device.
    let known = observation.place == .host && observation.link != nil ? observation.device : nil
    guard let found = try node.observe(record.address, startingAt: known, on: kernel.host),
      found.device.incarnation == record.incarnation
    else { return false }
    observation = found
    return true
  }
}
