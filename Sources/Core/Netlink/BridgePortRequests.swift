// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import NetworkModel

/// The requests of family AF_BRIDGE about one port, as iproute2's `bridge` encodes them.
enum BridgePortRequests {
  /// The request of `bridge vlan add dev PORT vid …`, every range in one message.
  static func add(_ vlans: [PortVLAN], toPortAt index: Int32) -> RouteMessage {
    membership(RTM_SETLINK, vlans, ofPortAt: index)
  }

  /// The request of `bridge vlan del dev PORT vid …`, every range in one message.
  static func remove(_ ranges: [VLANRange], fromPortAt index: Int32) -> RouteMessage {
    membership(RTM_DELLINK, ranges.map { PortVLAN($0) }, ofPortAt: index)
  }

  /// The request of `bridge link set dev PORT state disabled`.
  static func disable(portAt index: Int32) -> RouteMessage {
    var message = RouteMessage(RTM_SETLINK, header: header(ofPortAt: index))
    message.nest(IFLA_PROTINFO) { info in
      info.put(IFLA_BRPORT_STATE, UInt8(BR_STATE_DISABLED))
    }
    return message
  }

  /// The request of `bridge vlan show dev PORT`.
  static func list(ofPortAt index: Int32) -> RouteMessage {
    var header = br_vlan_msg()
    header.family = UInt8(PF_BRIDGE)
    header.ifindex = UInt32(index)
    return RouteMessage(RTM_GETVLAN, flags: NLM_F_DUMP, header: header)
  }

  private static func membership(
    _ type: Int,
    _ vlans: [PortVLAN],
    ofPortAt index: Int32
  ) -> RouteMessage {
    var message = RouteMessage(type, header: header(ofPortAt: index))
    message.nest(IFLA_AF_SPEC) { specification in
      for vlan in vlans { specification.put(vlan) }
    }
    return message
  }

  private static func header(ofPortAt index: Int32) -> ifinfomsg {
    var header = ifinfomsg()
    header.ifi_family = UInt8(PF_BRIDGE)
    header.ifi_index = index
    return header
  }
}

extension RouteMessage {
  /// Appends one `struct bridge_vlan_info`, or two that bracket a range.
  fileprivate mutating func put(_ vlan: PortVLAN) {
    let flags =
      (vlan.isPVID ? BRIDGE_VLAN_INFO_PVID : 0)
      | (vlan.isUntagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0)
    let first = vlan.range.first.number
    let last = vlan.range.last.number
    guard first != last else {
      put(IFLA_BRIDGE_VLAN_INFO, structure: bridge_vlan_info(flags: UInt16(flags), vid: first))
      return
    }
    let begin = UInt16(flags | BRIDGE_VLAN_INFO_RANGE_BEGIN)
    let end = UInt16(flags | BRIDGE_VLAN_INFO_RANGE_END)
    put(IFLA_BRIDGE_VLAN_INFO, structure: bridge_vlan_info(flags: begin, vid: first))
    put(IFLA_BRIDGE_VLAN_INFO, structure: bridge_vlan_info(flags: end, vid: last))
  }
}
