// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// The request that adds a route; libnl-route writes it.
enum RouteRequests {
  /// The request of `ip route append DESTINATION via GATEWAY dev LINK …`.
  ///
  /// Without NLM_F_EXCL, so that IPv6 routes to the same destination form a multipath route.
  static func add(_ route: Route, throughLinkAt index: Int32) -> RouteMessage {
    var message = RouteObject(route, index).message
    if !route.fitsNetlink { message.refuse(ERANGE) }
    return message
  }
}

/// Owns libnl-route's `struct rtnl_route`; numbers that do not fit are truncated as in C.
@safe
private struct RouteObject: ~Copyable {
  private let pointer: OpaquePointer

  init(_ route: Route, _ index: Int32) {
    let destination = route.destination
    unsafe pointer = allocated(rtnl_route_alloc())
    unsafe rtnl_route_set_protocol(pointer, UInt8(RTPROT_BOOT))
    unsafe destination.address.lend(length: destination.length) {
      _ = unsafe rtnl_route_set_dst(pointer, $0)
    }
    if let scope = route.scope {
      unsafe rtnl_route_set_scope(pointer, UInt8(truncatingIfNeeded: scope))
    }
    if let table = route.table {
      unsafe rtnl_route_set_table(pointer, UInt32(truncatingIfNeeded: table))
    }
    if let priority = route.priority {
      unsafe rtnl_route_set_priority(pointer, UInt32(truncatingIfNeeded: priority))
    }
    set(RTAX_MTU, route.mtu)
    set(RTAX_ADVMSS, route.advertisedMSS)
    let hop = unsafe allocated(rtnl_route_nh_alloc())
    unsafe rtnl_route_nh_set_ifindex(hop, index)
    unsafe route.gateway?.lend { unsafe rtnl_route_nh_set_gateway(hop, $0) }
    // The route now owns the hop.
    unsafe rtnl_route_add_nexthop(pointer, hop)
  }

  deinit { unsafe rtnl_route_put(pointer) }

  private borrowing func set(_ metric: some BinaryInteger, _ value: Int?) {
    guard let value else { return }
    _ = unsafe rtnl_route_set_metric(pointer, Int32(metric), UInt32(truncatingIfNeeded: value))
  }

  var message: RouteMessage {
    var message: OpaquePointer?
    let result = unsafe rtnl_route_build_add_request(pointer, NLM_F_CREATE, &message)
    precondition(result == 0 || result == -NLE_NOMEM, "libnl wrote no request for a route")
    return unsafe RouteMessage(owning: allocated(message))
  }
}

extension Route {
  /// Whether its numbers fit the fields of a message.
  fileprivate var fitsNetlink: Bool {
    let numbers = [table, priority, mtu, advertisedMSS]
    return UInt8(exactly: scope ?? 0) != nil
      && numbers.allSatisfy { UInt32(exactly: $0 ?? 0) != nil }
  }
}

extension RouteSocket {
  /// Returns the routes of every table of one family.
  package borrowing func routes(_ family: IPFamily) throws(KernelError) -> [InstalledRoute] {
    try socket.ask(RouteMessage(listingRoutes: family), { ("list", "routes") }) {
      InstalledRoute($0)
    }
  }
}

extension RouteMessage {
  /// The request for the routes of every table of one family.
  init(listingRoutes family: IPFamily) {
    var header = rtmsg()
    header.rtm_family = UInt8(family.number)
    self.init(RTM_GETROUTE, .many, header: header)
  }
}

extension InstalledRoute {
  /// Parses an RTM_NEWROUTE.
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
      length >= headerSize, length <= rest.count,
      let interface = rest.dropFirst(4).integer(as: Int32.self)
    {
      let list = AttributeList(rest.prefix(length).dropFirst(headerSize))
      hops.append(Hop(interface: interface, gateway: gateway(list)))
      rest = rest.dropFirst((length + 3) & ~3)
    }
    return hops
  }
}
