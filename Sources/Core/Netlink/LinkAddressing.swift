// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A link's addresses and the routes through it, as reported by the kernel: with lifetimes, labels
/// and metrics.
package struct LinkAddressing {
  fileprivate var objects: [NetlinkReply] = []
}

extension RouteSocket {
  /// Returns the addresses of a link, and the routes through it or with one of these addresses as their
  /// source, except for what the kernel created by itself.
  package borrowing func addressing(ofLinkAt index: Int32) throws(KernelError) -> LinkAddressing {
    var addressing = LinkAddressing(objects: try addressReplies(ofLinkAt: index))
    let addresses = addressing.objects.compactMap { InterfaceAddress($0)?.prefix.address.bytes }
    let words: NetlinkSocket.Words = { ("list routes through", "interface \(index)") }
    for family in IPFamily.allCases {
      addressing.objects += try socket.ask(RouteMessage(listingRoutes: family), words) { reply in
        // rtm_protocol is the sixth and rtm_type the last of these fields.
        let fields = Array(reply.payload.prefix(8))
        guard let route = InstalledRoute(reply),
          route.hops.contains(where: { $0.interface == index })
            || reply.routeSource.map({ addresses.contains($0) }) == true,
          fields[5] != UInt8(RTPROT_KERNEL), fields[7] == UInt8(RTN_UNICAST)
        else { return nil }
        return reply
      }
    }
    return addressing
  }

  /// Restores what no longer exists.
  /// - Throws: `KernelError`, the first failure.
  package borrowing func giveBack(_ addressing: LinkAddressing) throws(KernelError) {
    // A route may depend on one after it.
    for isLast in [false, true] {
      for object in addressing.objects {
        do {
          try giveBack(object, flags: NLM_F_CREATE | NLM_F_EXCL)
        } catch {
          if error.errno == EEXIST, try hasLostItsSource(object) {
            try giveBack(object, flags: NLM_F_REPLACE)
          } else if isLast, error.errno != EEXIST {
            throw error
          }
        }
      }
    }
  }

  private borrowing func giveBack(_ object: NetlinkReply, flags: Int32) throws(KernelError) {
    let request = Self.request(object, flags: flags)
    _ = try socket.ask(request, { ("give back", "an address or route") }) { $0 }
  }

  /// Whether it is a route that is still there without its source: with an address the kernel removes
  /// IPv4 routes, but only the source of IPv6 ones (`rt6_remove_prefsrc`).
  private borrowing func hasLostItsSource(_ object: NetlinkReply) throws(KernelError) -> Bool {
    guard object.routeSource != nil, let route = InstalledRoute(object) else { return false }
    let same = try socket.ask(RouteMessage(listingRoutes: .v6), { ("list", "routes") }) {
      $0.routeSource == nil ? InstalledRoute($0).flatMap { $0 == route ? $0 : nil } : nil
    }
    return !same.isEmpty
  }

  private static func request(_ object: NetlinkReply, flags: Int32) -> RouteMessage {
    let body = object.payload
    if object.type == Int(RTM_NEWADDR) {
      let header = unsafe body.withUnsafeBytes { unsafe $0.loadUnaligned(as: ifaddrmsg.self) }
      var request = RouteMessage.change(object.type, flags: flags, header)
      request.put(attributesOf: body.dropFirst(MemoryLayout<ifaddrmsg>.size))
      return request
    }
    var header = unsafe body.withUnsafeBytes { unsafe $0.loadUnaligned(as: rtmsg.self) }
    // The other flags are set by the kernel, which rejects them in requests.
    header.rtm_flags &= UInt32(RTNH_F_ONLINK)
    var request = RouteMessage.change(object.type, flags: flags, header)
    request.put(attributesOf: body.dropFirst(MemoryLayout<rtmsg>.size))
    return request
  }
}

extension NetlinkReply {
  /// The source address of a route, nil if it has none.
  fileprivate var routeSource: [UInt8]? {
    attributes(after: MemoryLayout<rtmsg>.size)[RTA_PREFSRC.rawValue].map { Array($0) }
  }
}

extension RouteMessage {
  fileprivate mutating func put(attributesOf bytes: ArraySlice<UInt8>) {
    let list = AttributeList(bytes)
    // A route by a nexthop object is listed with the object's contents, but rejected with them.
    let said = [RTA_OIF, RTA_GATEWAY, RTA_VIA, RTA_MULTIPATH].map { Int($0.rawValue) }
    let leavesOut = list[RTA_NH_ID.rawValue] == nil ? [] : said
    for attribute in list where !leavesOut.contains(attribute.type) {
      put(attribute.type, bytes: attribute.payload)
    }
  }
}
