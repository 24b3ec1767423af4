// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
package import NetworkModel

/// The requests that add and remove an interface's addresses; libnl-route writes them.
enum AddressRequests {
  /// The request of `ip address add PREFIX broadcast + dev LINK [nodad]`.
  static func add(
    _ prefix: IPPrefix,
    toLinkAt index: Int32,
    isUncontested: Bool = false
  ) -> RouteMessage {
    // libnl treats a prefix length of 0 as missing (-NLE_MISSING_ATTR).
    let address = AddressObject(prefix.address, length: max(1, prefix.length), index)
    if isUncontested, prefix.address.family == .v6 { address.skipDuplicateDetection() }
    if let broadcast = prefix.broadcast { address.set(broadcast: broadcast) }
    let message = unsafe address.message {
      unsafe rtnl_addr_build_add_request($0, NLM_F_CREATE | NLM_F_EXCL, $1)
    }
    if prefix.length == 0 { message.clearPrefixLength() }
    return message
  }

  /// The request of `ip address delete PREFIX dev LINK`.
  static func remove(_ prefix: IPPrefix, fromLinkAt index: Int32) -> RouteMessage {
    unsafe AddressObject(prefix.address, length: prefix.length, index).message {
      unsafe rtnl_addr_build_delete_request($0, 0, $1)
    }
  }
}

/// Owns libnl-route's `struct rtnl_addr`.
@safe
private struct AddressObject: ~Copyable {
  private let pointer: OpaquePointer

  init(_ address: IPAddress, length: Int, _ index: Int32) {
    unsafe pointer = allocated(rtnl_addr_alloc())
    unsafe rtnl_addr_set_ifindex(pointer, index)
    unsafe address.lend(length: length) { _ = unsafe rtnl_addr_set_local(pointer, $0) }
  }

  deinit { unsafe rtnl_addr_put(pointer) }

  borrowing func skipDuplicateDetection() {
    unsafe rtnl_addr_set_flags(pointer, UInt32(IFA_F_NODAD))
  }

  borrowing func set(broadcast: IPAddress) {
    unsafe broadcast.lend { _ = unsafe rtnl_addr_set_broadcast(pointer, $0) }
  }

  borrowing func message(
    _ build: (OpaquePointer, UnsafeMutablePointer<OpaquePointer?>) -> Int32
  ) -> RouteMessage {
    var message: OpaquePointer?
    let result = unsafe build(pointer, &message)
    precondition(result == 0 || result == -NLE_NOMEM, "libnl wrote no request for an address")
    return unsafe RouteMessage(owning: allocated(message))
  }
}

extension RouteMessage {
  fileprivate func clearPrefixLength() {
    let header = unsafe allocated(nlmsg_data(header))
    unsafe header.assumingMemoryBound(to: ifaddrmsg.self).pointee.ifa_prefixlen = 0
  }
}

extension IPAddress {
  /// Lends libnl's form of the address, which is reference-counted.
  func lend(length: Int? = nil, _ body: (OpaquePointer) -> Void) {
    let address = unsafe allocated(nl_addr_build(family.number, bytes, bytes.count))
    if let length { unsafe nl_addr_set_prefixlen(address, Int32(length)) }
    unsafe body(address)
    unsafe nl_addr_put(address)
  }
}

extension RouteSocket {
  /// Returns the addresses of a link, IPv4 and IPv6.
  package borrowing func addresses(
    ofLinkAt index: Int32
  ) throws(KernelError) -> [InterfaceAddress] {
    try addressReplies(ofLinkAt: index).compactMap { InterfaceAddress($0) }
  }

  borrowing func addressReplies(ofLinkAt index: Int32) throws(KernelError) -> [NetlinkReply] {
    var header = ifaddrmsg()
    header.ifa_index = UInt32(bitPattern: index)
    let request = RouteMessage(RTM_GETADDR, .many, header: header)
    return try socket.ask(request, { ("list addresses of", "interface \(index)") }) { reply in
      // A kernel without strict checking lists every link's addresses.
      reply.payload.dropFirst(4).integer(as: Int32.self) == index ? reply : nil
    }
  }
}

extension InterfaceAddress {
  /// Parses an RTM_NEWADDR.
  init?(_ reply: NetlinkReply) {
    let attributes = reply.attributes(after: MemoryLayout<ifaddrmsg>.size)
    guard reply.type == Int(RTM_NEWADDR), let length = reply.payload.dropFirst(1).first,
      // IFA_ADDRESS is the peer's on point-to-point links; IFA_LOCAL is always ours.
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
