// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel

/// The requests that add and list routes; libnl-route builds them.
enum RouteRequests {
  /// The request of `ip route add DESTINATION via GATEWAY dev LINK …`.
  ///
  /// Without NLM_F_EXCL, so that IPv6 routes to one destination become one multipath route.
  static func add(_ route: Route, throughLinkAt index: Int32) -> RouteMessage {
    let object = RouteObject(route, index)
    defer { extendLifetime(object) }
    var message: OpaquePointer?
    let result = unsafe rtnl_route_build_add_request(object.pointer, NLM_F_CREATE, &message)
    precondition(result == 0, "libnl built no request for the route to \(route.destination)")
    return unsafe RouteMessage(owning: allocated(message))
  }

  /// The request of `ip route show table all`.
  static func list(_ family: IPFamily) -> RouteMessage {
    var header = rtmsg()
    header.rtm_family = UInt8(family.number)
    return RouteMessage(RTM_GETROUTE, flags: NLM_F_DUMP, header: header)
  }
}

/// libnl-route's `struct rtnl_route`.
@safe
private struct RouteObject: ~Copyable {
  let pointer: OpaquePointer

  init(_ route: Route, _ index: Int32) {
    unsafe pointer = allocated(rtnl_route_alloc())
    unsafe rtnl_route_set_family(pointer, UInt8(route.destination.address.family.number))
    unsafe rtnl_route_set_protocol(pointer, UInt8(RTPROT_BOOT))
    unsafe rtnl_route_set_table(pointer, UInt32(route.table ?? Int(RT_TABLE_MAIN.rawValue)))
    let destination = NetlinkAddress(route.destination)
    defer { extendLifetime(destination) }
    _ = unsafe rtnl_route_set_dst(pointer, destination.pointer)
    if let scope = route.scope { unsafe rtnl_route_set_scope(pointer, UInt8(scope)) }
    if let priority = route.priority { unsafe rtnl_route_set_priority(pointer, UInt32(priority)) }
    if let mtu = route.mtu { unsafe rtnl_route_set_metric(pointer, Int32(RTAX_MTU), UInt32(mtu)) }
    if let size = route.advertisedMSS {
      unsafe rtnl_route_set_metric(pointer, Int32(RTAX_ADVMSS), UInt32(size))
    }
    let hop = unsafe allocated(rtnl_route_nh_alloc())
    unsafe rtnl_route_nh_set_ifindex(hop, index)
    if let gateway = route.gateway {
      let address = NetlinkAddress(gateway)
      defer { extendLifetime(address) }
      unsafe rtnl_route_nh_set_gateway(hop, address.pointer)
    }
    // The route owns its next hops from here.
    unsafe rtnl_route_add_nexthop(pointer, hop)
  }

  deinit {
    unsafe rtnl_route_put(pointer)
  }
}
