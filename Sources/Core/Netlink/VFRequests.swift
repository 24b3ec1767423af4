// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel

/// Requests about virtual functions, carried by the link of their physical function.
enum VFRequests {
  /// `ip link set dev PF vf N …`: every change in one message.
  ///
  /// Within one IFLA_VF_INFO the kernel has its own order (address, VLAN, rate, spoof check, link
  /// state, trust) and stops at the first refusal; several are handled one after another.
  static func change(
    _ vf: VFIndex,
    of physical: InterfaceName,
    at index: Int32? = nil,
    _ changes: [VFChange]
  ) -> RouteMessage {
    var message = RouteMessage.change(RTM_NEWLINK, ifinfomsg(index: index ?? 0))
    if index == nil { message.put(IFLA_IFNAME, text: physical.string) }
    message.nest(IFLA_VFINFO_LIST) { list in
      for change in changes {
        list.nest(IFLA_VF_INFO) { $0.put(change, of: vf.number) }
      }
    }
    return message
  }

  /// `ip link show dev PF`, without counters: they take up half of a reply with all virtual
  /// functions.
  static func list(of physical: InterfaceName) -> RouteMessage {
    var message = RouteMessage(RTM_GETLINK, .one, header: ifinfomsg())
    message.put(IFLA_IFNAME, text: physical.string)
    message.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS))
    return message
  }
}

extension RouteMessage {
  fileprivate mutating func put(_ change: VFChange, of vf: UInt32) {
    if let mac = change.mac {
      // `struct ifla_vf_mac` has room for 32 bytes of address.
      put(IFLA_VF_MAC, bytes: HostOrder.bytes(vf) + mac.bytes + [UInt8](repeating: 0, count: 26))
    }
    if let vlan = change.vlan { put(vlan, of: vf) }
    if let rate = change.rate {
      let minimum = UInt32(exactly: rate.minimumMegabitsPerSecond)
      let maximum = UInt32(exactly: rate.maximumMegabitsPerSecond)
      if minimum == nil || maximum == nil { refuse(ERANGE) }
      put(
        IFLA_VF_RATE,
        ifla_vf_rate(vf: vf, min_tx_rate: minimum ?? 0, max_tx_rate: maximum ?? 0)
      )
    }
    if let on = change.checksSpoofing { putSetting(IFLA_VF_SPOOFCHK, of: vf, on ? 1 : 0) }
    if let state = change.linkState { putSetting(IFLA_VF_LINK_STATE, of: vf, state.number) }
    if let on = change.isTrusted { putSetting(IFLA_VF_TRUST, of: vf, on ? 1 : 0) }
  }

  /// Some drivers reject IFLA_VF_VLAN_LIST whatever the protocol; only 802.1ad needs it.
  private mutating func put(_ vlan: VFVLAN, of vf: UInt32) {
    let identifier = UInt32(vlan.identifier?.number ?? 0)
    let priority = UInt32(vlan.priority)
    switch vlan.tagProtocol {
    case .dot1Q:
      put(IFLA_VF_VLAN, ifla_vf_vlan(vf: vf, vlan: identifier, qos: priority))
    case .dot1AD:
      nest(IFLA_VF_VLAN_LIST) { list in
        // `struct ifla_vf_vlan_info`, with two bytes of padding at its end.
        let numbers = [vf, identifier, priority].flatMap { HostOrder.bytes($0) }
        let kind = HostOrder.bytes(UInt16(ETH_P_8021AD).bigEndian)
        list.put(IFLA_VF_VLAN_INFO, bytes: numbers + kind + [0, 0])
      }
    }
  }

  /// `struct ifla_vf_spoofchk`, `ifla_vf_link_state` and `ifla_vf_trust` have the same layout.
  private mutating func putSetting(_ type: some BinaryInteger, of vf: UInt32, _ setting: UInt32) {
    put(type, ifla_vf_trust(vf: vf, setting: setting))
  }
}
