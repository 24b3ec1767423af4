// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// Metadata of a packet (`enum nft_meta_keys`).
  ///
  /// `mark`, `iif`, `oif` and `skuid` are 32-bit numbers and `iiftype` a 16-bit one, all in host
  /// order; `protocol` has 16 bits in network order; `nfproto` and `l4proto` are a byte; names have
  /// 16 bytes, padded with NUL.
  package enum MetaKey: UInt32, Hashable, Sendable {
    case `protocol` = 1
    case mark = 3
    case iif = 4
    case oif = 5
    case iifname = 6
    case oifname = 7
    case iiftype = 8
    case skuid = 10
    case nfproto = 15
    case l4proto = 16
  }

  /// Attributes of a connection (`enum nft_ct_keys`); 32 bits in host order, `direction` a byte.
  package enum ConnectionKey: UInt32, Hashable, Sendable {
    case state = 0
    case direction = 1
    case status = 2
    case mark = 3
  }

  /// A connection's state as the bits that `ConnectionKey.state` loads (`NF_CT_STATE_BIT`).
  package struct ConnectionState: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let invalid = ConnectionState(rawValue: 1)
    package static let established = ConnectionState(rawValue: 2)
    package static let related = ConnectionState(rawValue: 4)
    package static let untracked = ConnectionState(rawValue: 64)
  }

  /// A connection's status as the bits that `ConnectionKey.status` loads (`IPS_*`).
  package struct ConnectionStatus: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let destinationNAT = ConnectionStatus(rawValue: 0x20)
  }

  /// The inputs of a routing lookup (`enum nft_fib_flags`).
  package struct RouteSelector: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let source = RouteSelector(rawValue: 1)
    package static let destination = RouteSelector(rawValue: 2)
    package static let iif = RouteSelector(rawValue: 8)
  }
}
