// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

extension RouteSocket {
  /// Returns the VLANs a bridge's port is a member of, in ascending order.
  /// - Throws: `KernelError`; EOPNOTSUPP where the kernel filters no VLANs.
  package borrowing func vlans(ofPortAt index: Int32) throws(KernelError) -> [PortVLAN] {
    let message = BridgePortRequests.list(ofPortAt: index)
    return try request(message, "list VLANs of", "bridge port \(index)").flatMap { reply in
      reply.attributes(after: MemoryLayout<br_vlan_msg>.size).compactMap(PortVLAN.init)
    }
  }

  /// Returns the addresses of a link, IPv4 and IPv6.
  /// - Throws: `KernelError`.
  package borrowing func addresses(
    ofLinkAt index: Int32
  ) throws(KernelError) -> [InterfaceAddress] {
    try request(AddressRequests.list(ofLinkAt: index), "list addresses of", "interface \(index)")
      // A kernel without strict checking lists every link's addresses.
      .filter { $0.payload.dropFirst(4).integer(as: Int32.self) == index }
      .compactMap(InterfaceAddress.init)
  }

  /// Returns the routes of every table of one family.
  /// - Throws: `KernelError`.
  package borrowing func routes(_ family: IPFamily) throws(KernelError) -> [InstalledRoute] {
    try request(RouteRequests.list(family), "list", "routes").compactMap(InstalledRoute.init)
  }
}

extension PortVLAN {
  /// Reads a BRIDGE_VLANDB_ENTRY of an RTM_NEWVLAN.
  fileprivate init?(_ entry: AttributeList.Attribute) {
    let attributes = AttributeList(entry.payload)
    guard entry.type == BRIDGE_VLANDB_ENTRY,
      let info = attributes[BRIDGE_VLANDB_ENTRY_INFO],
      let flags = info.integer(as: UInt16.self),
      let first = info.dropFirst(2).integer(as: UInt16.self).flatMap({ VLANID(Int($0)) })
    else { return nil }
    let last = attributes[BRIDGE_VLANDB_ENTRY_RANGE]?.integer(as: UInt16.self)
      .flatMap { VLANID(Int($0)) }
    guard let range = VLANRange(first, last ?? first) else { return nil }
    self.init(
      range,
      isPVID: Int32(flags) & BRIDGE_VLAN_INFO_PVID != 0,
      isUntagged: Int32(flags) & BRIDGE_VLAN_INFO_UNTAGGED != 0
    )
  }
}
