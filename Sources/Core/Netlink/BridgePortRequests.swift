// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// The requests of family AF_BRIDGE about one port, as iproute2's `bridge` encodes them.
enum BridgePortRequests {
  /// The request of `bridge vlan add dev PORT vid …`, all ranges in one message.
  static func add(_ vlans: [PortVLAN], toPortAt index: Int32) -> RouteMessage {
    membership(RTM_SETLINK, vlans, ofPortAt: index)
  }

  /// The request of `bridge vlan del dev PORT vid …`, all ranges in one message.
  static func remove(_ ranges: [VLANRange], fromPortAt index: Int32) -> RouteMessage {
    membership(RTM_DELLINK, ranges.map { PortVLAN($0) }, ofPortAt: index)
  }

  /// The request of `bridge link set dev PORT state disabled learning off locked on`.
  ///
  /// Any change of the carrier, which the container end can cause, ends the state. The port then
  /// still accepts no frames, as no address is known behind it: learnt ones are flushed. Kernels before
  /// 5.16 ignore the lock.
  static func disable(portAt index: Int32) -> RouteMessage {
    var request = RouteMessage.change(RTM_SETLINK, ifinfomsg(index: index, family: PF_BRIDGE))
    request.nest(IFLA_PROTINFO) { port in
      port.put(IFLA_BRPORT_LEARNING, UInt8(0))
      port.put(IFLA_BRPORT_STATE, UInt8(BR_STATE_DISABLED))
      port.put(IFLA_BRPORT_LOCKED, UInt8(1))
      port.put(IFLA_BRPORT_FLUSH, bytes: [])
    }
    return request
  }

  private static func membership(
    _ type: Int,
    _ vlans: [PortVLAN],
    ofPortAt index: Int32
  ) -> RouteMessage {
    var request = RouteMessage.change(type, ifinfomsg(index: index, family: PF_BRIDGE))
    request.nest(IFLA_AF_SPEC) { specification in
      for vlan in vlans { specification.put(vlan) }
    }
    return request
  }
}

extension RouteMessage {
  /// Appends one `struct bridge_vlan_info`, or two that bracket a range.
  fileprivate mutating func put(_ vlan: PortVLAN) {
    let flags =
      (vlan.isPVID ? BRIDGE_VLAN_INFO_PVID : 0)
      | (vlan.isUntagged ? BRIDGE_VLAN_INFO_UNTAGGED : 0)
    let (first, last) = (vlan.range.first, vlan.range.last)
    let brackets = [(first, BRIDGE_VLAN_INFO_RANGE_BEGIN), (last, BRIDGE_VLAN_INFO_RANGE_END)]
    for (identifier, bracket) in first == last ? [(first, Int32(0))] : brackets {
      let info = bridge_vlan_info(flags: UInt16(flags | bracket), vid: identifier.number)
      put(IFLA_BRIDGE_VLAN_INFO, info)
    }
  }
}

extension RouteSocket {
  /// Returns the VLANs a bridge's port is a member of, in ascending order.
  /// - Throws: `KernelError`: EOPNOTSUPP if the kernel does not filter VLANs, EINVAL if the link is
  ///   not   a bridge port.
  package borrowing func vlans(ofPortAt index: Int32) throws(KernelError) -> [PortVLAN] {
    var header = br_vlan_msg()
    header.family = UInt8(PF_BRIDGE)
    header.ifindex = UInt32(bitPattern: index)
    let request = RouteMessage(RTM_GETVLAN, .many, header: header)
    let words = { ("list VLANs of", "bridge port \(index)") }
    do {
      let parts = try socket.ask(request, words) { reply in
        reply.attributes(after: MemoryLayout<br_vlan_msg>.size).compactMap { PortVLAN($0) }
      }
      return parts.flatMap { $0 }
    } catch {
      // Linux has RTM_GETVLAN since 5.6.
      guard error.errno == EOPNOTSUPP else { throw error }
      let ports = try vlansOfEveryPort()
      guard ports.contains(where: { !$0.vlans.isEmpty }) else { throw error }
      guard let port = ports.first(where: { $0.index == index }) else {
        throw KernelError(EINVAL, words)
      }
      return port.vlans
    }
  }

  /// Returns the reply to `bridge -compressvlans vlan show`, which takes longer with more ports.
  package borrowing func vlansOfEveryPort() throws(KernelError)
    -> [(index: Int32, vlans: [PortVLAN])]
  {
    let header = ifinfomsg(index: 0, family: PF_BRIDGE)
    var request = RouteMessage(RTM_GETLINK, .many, header: header)
    request.put(IFLA_EXT_MASK, UInt32(RTEXT_FILTER_BRVLAN_COMPRESSED))
    return try socket.ask(request, { ("list VLANs of", "bridge ports") }) { reply in
      let attributes = reply.attributes(after: MemoryLayout<ifinfomsg>.size)
      return reply.payload.dropFirst(4).integer(as: Int32.self).map { index in
        (index: index, vlans: attributes.nested(IFLA_AF_SPEC).map(PortVLAN.list) ?? [])
      }
    }
  }
}

extension PortVLAN {
  /// Parses a BRIDGE_VLANDB_ENTRY of an RTM_NEWVLAN.
  fileprivate init?(_ entry: AttributeList.Attribute) {
    let attributes = AttributeList(entry.payload)
    guard entry.type == BRIDGE_VLANDB_ENTRY, let info = attributes[BRIDGE_VLANDB_ENTRY_INFO],
      let first = Self.identifier(info)
    else { return nil }
    let last = attributes[BRIDGE_VLANDB_ENTRY_RANGE]?.integer(as: UInt16.self)
      .flatMap { VLANID(Int($0)) }
    self.init(info, from: first, through: last ?? first)
  }

  /// Parses the IFLA_AF_SPEC of a port in an RTM_NEWLINK of family AF_BRIDGE.
  static func list(_ specification: AttributeList) -> [PortVLAN] {
    var first: VLANID?
    return specification.compactMap { attribute in
      guard attribute.type == IFLA_BRIDGE_VLAN_INFO, let last = identifier(attribute.payload)
      else { return nil }
      guard flags(attribute.payload) & BRIDGE_VLAN_INFO_RANGE_BEGIN == 0 else {
        first = last
        return nil
      }
      defer { first = nil }
      return PortVLAN(attribute.payload, from: first ?? last, through: last)
    }
  }

  /// Parses a `struct bridge_vlan_info`.
  private init?(_ info: ArraySlice<UInt8>, from first: VLANID, through last: VLANID) {
    guard let range = VLANRange(first, last) else { return nil }
    self.init(
      range,
      isPVID: Self.flags(info) & BRIDGE_VLAN_INFO_PVID != 0,
      isUntagged: Self.flags(info) & BRIDGE_VLAN_INFO_UNTAGGED != 0
    )
  }

  private static func flags(_ info: ArraySlice<UInt8>) -> Int32 {
    Int32(info.integer(as: UInt16.self) ?? 0)
  }

  private static func identifier(_ info: ArraySlice<UInt8>) -> VLANID? {
    info.dropFirst(2).integer(as: UInt16.self).flatMap { VLANID(Int($0)) }
  }
}
