// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import NetworkModel
import SRIOV

/// The return of one virtual function to what its record says it was.
///
/// The only way back there is: after DEL, after an ADD that failed or was killed, and for a record
/// whose attachment is gone. The caller holds the virtual function's lock.
struct Restoration {
  let record: AllocationRecord
  let node: Node
  var kernel: Kernel
  var observation: VFObservation
  var failures: [KernelError] = []

  /// Gives a virtual function back and removes its record; nothing is left to do if the device is
  /// not the one of the record any more.
  ///
  /// What a driver refuses is returned in words and kept in the record: the attachment is gone all
  /// the same, but no other one gets the virtual function before that is restored. `kernel` has the
  /// container's side if that is open already.
  /// - Throws: `CNIError` if the interface cannot be had; the record stays, for another DEL to try.
  static func run(
    _ record: AllocationRecord,
    _ node: Node,
    kernel: Kernel? = nil
  ) throws(CNIError) -> String? {
    var kept = record
    kept.remainder = nil
    if var restoration = try Restoration(record, node, kernel) {
      kept.remainder = try restoration.run()
    }
    do {
      if kept.remainder == nil { try node.store.remove(record) } else { try node.store.write(kept) }
    } catch {
      throw CNIError(error, details: record.remedy)
    }
    return kept.remainder
  }

  /// Returns the device of the record, or nil if what is at its address now is another.
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

  /// Opens the host's side, and the container's if the interface must be there.
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
  static func isElsewhere(_ record: AllocationRecord, _ device: VirtualFunction) -> Bool {
    record.original.interface != nil && device.interface == nil && device.driver != nil
      && !device.isUserspace
  }

  /// Restores everything, and returns what is left to do, in words.
  ///
  /// What counts is what is there afterwards, not that nothing was refused; a second try is for what
  /// the first one made possible.
  private mutating func run() throws(CNIError) -> String? {
    try bringBack()
    var remainder: [String] = []
    for _ in 1...2 {
      failures = []
      restore()
      guard try observeAgain() else { return nil }
      remainder = RestorationPlan.remainder(record.original, observation)
      if remainder.isEmpty { return nil }
    }
    return (remainder + failures.map { "\($0)" }).joined(separator: "; ").onOneLine.cut(to: 1000)
  }

  private mutating func restore() {
    let original = record.original
    perform(RestorationPlan.settingSteps(original, observation))
    if RestorationPlan.changesMAC(original, observation) {
      let addresses = MACRestoration(original: original, kernel: kernel, observation: observation)
      failures += addresses.run()
    }
    if let link = observation.link { perform(RestorationPlan.interfaceSteps(original, link)) }
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

  /// Looks at the virtual function again; false if it is not the one of the record any more.
  private mutating func observeAgain() throws(CNIError) -> Bool {
    do {
      return try observe()
    } catch {
      throw CNIError(error, details: record.remedy)
    }
  }

  /// Performs every step; a failure stops none.
  mutating func perform(_ steps: [Step]) {
    for step in steps {
      do {
        try kernel.persist(in: step)
      } catch {
        failures.append(error)
      }
    }
  }
}

extension Restoration {
  /// Looks where the virtual function is; nil if it is not the one of the record any more.
  private init?(
    _ record: AllocationRecord,
    _ node: Node,
    _ opened: Kernel?
  ) throws(CNIError) {
    do {
      guard let device = try Self.currentDevice(record, node) else { return nil }
      let kernel = if let opened { opened } else { try Self.kernel(for: record, device) }
      guard let observation = try node.observe(record.address, on: kernel.host) else { return nil }
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
