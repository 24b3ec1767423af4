// SPDX-License-Identifier: Apache-2.0

import Execution
import Netlink
import NetworkModel

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
