// SPDX-License-Identifier: Apache-2.0

extension NFT {
  /// One step of a rule, as the kernel runs it; values pass through the first of its registers.
  package enum Expression: Hashable, Sendable {
    /// Loads what the kernel knows about a packet.
    case meta(MetaKey)
    /// Changes what the kernel knows about a packet.
    case setMeta(MetaKey)
    /// Loads bytes of the packet, into a word behind the first where a lookup takes several.
    case payload(PayloadBase, offset: UInt32, length: UInt32, word: UInt32 = 0)
    /// Goes on only if the value compares so with the data.
    case compare(Comparison, [UInt8])
    /// Computes `(value & mask) ^ xor`; both have the length of the value.
    case bitwise(mask: [UInt8], xor: [UInt8])
    /// Loads a constant.
    case data([UInt8])
    /// Ends the evaluation, or continues it in another chain.
    case verdict(Verdict)
    /// Counts packets and bytes; what was counted so far is not part of the rule.
    case counter
    /// Goes on only if the set of this name has the value.
    case lookup(String)
    /// Loads what connection tracking knows.
    case connection(ConnectionKey)
    /// Changes what connection tracking knows.
    case setConnection(ConnectionKey)
    /// Loads what type the routing tables say an address has (`RTN_*`).
    case addressType(of: RouteSelector)
    /// Rewrites the source to the address of the interface that the packet leaves through.
    case masquerade
    /// Rewrites an address to the value.
    case nat(NATKind, Family)
    /// Read from the kernel and not known here; never to be written.
    case unknown(String)
  }

  /// Where bytes of a packet are counted from (`NFT_PAYLOAD_*`).
  package enum PayloadBase: UInt32, Hashable, Sendable {
    case link = 0
    case network = 1
    case transport = 2
  }

  /// How two values are compared (`NFT_CMP_*`).
  package enum Comparison: UInt32, Hashable, Sendable {
    case equal = 0
    case notEqual = 1
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
