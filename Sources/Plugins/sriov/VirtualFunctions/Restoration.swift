// SPDX-License-Identifier: Apache-2.0

import CNI
import Execution
import Linux
import Netlink
import NetworkModel
import SRIOV

/// Returns one virtual function to the state in its record.
///
/// The only way back: after DEL, after an ADD that failed or was killed, and for a record whose
/// attachment is gone. The caller holds the virtual function's lock.
struct Restoration {
  let record: AllocationRecord
  let node: Node
  var kernel: Kernel
  var observation: VFObservation
  var failures: [KernelError] = []

  /// Restores a virtual function and removes its record; there is nothing to do if the device is no
  /// longer that of the record.
  ///
  /// What a driver refuses is returned in words and kept in the record: the attachment is gone
  /// nevertheless, but no other one gets the virtual function before that is restored. `kernel` has
  /// the container's side if that is already open.
  /// - Throws: `CNIError` if the interface cannot be reached; the record stays for another DEL.
  static func run(
    _ record: AllocationRecord,
    _ node: Node,
    kernel: Kernel? = nil
  ) throws(CNIError) -> String? {
    let remedy =
      "VF '\(record.address)' stays recorded for \(record.attachment); DEL and GC try again"
    var kept = record
    kept.remainder = nil
    let restoration = try CNIError.converting(
      details: remedy,
      try Restoration(record, node, kernel)
    )
    if var restoration {
      guard try CNIError.converting(details: remedy, try restoration.bringBack()) else {
        throw restoration.outOfReach
      }
      kept.remainder = try CNIError.converting(details: remedy, try restoration.run())
    }
    try CNIError.converting(
      details: remedy,
      kept.remainder == nil ? try node.store.remove(record) : try node.store.write(kept)
    )
    return kept.remainder
  }

  /// Finds the virtual function; nil if it is no longer that of the record.
  private init?(_ record: AllocationRecord, _ node: Node, _ opened: Kernel?) throws(KernelError) {
    guard let device = try Self.currentDevice(record, node) else { return nil }
    let kernel = if let opened { opened } else { try Self.kernel(for: record, device) }
    let found = try node.observe(record.address, startingAt: device, on: kernel.host)
    guard let found else { return nil }
    self.record = record
    self.node = node
    self.kernel = kernel
    observation = found
  }

  /// Returns the device of the record, or nil if there is another at its address now.
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
    guard device.interface == nil, RestorationPlan.expectsInterface(record.original, of: device),
      let namespace = try namespace(of: record)
    else { return try Kernel(container: nil) }
    return try Kernel(container: namespace)
  }

  /// Brings the interface to the host, wherever it is; false if it cannot be found.
  private mutating func bringBack() throws(KernelError) -> Bool {
    let isExpected = RestorationPlan.expectsInterface(record.original, of: observation.device)
    if isExpected, observation.device.interface == nil { try find() }
    try takeHome()
    return observation.link != nil || !isExpected
  }

  private var outOfReach: CNIError {
    CNIError(
      .tryAgainLater,
      "cannot return VF '\(record.address)' to the host: its network interface is in a namespace that"
        + " cannot be found",
      details: "a process that left '\(record.namespace.path)' may still hold it; the record stays"
    )
  }

  /// Restores everything, and returns what remains to be done, in words.
  ///
  /// Success is judged by the resulting state, not by the absence of errors; the second attempt is
  /// for what the first one made possible.
  private mutating func run() throws(KernelError) -> String? {
    var remainder: [String] = []
    for _ in 1...2 {
      failures = []
      restore()
      guard try observe() else { return nil }
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

  /// Performs every step; a failure does not stop the rest.
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

/// Restores a virtual function's addresses, administrative and own.
///
/// A written administrative address forbids the virtual function to choose its own, which it may
/// have been free to do. So the right is released first, then the interface's address is restored,
/// and the administrative one is only written if that does not restore it too.
struct MACRestoration {
  let original: VFOriginal
  let kernel: Kernel
  let observation: VFObservation

  /// Restores both, and returns what could not be done.
  func run() -> [KernelError] {
    var mac = original.settings?.mac
    if original.setsMAC || observation.settings?.mac != mac, observation.link != nil {
      do {
        try perform(VFChange(mac: .zero))
      } catch {
        // Some drivers lack this convention (qede): the interface's own address comes closest.
        if mac == .zero { mac = original.interface?.mac }
      }
    }
    do {
      try restoreInterface()
      let present = original.isMACLocked ? nil : try administrative()
      if let mac, present != mac { try perform(VFChange(mac: mac)) }
      return []
    } catch {
      return [error]
    }
  }

  private func perform(_ change: VFChange, then step: Step? = nil) throws(KernelError) {
    try kernel.persist(inOrder: observation.settingSteps([change]) + (step.map { [$0] } ?? []))
  }

  private func administrative() throws(KernelError) -> MACAddress? {
    guard let settings = observation.settings, let physical = observation.physicalInterface else {
      return nil
    }
    return try kernel.settings(of: settings.index, through: physical)?.mac
  }

  /// Sets the interface's address even if it seems to have it already: its driver then tells the
  /// physical function; from Linux 6.5 on only about a different one, which is therefore set first.
  private func restoreInterface() throws(KernelError) {
    guard let link = observation.link, let mac = original.interface?.mac else { return }
    let change = Step(.host, .changeLink(link.name, LinkChange(mac: mac)))
    do {
      if link.mac == mac, let other = MACAddress(bytes: mac.bytes.dropLast() + [mac.bytes[5] ^ 1]) {
        try kernel.persist(in: Step(.host, .changeLink(link.name, LinkChange(mac: other))))
      }
      return try kernel.persist(in: change)
    } catch {
      if try restoreTrusting(change) { return }
      // As after each time the physical function was down: a reset makes the two talk again.
      let reset = [true, false].map { Step(.host, .changeLink(link.name, LinkChange(isUp: $0))) }
      try kernel.persist(inOrder: reset + [change])
    }
  }

  private func restoreTrusting(_ change: Step) throws(KernelError) -> Bool {
    guard original.settings?.isTrusted == false else { return false }
    var isRestored = true
    do {
      try perform(VFChange(isTrusted: true), then: change)
    } catch {
      isRestored = false
    }
    try perform(VFChange(isTrusted: false))
    return isRestored
  }
}
