// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// One step of a rule, on registers, as the kernel runs it.
  package enum Expression: Hashable, Sendable {
    /// Loads what the kernel knows about a packet.
    case meta(MetaKey, into: Register = .first)
    /// Changes what the kernel knows about a packet.
    case setMeta(MetaKey, from: Register = .first)
    /// Loads bytes of the packet.
    case payload(PayloadBase, offset: UInt32, length: UInt32, into: Register = .first)
    /// Goes on only if the register compares so with the data.
    case compare(Comparison, [UInt8], in: Register = .first)
    /// Goes on only if the register is between the two values, or with `isInverted` outside.
    case range([UInt8], [UInt8], isInverted: Bool = false, in: Register = .first)
    /// Computes `(from & mask) ^ xor`; both have the length of the value.
    case bitwise(mask: [UInt8], xor: [UInt8], from: Register = .first, into: Register = .first)
    /// Swaps bytes between network and host order, in units of `size` bytes.
    case byteOrder(ByteOrder, length: UInt32, size: UInt32, in: Register = .first)
    /// Loads a constant.
    case data([UInt8], into: Register = .first)
    /// Ends the evaluation, or continues it in another chain.
    case verdict(Verdict)
    /// Counts packets and bytes.
    case counter(packets: UInt64 = 0, bytes: UInt64 = 0)
    /// Goes on only if the set has the register's value, or with `isInverted` has not.
    case lookup(String, isInverted: Bool = false, in: Register = .first)
    /// Continues with the verdict that the map has for the register's value.
    case verdictMap(String, in: Register = .first)
    /// Loads what connection tracking knows.
    case connection(ConnectionKey, into: Register = .first)
    /// Changes what connection tracking knows.
    case setConnection(ConnectionKey, from: Register = .first)
    /// Loads what the routing tables say about an address.
    case route(RouteResult, RouteSelector, into: Register = .first)
    /// Rewrites the source to the address of the interface that the packet leaves through.
    case masquerade
    /// Rewrites an address, and the port where a register is given.
    case nat(NATKind, Family, address: Register = .first, port: Register? = nil)
    /// Read from the kernel and not known here; never to be written.
    case unknown(String)
  }

  /// Where bytes of a packet are counted from (`NFT_PAYLOAD_*`).
  package enum PayloadBase: UInt32, Hashable, Sendable {
    case link = 0
    case network = 1
    case transport = 2
  }

  /// How two values are compared (`NFT_CMP_*`): as bytes, the first being the most significant.
  package enum Comparison: UInt32, Hashable, Sendable {
    case equal = 0
    case notEqual = 1
    case less = 2
    case lessOrEqual = 3
    case greater = 4
    case greaterOrEqual = 5
  }

  /// The direction of a change of byte order (`NFT_BYTEORDER_*`).
  package enum ByteOrder: UInt32, Hashable, Sendable {
    case networkToHost = 0
    case hostToNetwork = 1
  }

  /// Which end of a connection is rewritten (`NFT_NAT_*`).
  package enum NATKind: UInt32, Hashable, Sendable {
    case source = 0
    case destination = 1
  }

  /// What becomes of a packet, or where its evaluation continues.
  package enum Verdict: Hashable, Sendable {
    case accept, drop
    /// Back to the chain that jumped here; from a base chain, its policy.
    case `return`
    /// Into a chain, and back at its end.
    case jump(String)
    /// Into a chain for good.
    case goto(String)
  }
}
