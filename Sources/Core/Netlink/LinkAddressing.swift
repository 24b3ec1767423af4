// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// A link's addresses and the routes through it, as reported by the kernel: with lifetimes, labels
/// and metrics.
package struct LinkAddressing {
  /// The request of each object, and the contents after its netlink header.
  fileprivate var objects: [(type: Int, body: ArraySlice<UInt8>)] = []
}

extension RouteSocket {
  /// Returns the addresses of a link, and the routes through it or with one of these addresses as their
  /// source, except for what the kernel created by itself.
  package borrowing func addressing(ofLinkAt index: Int32) throws(KernelError) -> LinkAddressing {
    var addressing = LinkAddressing()
    let replies = try addressReplies(ofLinkAt: index)
    addressing.objects = replies.map { (type: Int(RTM_NEWADDR), body: $0.payload) }
    let addresses = replies.compactMap { InterfaceAddress($0)?.prefix.address.bytes }
    let words: NetlinkSocket.Words = { ("list routes through", "interface \(index)") }
    for family in IPFamily.allCases {
      var header = rtmsg()
      header.rtm_family = UInt8(family.number)
      let routes = RouteMessage(RTM_GETROUTE, .many, header: header)
      addressing.objects += try socket.ask(routes, words) { reply in
        // rtm_protocol is the sixth and rtm_type the last of these fields.
        let fields = Array(reply.payload.prefix(8))
        let source = reply.attributes(after: MemoryLayout<rtmsg>.size)[RTA_PREFSRC.rawValue]
        guard let route = InstalledRoute(reply),
          route.hops.contains(where: { $0.interface == index })
            || source.map({ addresses.contains(Array($0)) }) == true,
          fields[5] != UInt8(RTPROT_KERNEL), fields[7] == UInt8(RTN_UNICAST)
        else { return nil }
        return (type: Int(RTM_NEWROUTE), body: reply.payload)
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
          let request = Self.request(object.type, object.body)
          _ = try socket.ask(request, { ("give back", "an address or route") }) { $0 }
        } catch {
          if isLast, error.errno != EEXIST { throw error }
        }
      }
    }
  }

  private static func request(_ type: Int, _ body: ArraySlice<UInt8>) -> RouteMessage {
    let flags = NLM_F_CREATE | NLM_F_EXCL
    if type == Int(RTM_NEWADDR) {
      let header = unsafe body.withUnsafeBytes { unsafe $0.loadUnaligned(as: ifaddrmsg.self) }
      var request = RouteMessage.change(type, flags: flags, header)
      request.put(attributesOf: body.dropFirst(MemoryLayout<ifaddrmsg>.size))
      return request
    }
    var header = unsafe body.withUnsafeBytes { unsafe $0.loadUnaligned(as: rtmsg.self) }
    // The other flags are set by the kernel, which rejects them in requests.
    header.rtm_flags &= UInt32(RTNH_F_ONLINK)
    var request = RouteMessage.change(type, flags: flags, header)
    request.put(attributesOf: body.dropFirst(MemoryLayout<rtmsg>.size))
    return request
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
