// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

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

extension RouteSocket {
  /// Returns a physical function's link and the settings of its virtual functions, in the kernel's
  /// order, nil if its driver does not report them or it has none; nil if there is no such link.
  /// - Throws: `KernelError`; EMSGSIZE if a reply cannot hold them all.
  package borrowing func virtualFunctions(
    of physical: InterfaceName
  ) throws(KernelError) -> (link: Link, list: [VFSettings]?)? {
    let words = { ("list VFs of", "interface '\(physical)'") }
    do {
      return try socket.ask(VFRequests.list(of: physical), words) { reply in
        Link(reply).map { ($0, VFSettings.list(reply)) }
      }.first
    } catch {
      guard error.errno == ENODEV else { throw error }
      return nil
    }
  }
}

extension VFSettings {
  /// Parses the IFLA_VFINFO_LIST of an RTM_NEWLINK.
  ///
  /// A list of more than 64 KiB, from some 300 virtual functions on, has lost the upper bits of its
  /// length (`nla_nest_end`); its entries follow one another nevertheless, and IFLA_NUM_VF before
  /// it limits their number.
  static func list(_ reply: NetlinkReply) -> [VFSettings]? {
    guard reply.type == Int(RTM_NEWLINK) else { return nil }
    let attributes = reply.attributes(after: MemoryLayout<ifinfomsg>.size)
    // Not the last of its type: after a wrong length anything may follow.
    guard let list = attributes.first(where: { $0.type == IFLA_VFINFO_LIST })?.payload else {
      return nil
    }
    let count = attributes.first { $0.type == IFLA_NUM_VF }?.payload.integer(as: UInt32.self)
    return AttributeList(reply.payload[list.startIndex...]).prefix(Int(count ?? 0))
      .prefix { $0.type == IFLA_VF_INFO }
      .compactMap { VFSettings(AttributeList($0.payload)) }
  }

  private init?(_ info: AttributeList) {
    guard let mac = info[IFLA_VF_MAC],
      let index = mac.integer(as: UInt32.self).flatMap({ VFIndex(Int($0)) })
    else { return nil }
    self.init(
      index: index,
      mac: MACAddress(bytes: Array(mac.dropFirst(4).prefix(6))),
      vlan: VFVLAN(info),
      rate: VFRate(info),
      checksSpoofing: Self.flag(info[IFLA_VF_SPOOFCHK]),
      isTrusted: Self.flag(info[IFLA_VF_TRUST]),
      linkState: info[IFLA_VF_LINK_STATE]?.setting.flatMap(VFLinkState.init)
    )
  }

  /// The kernel reports -1 if the driver has no such setting.
  private static func flag(_ payload: ArraySlice<UInt8>?) -> Bool? {
    switch payload?.setting {
    case 0: false
    case 1: true
    default: nil
    }
  }
}

extension VFVLAN {
  fileprivate init(_ info: AttributeList) {
    let entry = info.nested(IFLA_VF_VLAN_LIST)?[IFLA_VF_VLAN_INFO]
    let vlan = entry ?? info[IFLA_VF_VLAN]
    let protocolNumber = entry?.dropFirst(12).integer(as: UInt16.self)?.bigEndian
    self.init(
      VLANID(Int(vlan?.setting ?? 0)),
      priority: UInt8(clamping: vlan?.dropFirst(4).setting ?? 0),
      tagProtocol: protocolNumber == UInt16(ETH_P_8021AD) ? .dot1AD : .dot1Q
    )
  }
}

extension VFRate {
  fileprivate init(_ info: AttributeList) {
    let rate = info[IFLA_VF_RATE]
    self.init(
      minimumMegabitsPerSecond: Int(rate?.setting ?? 0),
      maximumMegabitsPerSecond: Int(rate?.dropFirst(4).setting ?? 0)
    )
  }
}

extension ArraySlice<UInt8> {
  /// The number after the index of the virtual function.
  fileprivate var setting: UInt32? { dropFirst(4).integer(as: UInt32.self) }
}
