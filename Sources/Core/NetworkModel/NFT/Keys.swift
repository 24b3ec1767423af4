// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// What the kernel knows about a packet besides its bytes (`enum nft_meta_keys`).
  ///
  /// `mark`, `iif`, `oif`, `skuid`, `skgid` are 32-bit numbers and `iiftype`, `oiftype` 16-bit ones,
  /// all in host order; `protocol` is 16 bits in network order; `nfproto` and `l4proto` are a byte;
  /// names are 16 bytes, padded with NUL.
  package enum MetaKey: UInt32, Hashable, Sendable {
    case length = 0
    case `protocol` = 1
    case priority = 2
    case mark = 3
    case iif = 4
    case oif = 5
    case iifname = 6
    case oifname = 7
    case iiftype = 8
    case oiftype = 9
    case skuid = 10
    case skgid = 11
    case nfproto = 15
    case l4proto = 16
    case pkttype = 19
    case iifkind = 26
    case oifkind = 27
  }

  /// What connection tracking knows (`enum nft_ct_keys`); 32 bits in host order, `direction` a byte.
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
    package static let new = ConnectionState(rawValue: 8)
    package static let untracked = ConnectionState(rawValue: 64)
  }

  /// A connection's status as the bits that `ConnectionKey.status` loads (`IPS_*`).
  package struct ConnectionStatus: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let sourceNAT = ConnectionStatus(rawValue: 0x10)
    package static let destinationNAT = ConnectionStatus(rawValue: 0x20)
  }

  /// Which part of a routing decision is loaded (`enum nft_fib_result`).
  package enum RouteResult: UInt32, Hashable, Sendable {
    case oif = 1
    case oifname = 2
    case addressType = 3
  }

  /// What a routing decision is asked for (`enum nft_fib_flags`).
  package struct RouteSelector: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let source = RouteSelector(rawValue: 1)
    package static let destination = RouteSelector(rawValue: 2)
    package static let mark = RouteSelector(rawValue: 4)
    package static let iif = RouteSelector(rawValue: 8)
    package static let oif = RouteSelector(rawValue: 16)
    package static let isPresent = RouteSelector(rawValue: 32)
  }

  /// One of the sixteen 4-byte words in which a rule keeps values while it runs.
  ///
  /// A value fills as many words as it needs; a lookup of several fields takes them from adjacent
  /// words. The kernel has a second numbering in units of four words, `NFT_REG_1` to `NFT_REG_4`, and
  /// prefers it where both fit; a word has one number here.
  package struct Register: Hashable, Sendable {
    /// The word: 0 to 15.
    package let word: UInt32

    /// Names a word; numbers above 15 do not exist.
    package init(word: UInt32) {
      precondition(word < 16, "a rule has 16 words, not \(word)")
      self.word = word
    }

    /// The first word, where most values go.
    package static let first = Register(word: 0)
  }
}
