// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Glibc
import Linux
import Netlink
import NetworkModel
import SRIOV

/// The return of one virtual function to what its record says it was.
///
/// The only way back there is: after DEL, after an ADD that failed or was killed, and for a record
/// whose attachment is gone. Whoever runs it holds the virtual function's lock.
struct Restoration {
  private let record: AllocationRecord
  private let node: Node
  private var kernel: Kernel
  private var observation: VFObservation
  private var failures: [KernelError] = []

  /// Gives a virtual function back and removes its record; nothing is left to do where the device is
  /// not the one of the record any more.
  ///
  /// `kernel` has the container's side where somebody has opened it already.
  /// - Throws: `CNIError`; the record stays, so that another DEL tries again.
  static func run(
    _ record: AllocationRecord,
    _ node: Node,
    kernel: Kernel? = nil
  ) throws(CNIError) {
    do {
      if try isCurrent(record, node),
        let device = try node.devices.virtualFunction(at: record.address)
      {
        let kernel = if let kernel { kernel } else { try Kernel(container: nil) }
        var restoration = Restoration(
          record: record,
          node: node,
          kernel: kernel,
          observation: try node.observe(device, on: kernel.host)
        )
        try restoration.run()
        if !restoration.failures.isEmpty { throw restoration.error }
      }
      try node.store.remove(record)
    } catch let error as KernelError {
      throw CNIError(error, details: record.remedy)
    } catch let error as CNIError {
      throw error
    } catch {
      throw CNIError(.internalFailure, "\(error)")
    }
  }

  /// Whether the record is about the device that is there now.
  static func isCurrent(_ record: AllocationRecord, _ node: Node) throws(KernelError) -> Bool {
    guard record.boot == (try Boot.identifier()) else { return false }
    return try node.devices.virtualFunction(at: record.address)?.incarnation == record.incarnation
  }

  private mutating func run() throws {
    let isElsewhere =
      record.original.interface != nil && observation.link == nil
      && observation.device.driver != nil
      && !observation.device.isUserspace
    if isElsewhere { try find() }
    try bringBack()
    try restoreSettings()
    try restoreInterface()
    try verify()
  }

  private var error: CNIError {
    let errors = failures.map { CNIError($0, details: record.remedy) }
    return CNIError.combining(errors) ?? CNIError(.internalFailure, "unknown failure")
  }

  // MARK: Finding

  /// Finds the interface in the container's namespace, or waits until that one's end gives it back.
  private mutating func find() throws {
    if kernel.container == nil, let namespace = Self.namespace(of: record) {
      kernel = try Kernel(container: namespace)
    }
    if try findInContainer() { return }
    let address = record.address
    let devices = node.devices
    let isHere = try RouteEvents(.links).wait(milliseconds: 5000) { () throws(KernelError) in
      try devices.virtualFunction(at: address)?.interface != nil
    }
    guard isHere else {
      throw CNIError(
        .tryAgainLater,
        "cannot give VF '\(address)' back: its network interface is in a namespace that cannot be"
          + " found",
        details:
          "a process that left '\(record.namespace.path)' may still hold it; the record stays"
      )
    }
    try observe()
  }

  private mutating func findInContainer() throws(KernelError) -> Bool {
    guard let container = kernel.container else { return false }
    let links = try container.route.links()
    let address = record.address.text
    // A kernel before 5.14 does not say which device a link belongs to.
    let isOld = !links.contains { $0.parentDevice != nil }
    let found = links.first { link in
      link.parentDevice == address
        || isOld && link.kind == nil && link.name == record.owner.interface
    }
    guard let found else { return false }
    observation.link = try container.link(named: found.name)
    observation.place = .container
    return observation.link != nil
  }

  /// Opens the very namespace that the interface went to, if that still exists anywhere.
  private static func namespace(of record: AllocationRecord) -> NetworkNamespace? {
    if let namespace = try? NetworkNamespace(path: record.namespace.path),  // gone is no failure
      namespace.identity == record.namespace.identity
    {
      return namespace
    }
    return NetworkNamespace.find(record.namespace.identity)
  }

  private mutating func observe() throws(KernelError) {
    guard let device = try node.devices.virtualFunction(at: record.address) else { return }
    observation = try node.observe(device, on: kernel.host)
  }

  // MARK: Giving back

  /// Brings the interface to the host, under its own name unless somebody has taken that.
  private mutating func bringBack() throws(KernelError) {
    guard record.original.interface != nil, observation.link != nil else { return }
    for name in RestorationPlan.names(record.original, observation) {
      guard let link = observation.link else { return }
      if observation.place == .host, link.name == name { return }
      guard try kernel.host.link(named: name) == nil else { continue }
      do {
        for step in RestorationPlan.returnSteps(record.original, observation, as: name) {
          try kernel.perform(step)
        }
        // What the physical function says changes with a reset: look again.
        try observe()
        reportNewName()
        return
      } catch {
        guard error.isAlreadyThere else { throw error }
        try observe()
        if observation.link == nil { _ = try findInContainer() }
      }
    }
    throw KernelError(
      errno: EEXIST,
      operation: "give a name to",
      object: "VF '\(record.address)'"
    )
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

  private mutating func restoreSettings() throws(KernelError) {
    perform(RestorationPlan.settingSteps(record.original, observation))
    guard RestorationPlan.changesMAC(record.original, observation) else { return }
    let restoration = MACRestoration(
      original: record.original,
      kernel: kernel,
      observation: observation
    )
    failures += restoration.run()
  }

  private mutating func restoreInterface() throws(KernelError) {
    guard let interface = observation.link?.name, let link = try kernel.host.link(named: interface)
    else { return }
    perform(RestorationPlan.interfaceSteps(record.original, link))
  }

  /// Looks whether the physical function says what it said before.
  private mutating func verify() throws {
    guard let original = record.original.settings, failures.isEmpty else { return }
    try observe()
    guard let present = observation.settings else {
      throw CNIError(
        VFConflict.physicalFunctionOutOfReach(
          record.address,
          VFChange(everythingOf: original),
          physical: observation.device.physical?.address
        )
      )
    }
    let missing = VFChange(everythingOf: original).missing(in: present)
    guard missing.isEmpty else {
      throw CNIError(
        .internalFailure,
        "cannot restore VF '\(record.address)': \(missing) is not in force",
        details: record.remedy
      )
    }
  }

  private mutating func perform(_ steps: [Step]) {
    failures += kernel.performAll(steps)
  }
}

extension AllocationRecord {
  /// What an error of the restoration adds.
  fileprivate var remedy: String {
    "VF '\(address)' stays recorded for \(owner); DEL and GC try again"
  }
}
