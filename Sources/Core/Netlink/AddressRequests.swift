// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibmnl
import Linux
package import NetworkModel

/// The requests that add and remove an interface's addresses, as iproute2 encodes them.
enum AddressRequests {
  /// The request of `ip address add PREFIX broadcast + dev LINK [nodad]`.
  static func add(
    _ prefix: IPPrefix,
    toLinkAt index: Int32,
    isUncontested: Bool = false
  ) -> NetlinkRequest {
    var request = request(RTM_NEWADDR, flags: NLM_F_CREATE | NLM_F_EXCL, prefix, index) {
      guard isUncontested, prefix.address.family == .v6 else { return }
      $0.ifa_flags = UInt8(IFA_F_NODAD)
    }
    if let broadcast = prefix.broadcast { request.put(IFA_BROADCAST, bytes: broadcast.bytes) }
    return request
  }

  /// The request of `ip address delete PREFIX dev LINK`.
  static func remove(_ prefix: IPPrefix, fromLinkAt index: Int32) -> NetlinkRequest {
    request(RTM_DELADDR, prefix, index)
  }

  private static func request(
    _ type: Int,
    flags: Int32 = 0,
    _ prefix: IPPrefix,
    _ index: Int32,
    _ adjust: (inout ifaddrmsg) -> Void = { _ in }
  ) -> NetlinkRequest {
    let address = prefix.address
    var header = ifaddrmsg()
    header.ifa_family = UInt8(address.family.number)
    header.ifa_prefixlen = UInt8(prefix.length)
    header.ifa_index = UInt32(bitPattern: index)
    // 127.0.0.0/8 means something on this host only.
    if address.family == .v4, address.bytes.first == 127 {
      header.ifa_scope = UInt8(RT_SCOPE_HOST.rawValue)
    }
    adjust(&header)
    var request = NetlinkRequest.change(type, flags: flags, header)
    request.put(IFA_LOCAL, bytes: address.bytes)
    request.put(IFA_ADDRESS, bytes: address.bytes)
    return request
  }
}

extension RouteSocket {
  /// Returns the addresses of a link, IPv4 and IPv6.
  /// - Throws: `KernelError`.
  package borrowing func addresses(
    ofLinkAt index: Int32
  ) throws(KernelError) -> [InterfaceAddress] {
    var header = ifaddrmsg()
    header.ifa_index = UInt32(bitPattern: index)
    let request = NetlinkRequest(RTM_GETADDR, .many, header: header)
    return try socket.ask(request, { ("list addresses of", "interface \(index)") }) { reply in
      // A kernel without strict checking lists every link's addresses.
      guard reply.payload.dropFirst(4).integer(as: Int32.self) == index else { return nil }
      return InterfaceAddress(reply)
    }
  }
}

extension InterfaceAddress {
  /// Reads an RTM_NEWADDR.
  init?(_ reply: NetlinkReply) {
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
