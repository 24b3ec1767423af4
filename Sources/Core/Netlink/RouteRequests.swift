// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibmnl
import Linux
package import NetworkModel

/// The request that adds a route, as iproute2 encodes it.
enum RouteRequests {
  /// The request of `ip route append DESTINATION via GATEWAY dev LINK …`.
  ///
  /// Without NLM_F_EXCL, so that IPv6 routes to one destination become one multipath route.
  static func add(_ route: Route, throughLinkAt index: Int32) -> NetlinkRequest {
    let destination = route.destination
    let table = route.table ?? Int(RT_TABLE_MAIN.rawValue)
    let isOnLink = route.gateway == nil && destination.address.family == .v4
    let nearest = isOnLink ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE
    let scope = UInt8(exactly: route.scope ?? Int(nearest.rawValue))
    var header = rtmsg()
    header.rtm_family = UInt8(destination.address.family.number)
    header.rtm_dst_len = UInt8(destination.length)
    header.rtm_protocol = UInt8(RTPROT_BOOT)
    header.rtm_type = UInt8(RTN_UNICAST)
    header.rtm_scope = scope ?? 0
    header.rtm_table = UInt8(exactly: table) ?? UInt8(RT_TABLE_UNSPEC.rawValue)
    var request = NetlinkRequest.change(RTM_NEWROUTE, flags: NLM_F_CREATE, header)
    if scope == nil { request.refuse(ERANGE) }
    if UInt8(exactly: table) == nil { request.put(RTA_TABLE.rawValue, number: table) }
    if destination.length > 0 {
      request.put(RTA_DST.rawValue, bytes: destination.address.bytes)
    }
    request.put(RTA_OIF.rawValue, index)
    if let gateway = route.gateway { request.put(RTA_GATEWAY.rawValue, bytes: gateway.bytes) }
    if let priority = route.priority { request.put(RTA_PRIORITY.rawValue, number: priority) }
    guard route.mtu != nil || route.advertisedMSS != nil else { return request }
    request.nest(RTA_METRICS.rawValue) { metrics in
      if let mtu = route.mtu { metrics.put(RTAX_MTU, number: mtu) }
      if let size = route.advertisedMSS { metrics.put(RTAX_ADVMSS, number: size) }
    }
    return request
  }
}

extension RouteSocket {
  /// Returns the routes of every table of one family.
  /// - Throws: `KernelError`.
  package borrowing func routes(_ family: IPFamily) throws(KernelError) -> [InstalledRoute] {
    var header = rtmsg()
    header.rtm_family = UInt8(family.number)
    let request = NetlinkRequest(RTM_GETROUTE, .many, header: header)
    return try socket.ask(request, { ("list", "routes") }) { InstalledRoute($0) }
  }
}

extension InstalledRoute {
  /// Reads an RTM_NEWROUTE.
  init?(_ reply: NetlinkReply) {
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
      mtu: mtu.map { Int($0) },
      isDeadEnd: (UInt8(RTN_BLACKHOLE)...UInt8(RTN_THROW)).contains(header[7])
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
