// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel

/// The requests that add and remove an interface's addresses, built by libnl-route.
enum AddressRequests {
  /// The request of `ip address add PREFIX broadcast + dev LINK [nodad]`.
  static func add(
    _ prefix: IPPrefix,
    toLinkAt index: Int32,
    isUncontested: Bool = false
  ) -> RouteMessage {
    let address = RouteAddress(prefix, index, broadcast: prefix.broadcast)
    if isUncontested, prefix.address.family == .v6 {
      unsafe rtnl_addr_set_flags(address.pointer, UInt32(IFA_F_NODAD))
    }
    defer { extendLifetime(address) }
    var message: OpaquePointer?
    let flags = NLM_F_CREATE | NLM_F_EXCL
    let result = unsafe rtnl_addr_build_add_request(address.pointer, flags, &message)
    precondition(result == 0, "libnl built no request for address \(prefix)")
    return unsafe RouteMessage(owning: allocated(message))
  }

  /// The request of `ip address delete PREFIX dev LINK`.
  static func remove(_ prefix: IPPrefix, fromLinkAt index: Int32) -> RouteMessage {
    let address = RouteAddress(prefix, index, broadcast: nil)
    defer { extendLifetime(address) }
    var message: OpaquePointer?
    let result = unsafe rtnl_addr_build_delete_request(address.pointer, 0, &message)
    precondition(result == 0, "libnl built no request for address \(prefix)")
    return unsafe RouteMessage(owning: allocated(message))
  }

  /// The request of `ip address show dev LINK`.
  static func list(ofLinkAt index: Int32) -> RouteMessage {
    var header = ifaddrmsg()
    header.ifa_index = UInt32(index)
    return RouteMessage(RTM_GETADDR, flags: NLM_F_DUMP, header: header)
  }
}

/// libnl-route's `struct rtnl_addr`.
@safe
private struct RouteAddress: ~Copyable {
  let pointer: OpaquePointer

  init(_ prefix: IPPrefix, _ index: Int32, broadcast: IPAddress?) {
    unsafe pointer = allocated(rtnl_addr_alloc())
    unsafe rtnl_addr_set_ifindex(pointer, index)
    let local = NetlinkAddress(prefix)
    defer { extendLifetime(local) }
    let result = unsafe rtnl_addr_set_local(pointer, local.pointer)
    precondition(result == 0, "libnl refused address \(prefix)")
    guard let broadcast else { return }
    let address = NetlinkAddress(broadcast)
    defer { extendLifetime(address) }
    _ = unsafe rtnl_addr_set_broadcast(pointer, address.pointer)
  }

  deinit {
    unsafe rtnl_addr_put(pointer)
  }
}

extension InterfaceAddress {
  /// Reads an RTM_NEWADDR.
  init?(_ reply: RouteReply) {
    let attributes = reply.attributes(after: MemoryLayout<ifaddrmsg>.size)
    guard reply.type == Int(RTM_NEWADDR), let length = reply.payload.dropFirst(1).first,
      // IFA_ADDRESS is the peer's where a link is point to point; IFA_LOCAL is always ours.
      let bytes = attributes[IFA_LOCAL] ?? attributes[IFA_ADDRESS],
      let address = IPAddress(bytes: Array(bytes)),
      let prefix = IPPrefix(address: address, length: Int(length))
    else { return nil }
    let flags = attributes[IFA_FLAGS]?.integer(as: UInt32.self) ?? 0
    self.init(
      prefix,
      isTentative: flags & UInt32(IFA_F_TENTATIVE) != 0,
      isDuplicate: flags & UInt32(IFA_F_DADFAILED) != 0,
      isGlobal: reply.payload.dropFirst(3).first == UInt8(RT_SCOPE_UNIVERSE.rawValue),
      isPermanent: flags & UInt32(IFA_F_PERMANENT) != 0
    )
  }
}
