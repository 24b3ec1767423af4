// SPDX-License-Identifier: Apache-2.0

extension Nftables {
  /// One step of a rule, as executed by the kernel; values use the first of its registers.
  package enum Expression: Hashable, Sendable {
    /// Loads metadata of a packet.
    case meta(MetaKey)
    /// Sets metadata of a packet.
    case setMeta(MetaKey)
    /// Loads bytes of the packet, into a word after the first if a lookup takes several.
    case payload(PayloadBase, offset: UInt32, length: UInt32, word: UInt32 = 0)
    /// Continues only if the value compares with the data in this way.
    case compare(Comparison, [UInt8])
    /// Computes `(value & mask) ^ xor`; both are as long as the value.
    case bitwise(mask: [UInt8], xor: [UInt8])
    /// Loads a constant.
    case data([UInt8])
    /// Ends the evaluation, or continues it in another chain.
    case verdict(Verdict)
    /// Counts packets and bytes; the counts are not part of the rule.
    case counter
    /// Continues only if the named set contains the value.
    case lookup(String)
    /// Loads an attribute of the tracked connection.
    case connection(ConnectionKey)
    /// Sets an attribute of the tracked connection.
    case setConnection(ConnectionKey)
    /// Loads the type of an address according to the routing tables (`RTN_*`).
    case addressType(of: RouteSelector)
    /// Rewrites the source to the address of the interface that the packet leaves through.
    case masquerade
    /// Rewrites an address to the value.
    case nat(NATKind, Family)
    /// Read from the kernel but not supported here; never written.
    case unknown(String)
  }

  /// The base of an offset into a packet (`NFT_PAYLOAD_*`).
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

  /// Which address of a connection is rewritten (`NFT_NAT_*`).
  package enum NATKind: UInt32, Hashable, Sendable {
    case source = 0
    case destination = 1
  }

  /// The fate of a packet, or where its evaluation continues.
  package enum Verdict: Hashable, Sendable {
    case accept, drop
    /// Returns to the chain that jumped here; in a base chain, applies its policy.
    case `return`
    /// Continues in a chain, and returns at its end.
    case jump(String)
    /// Continues in a chain and does not return.
    case goto(String)
  }
}
