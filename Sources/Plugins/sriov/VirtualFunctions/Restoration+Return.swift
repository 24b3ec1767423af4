// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

extension Restoration {
  /// Moves the interface to the host, under its own name unless that is taken.
  ///
  /// Alternative names set by the container stay behind: the host may have interfaces of these
  /// names, and a move would then fail (EEXIST). So do its own if they conflict.
  mutating func takeHome() throws(KernelError) {
    guard let original = record.original.interface, observation.link != nil else { return }
    try strip(keeping: original.alternativeNames)
    var isBare = false
    var names = RestorationPlan.names(record.original, observation)[...]
    while let name = names.first {
      guard let link = observation.link else { return }
      if observation.place == .host, link.name == name { return }
      do {
        for step in RestorationPlan.returnSteps(record.original, observation, as: name) {
          try kernel.persist(in: step)
        }
        observation.arrived(as: name)
        return reportNewName()
      } catch {
        guard error.isAlreadyThere else { throw error }
      }
      // It may have been moved without being renamed.
      guard try observe() else { return }
      if observation.link == nil { _ = try findInContainer() }
      if isBare { names = names.dropFirst() }
      isBare = true
      try strip(keeping: [])
    }
    throw KernelError(.exists, operation: "give a name to", object: "VF '\(record.address)'")
  }

  /// Removes the alternative names that are not kept.
  ///
  /// A list so long that it has lost the upper bits of its length is read in parts.
  private mutating func strip(keeping kept: [AlternativeName]) throws(KernelError) {
    let place = observation.place
    for _ in 1...8 {
      guard let link = observation.link else { return }
      let others = link.alternativeNames.filter { !kept.contains($0) }
      guard !others.isEmpty else { return }
      perform(others.map { Step(place, .removeAlternativeName(link.name, $0)) })
      let side = place == .host ? kernel.host : kernel.container
      observation.link = try side?.route.link(at: link.index)
    }
  }

  private func reportNewName() {
    guard let original = record.original.interface?.name, let present = observation.link?.name,
      original != present
    else { return }
    Log.tolerated(
      "interface name taken",
      ["name": original.string, "vf": record.address.text, "instead": present.string]
    )
  }
}

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
    var link = try container.link(named: record.attachment.containerInterface)
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
