// SPDX-License-Identifier: Apache-2.0

import Execution
import Netlink
import NetworkModel

/// The return of a virtual function's addresses, administrative and own.
///
/// An administrative address that is written forbids the virtual function to choose its own, which
/// it may have been free to do: so the right is given up first, the interface gets its address back,
/// and the administrative one is only written where that does not bring it back by itself.
struct MACRestoration {
  let original: VFOriginal
  let kernel: Kernel
  let observation: VFObservation

  /// Restores both, and returns what could not be done.
  func run() -> [KernelError] {
    var failures: [KernelError] = []
    if original.setsMAC || observation.settings?.mac != original.settings?.mac,
      observation.link != nil
    {
      // Refused by drivers that have no such convention: they do not lock either.
      _ = kernel.performAll(through(VFChange(mac: .zero)))
    }
    do {
      try restoreInterface()
      let present = try administrative()
      if let mac = original.settings?.mac, original.isMACLocked || present != mac {
        failures += kernel.performAll(through(VFChange(mac: mac)))
      }
    } catch {
      failures.append(error)
    }
    return failures
  }

  private func through(_ changes: VFChange...) -> [Step] {
    guard let settings = observation.settings, let physical = observation.physicalInterface else {
      return []
    }
    return [Step(.host, .changeVF(settings.index, of: physical, changes))]
  }

  private func administrative() throws(KernelError) -> MACAddress? {
    guard let settings = observation.settings, let physical = observation.physicalInterface else {
      return nil
    }
    let all = try kernel.host.route.virtualFunctions(of: physical)
    return all.first { $0.index == settings.index }?.mac
  }

  /// Gives the interface its address, also where it seems to have it: its driver then tells the
  /// physical function.
  private func restoreInterface() throws(KernelError) {
    guard let link = observation.link, let mac = original.interface?.mac else { return }
    let change = Step(.host, .changeLink(link.name, LinkChange(mac: mac)))
    do {
      try kernel.perform(change)
      return
    } catch {
      if try restoreTrusting(change) { return }
      // As after each time the physical function was down: a reset makes the two talk again.
      for isUp in [true, false] {
        try kernel.perform(Step(.host, .changeLink(link.name, LinkChange(isUp: isUp))))
      }
      try kernel.perform(change)
    }
  }

  private func restoreTrusting(_ change: Step) throws(KernelError) -> Bool {
    guard let trusted = original.settings?.isTrusted, !trusted else { return false }
    do {
      try kernel.perform(inOrder: through(VFChange(isTrusted: true)) + [change])
    } catch {
      try kernel.perform(inOrder: through(VFChange(isTrusted: false)))
      return false
    }
    try kernel.perform(inOrder: through(VFChange(isTrusted: false)))
    return true
  }
}
