// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// The return of one virtual function to what its record says it was.
///
/// The only way back there is: after DEL, after an ADD that failed or was killed, and for a record
/// whose attachment is gone. Whoever runs it holds the virtual function's lock.
struct Restoration {
  let record: AllocationRecord
  let node: Node
  var kernel: Kernel
  var observation: VFObservation
  var failures: [KernelError] = []

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
    if var restoration = try Restoration(record, node, kernel) {
      try restoration.run()
      if !restoration.failures.isEmpty { throw restoration.error }
    }
    do {
      try node.store.remove(record)
    } catch {
      throw CNIError(error, details: record.remedy)
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
    guard isElsewhere(record, device), let namespace = try namespace(of: record) else {
      return try Kernel(container: nil)
    }
    return try Kernel(container: namespace)
  }

  /// Whether the virtual function has an interface, and that in another namespace.
  private static func isElsewhere(_ record: AllocationRecord, _ device: VirtualFunction) -> Bool {
    record.original.interface != nil && device.interface == nil && device.driver != nil
      && !device.isUserspace
  }

  private mutating func run() throws(CNIError) {
    try judge()
    try bringBack()
    perform(RestorationPlan.settingSteps(record.original, observation))
    try restoreMAC()
    if let link = observation.link {
      perform(RestorationPlan.interfaceSteps(record.original, link))
    }
  }

  /// Brings the interface to the host, from wherever it is.
  private mutating func bringBack() throws(CNIError) {
    var isFound = true
    do {
      if Self.isElsewhere(record, observation.device) { isFound = try find() }
      if isFound { try takeHome() }
    } catch {
      throw CNIError(error, details: record.remedy)
    }
    guard isFound else {
      throw CNIError(
        .tryAgainLater,
        "cannot give VF '\(record.address)' back: its network interface is in a namespace that"
          + " cannot be found",
        details:
          "a process that left '\(record.namespace.path)' may still hold it; the record stays"
      )
    }
  }

  /// Makes sure that what was asked of the physical function before can be asked now.
  private func judge() throws(CNIError) {
    guard let settings = record.original.settings, observation.settings == nil,
      let physical = observation.device.physical
    else { return }
    let conflict = VFConflict.physicalFunctionOutOfReach(
      record.address,
      VFChange(everythingOf: settings),
      physical: physical.address
    )
    throw CNIError(conflict)
  }

  private var error: CNIError {
    let errors = failures.map { CNIError($0, details: record.remedy) }
    return CNIError.combining(errors) ?? CNIError(.internalFailure, "unknown failure")
  }

  mutating func perform(_ steps: [Step]) {
    failures += kernel.performAll(steps)
  }
}

extension Restoration {
  /// Looks where the virtual function is; nil where it is not the one of the record any more.
  private init?(
    _ record: AllocationRecord,
    _ node: Node,
    _ opened: Kernel?
  ) throws(CNIError) {
    do {
      guard let device = try Self.currentDevice(record, node) else { return nil }
      let kernel = if let opened { opened } else { try Self.kernel(for: record, device) }
      let observation = try node.observe(device, on: kernel.host)
      self.init(record: record, node: node, kernel: kernel, observation: observation)
    } catch {
      throw CNIError(error, details: record.remedy)
    }
  }
}

extension AllocationRecord {
  /// What an error of the restoration adds.
  var remedy: String {
    "VF '\(address)' stays recorded for \(owner); DEL and GC try again"
  }
}
