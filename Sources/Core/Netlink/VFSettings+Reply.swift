// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
package import NetworkModel

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
