// SPDX-License-Identifier: Apache-2.0

import NetworkModel

/// A way to set a virtual function's address, on both its interface and its physical function.
///
/// Drivers differ in what a virtual function may change itself. The ways are tried in turn until
/// the interface has the address.
enum MACRecipe: CaseIterable {
  /// The interface first, then the physical function: enough unless the physical function has
  /// reserved the right to choose.
  case own
  /// The physical function first, with the virtual one trusted meanwhile (igb, if an address was
  /// set before).
  case trusted
  /// The physical function releases its right to choose, and takes it back.
  case unlocked
  /// The physical function first; the virtual one sees it after a reset, as after each time that
  /// the physical one was down.
  case reset

  /// The steps for an interface on the host; `change` contains all settings that are still missing.
  func steps(
    _ mac: MACAddress,
    interface: InterfaceName,
    of settings: VFSettings,
    physical: InterfaceName,
    change: VFChange
  ) -> [Step] {
    var final = change
    final.mac = mac
    let onInterface = Step(.host, .changeLink(interface, LinkChange(mac: mac)))
    let through = { (changes: [VFChange]) in
      Step(.host, .changeVF(settings.index, of: physical, changes))
    }
    switch self {
    case .own: return [onInterface, through([final])]
    case .trusted:
      let trust = change.isTrusted ?? settings.isTrusted ?? false
      final.isTrusted = nil
      return [
        through([VFChange(isTrusted: true), final]), onInterface,
        through([VFChange(isTrusted: trust)]),
      ]
    case .unlocked: return [through([VFChange(mac: .zero)]), onInterface, through([final])]
    case .reset:
      return [
        through([final]), Step(.host, .changeLink(interface, LinkChange(isUp: true))),
        Step(.host, .changeLink(interface, LinkChange(isUp: false))), onInterface,
      ]
    }
  }
}
