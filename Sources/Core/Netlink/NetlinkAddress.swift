// SPDX-License-Identifier: Apache-2.0

import CLibc
import CLibnl
import Linux
import NetworkModel

/// libnl's `struct nl_addr` for an IP address, for as long as it is lent to a request.
@safe
struct NetlinkAddress: ~Copyable {
  let pointer: OpaquePointer

  /// Makes libnl's form of an address, with its prefix's length.
  init(_ prefix: IPPrefix) {
    let address = prefix.address
    unsafe pointer = allocated(
      nl_addr_build(address.family.number, address.bytes, address.bytes.count)
    )
    unsafe nl_addr_set_prefixlen(pointer, Int32(prefix.length))
  }

  /// Makes libnl's form of one address.
  init(_ address: IPAddress) {
    unsafe pointer = allocated(
      nl_addr_build(address.family.number, address.bytes, address.bytes.count)
    )
  }

  deinit {
    unsafe nl_addr_put(pointer)
  }
}

extension IPFamily {
  /// The address family as the kernel numbers it (`AF_INET`, `AF_INET6`).
  var number: Int32 { self == .v4 ? AF_INET : AF_INET6 }
}
