// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import NetworkModel

extension InstalledRoute {
  /// Reads an RTM_NEWROUTE.
  init?(_ reply: RouteReply) {
    let attributes = reply.attributes(after: MemoryLayout<rtmsg>.size)
    let header = Array(reply.payload.prefix(MemoryLayout<rtmsg>.size))
    guard reply.type == Int(RTM_NEWROUTE), header.count == MemoryLayout<rtmsg>.size else {
      return nil
    }
    let family: IPFamily = header[0] == UInt8(AF_INET) ? .v4 : .v6
    let address = attributes[RTA_DST.rawValue].flatMap { IPAddress(bytes: Array($0)) }
    guard
      let destination = IPPrefix(
        address: address ?? IPAddress(unspecified: family),
        length: Int(header[1])
      )
    else { return nil }
    let table = attributes[RTA_TABLE.rawValue]?.integer(as: UInt32.self)
    let priority = attributes[RTA_PRIORITY.rawValue]?.integer(as: UInt32.self)
    let mtu = attributes.nested(RTA_METRICS.rawValue)?[RTAX_MTU]?.integer(as: UInt32.self)
    self.init(
      destination: destination,
      hops: Self.hops(attributes),
      priority: Int(priority ?? 0),
      table: table.map { Int($0) } ?? Int(header[4]),
      scope: Int(header[6]),
      mtu: mtu.map { Int($0) }
    )
  }

  private static func hops(_ attributes: AttributeList) -> [Hop] {
    let gateway = { (list: AttributeList) in
      list[RTA_GATEWAY.rawValue].flatMap { IPAddress(bytes: Array($0)) }
    }
    guard var rest = attributes[RTA_MULTIPATH.rawValue] else {
      let interface = attributes[RTA_OIF.rawValue]?.integer(as: Int32.self)
      return interface.map { [Hop(interface: $0, gateway: gateway(attributes))] } ?? []
    }
    var hops: [Hop] = []
    let headerSize = MemoryLayout<rtnexthop>.size
    while let length = rest.integer(as: UInt16.self).map({ Int($0) }),
      (headerSize...rest.count).contains(length),
      let interface = rest.dropFirst(4).integer(as: Int32.self)
    {
      let list = AttributeList(rest.prefix(length).dropFirst(headerSize))
      hops.append(Hop(interface: interface, gateway: gateway(list)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return hops
  }
}
