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
      if let device = try currentDevice(record, node) {
        let kernel = try kernel ?? Self.kernel(for: record, device)
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

  /// Returns the device of the record, or nil where what is at its address now is another.
  static func currentDevice(
    _ record: AllocationRecord,
    _ node: Node
  ) throws(KernelError) -> VirtualFunction? {
    guard record.boot == (try Boot.identifier()),
      let device = try node.devices.virtualFunction(at: record.address),
      device.incarnation == record.incarnation
    else { return nil }
    return device
  }

  /// Opens the host's side, and the container's where the interface must be there.
  private static func kernel(
    for record: AllocationRecord,
    _ device: VirtualFunction
  ) throws(KernelError) -> Kernel {
    guard isElsewhere(record, device), let namespace = namespace(of: record) else {
      return try Kernel(container: nil)
    }
    return try Kernel(container: namespace)
  }

  /// Whether the virtual function has an interface, and that in another namespace.
  private static func isElsewhere(_ record: AllocationRecord, _ device: VirtualFunction) -> Bool {
    record.original.interface != nil && device.interface == nil && device.driver != nil
      && !device.isUserspace
  }

  private mutating func run() throws {
    try judge()
    if Self.isElsewhere(record, observation.device) { try find() }
    try bringBack()
    perform(RestorationPlan.settingSteps(record.original, observation))
    try restoreMAC()
    if let link = observation.link {
      perform(RestorationPlan.interfaceSteps(record.original, link))
    }
  }

  /// Makes sure that what was asked of the physical function before can be asked now.
  private func judge() throws(CNIError) {
    guard let settings = record.original.settings, observation.settings == nil else { return }
    let conflict = VFConflict.physicalFunctionOutOfReach(
      record.address,
      VFChange(everythingOf: settings),
      physical: observation.device.physical?.address
    )
    throw CNIError(conflict)
  }

  private var error: CNIError {
    let errors = failures.map { CNIError($0, details: record.remedy) }
    return CNIError.combining(errors) ?? CNIError(.internalFailure, "unknown failure")
  }

  // MARK: Finding

  /// Finds the interface in the container's namespace, or waits until that one's end gives it back.
  private mutating func find() throws {
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
    let address = record.address.text
    let named = try container.link(named: record.owner.interface)
    if named?.parentDevice == address {
      observation.link = named
    } else {
      // The container may have renamed it. A kernel before 5.14 does not say what device it is.
      let links = try container.route.links()
      let isOld = named?.kind == nil && !links.contains { $0.parentDevice != nil }
      let found = links.first { $0.parentDevice == address } ?? (isOld ? named : nil)
      observation.link = try found.flatMap { link throws(KernelError) in
        try container.link(named: link.name)
      }
    }
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
      do {
        for step in RestorationPlan.returnSteps(record.original, observation, as: name) {
          try kernel.perform(step)
        }
        observation.arrived(as: name)
        return reportNewName()
      } catch {
        guard error.isAlreadyThere else { throw error }
        // It may have been moved without getting the name.
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

  /// Restores the addresses and looks whether they are what they were: drivers may accept one and
  /// keep another.
  private mutating func restoreMAC() throws {
    guard RestorationPlan.changesMAC(record.original, observation) else { return }
    let restoration = MACRestoration(
      original: record.original,
      kernel: kernel,
      observation: observation
    )
    failures += restoration.run()
    guard failures.isEmpty else { return }
    try observe()
    guard let settings = record.original.settings, let present = observation.settings else {
      return
    }
    let missing = VFChange(everythingOf: settings).missing(in: present)
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
